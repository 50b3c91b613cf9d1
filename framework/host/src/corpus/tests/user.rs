//! The user column: a number of the data, in both rows of its pair and in no other.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::corpus::TextTable;

const JSONL: &str = "[[train.data]]\nname = \"d\"\nreader = \"jsonl\"\npath = \"d.jsonl\"\n";
const TSV: &str = "[[train.data]]\nname = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\n";
const SQUAD: &str = "[[train.data]]\nname = \"d\"\nreader = \"squad\"\npath = \"{lang}.json\"\n";
const COLUMN: &str = "user_column = \"difficulty\"\n";

/// A JSON record with `more` before its end.
fn record(id: &str, more: &str) -> String {
    format!(r#"{{"id":"{id}","language":"en","query":"q {id}","passage":"p {id}"{more}}}"#)
}

fn column(files: &[(&str, &str)], tables: &str) -> Vec<String> {
    let data = train(folder(files).path(), tables).unwrap();
    data.train.user.unwrap().iter().map(f64::to_string).collect()
}

fn message(files: &[(&str, &str)], tables: &str) -> String {
    let folder = folder(files);
    let error = train(folder.path(), tables).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string().replace(folder.path().to_str().unwrap(), "DATA")
}

#[test]
fn every_reader_of_files_finds_the_number_and_nan_where_there_is_none() {
    let jsonl = [
        record("a", ",\"difficulty\":0.25"),
        record("b", ""),
        record("c", ",\"difficulty\":null"),
        record("d", ",\"difficulty\":-3"),
    ]
    .join("\n");
    let tsv = "difficulty\tid\tlanguage\tquery\tpassage\n\
               0.25\ta\ten\tq\tp\n\tb\ten\tq\tp\n \tc\ten\tq\tp\n-3\td\ten\tq\tp\n";
    let squad = squad(&[("One.", &[("a", 0), ("b", 0), ("c", 0), ("d", 0)])])
        .replace("\"id\":\"a\"", "\"difficulty\":0.25,\"id\":\"a\"")
        .replace("\"id\":\"c\"", "\"difficulty\":null,\"id\":\"c\"")
        .replace("\"id\":\"d\"", "\"difficulty\":-3,\"id\":\"d\"");
    let files = [("d.jsonl", &*jsonl), ("d.tsv", tsv), ("en.json", &squad)];
    for tables in [JSONL, TSV, SQUAD] {
        let expected = ["0.25", "0.25", "NaN", "NaN", "NaN", "NaN", "-3", "-3"];
        assert_eq!(column(&files, &format!("{tables}{COLUMN}")), expected, "{tables}");
    }
}

#[test]
fn there_is_no_column_unless_a_data_set_names_one() {
    let files = [("d.tsv", &*tsv(&[("a", "en", "g")]))];
    assert_eq!(train(folder(&files).path(), TSV).unwrap().train.user, None);
}

#[test]
fn data_sets_that_name_no_column_have_nan_beside_one_that_does() {
    let plain = tsv(&[("a", "en", "g")]);
    let numbered = record("a", ",\"difficulty\":2");
    let tables = format!("{TSV}{}{COLUMN}", JSONL.replace("\"d\"", "\"e\""));
    let files = [("d.tsv", &*plain), ("d.jsonl", &numbered)];
    assert_eq!(column(&files, &tables), ["NaN", "NaN", "2", "2"]);
}

#[test]
fn a_value_that_is_no_number_names_its_place_and_what_is_allowed() {
    let tables = format!("{JSONL}{COLUMN}");
    let lines = [record("a", ",\"difficulty\":1"), record("b", ",\"difficulty\":\"hard\"")];
    assert_eq!(
        message(&[("d.jsonl", &lines.join("\n"))], &tables),
        "DATA/d.jsonl:2: the value of `difficulty` is \"hard\"\n  \
         allowed: a finite number, or null where there is none"
    );
    let table = "id\tlanguage\tquery\tpassage\tdifficulty\na\ten\tq\tp\t1\nb\ten\tq\tp\tNaN\n";
    assert_eq!(
        message(&[("d.tsv", table)], &format!("{TSV}{COLUMN}")),
        "DATA/d.tsv:3: the value of `difficulty` is NaN\n  \
         allowed: a finite number, or an empty cell where there is none"
    );
    let squad = squad(&[("One.", &[("a", 0)])]).replace("\"id\"", "\"difficulty\":[1],\"id\"");
    assert_eq!(
        message(&[("en.json", &squad)], &format!("{SQUAD}{COLUMN}")),
        "DATA/en.json: question `a`: the value of `difficulty` is [1]\n  \
         allowed: a finite number, or null where there is none"
    );
}

#[test]
fn a_name_that_the_data_does_not_use_is_refused() {
    let unused = message(&[("d.jsonl", &record("a", ""))], &format!("{JSONL}{COLUMN}"));
    assert_eq!(
        unused,
        "x.toml:7: `train.data.d.user_column`: no question of the data has a number `difficulty`\n  \
         allowed: a name that the data uses"
    );
    let misspelt = record("a", ",\"dificulty\":1");
    let misspelt = message(&[("d.jsonl", &misspelt)], &format!("{JSONL}{COLUMN}"));
    assert!(misspelt.contains("unknown key `dificulty`; did you mean `difficulty`?"), "{misspelt}");
    let absent = message(&[("d.tsv", &tsv(&[("a", "en", "g")]))], &format!("{TSV}{COLUMN}"));
    assert!(absent.starts_with("DATA/d.tsv:1: the column `difficulty` is missing"), "{absent}");
}

#[test]
fn an_embedded_corpus_has_no_column() {
    let embedded = "[[train.data]]\nname = \"d\"\nreader = \"embedded\"\npath = \"facts/train\"\n";
    let message = message(&[], &format!("{embedded}{COLUMN}"));
    assert!(message.contains("`train.data.d.user_column`: an embedded corpus has no"), "{message}");
}

/// The number of a pair, so that a row out of place shows; one in four has none.
fn number(id: u8, language: u8) -> Option<f64> {
    (!(id + language).is_multiple_of(4)).then(|| f64::from(id) + f64::from(language) / 8.0)
}

/// A TSV file of these pairs, in this order.
fn numbered(pairs: &[(u8, u8)]) -> String {
    let mut text = "id\tlanguage\tquery\tpassage\tdifficulty\n".to_owned();
    for (id, language) in pairs {
        let cell = number(*id, *language).map_or_else(String::new, |number| number.to_string());
        writeln!(text, "{id}\tl{language}\tq {id} {language}\tp {id} {language}\t{cell}").unwrap();
    }
    text
}

/// Every row of `table` has the number of the pair that its text names, bit for bit; how many rows there are.
fn check(table: &TextTable) -> usize {
    let user = table.user.as_ref().unwrap();
    assert_eq!(user.len(), table.rows());
    for (row, found) in user.iter().enumerate() {
        let mut words = table.text(row).split(' ').skip(1).map(|word| word.parse::<u8>().unwrap());
        let expected = number(words.next().unwrap(), words.next().unwrap());
        assert_eq!(found.to_bits(), expected.unwrap_or(f64::NAN).to_bits(), "row {row}");
    }
    user.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_row_keeps_the_number_of_its_pair_through_sorting_limit_and_holdout(
        pairs in prop::collection::btree_set((0..30u8, 0..4u8), 6..60)
            .prop_map(|pairs| pairs.into_iter().collect::<Vec<_>>()).prop_shuffle(),
        limit in 2..40u64,
        holdout in 0.1..0.9f64,
    ) {
        prop_assume!(pairs.iter().any(|(id, language)| number(*id, *language).is_some()));
        let folder = folder(&[("d.tsv", &numbered(&pairs))]);
        prop_assert_eq!(check(&train(folder.path(), &format!("{TSV}{COLUMN}")).unwrap().train), 2 * pairs.len());
        let examples: BTreeMap<u8, u8> = pairs.iter().copied().collect();
        prop_assume!(examples.len() > 1);
        let keys = format!("{TSV}{COLUMN}limit = {limit}\nholdout = {holdout}\n");
        let data = train(folder.path(), &keys).unwrap();
        prop_assert!(check(&data.train) > 0);
        prop_assert!(check(&data.holdout.unwrap()) > 0);
    }
}
