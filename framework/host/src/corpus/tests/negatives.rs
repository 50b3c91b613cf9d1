//! Hard negatives from a file: rows of the table, ragged, and mistakes by their lines.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::archives::tar;
use super::*;
use crate::corpus::{PASSAGE, TextTable, of_stage};

const DATA: &str =
    "[[train.data]]\nname = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\nnegatives = \"n.jsonl\"\n";

fn records() -> String {
    tsv(&[("1", "de", "a"), ("1", "en", "a"), ("2", "de", "b"), ("2", "en", "b"), ("3", "en", "c")])
}

fn read(negatives: &str, more: &str) -> Result<TrainingData> {
    let folder = folder(&[("d.tsv", &records()), ("n.jsonl", negatives)]);
    train(folder.path(), &format!("{DATA}{more}"))
}

/// The texts of the hard negatives of a query, with their languages.
fn texts<'a>(table: &'a TextTable, query: &str) -> Vec<(&'a str, &'a str)> {
    let row = (0..table.pair_rows()).find(|row| table.text(*row) == query).unwrap();
    let lists = table.negatives.as_ref().unwrap();
    let text = |row: &u32| {
        let row = *row as usize;
        (table.text(row), table.languages[table.language[row] as usize].as_str())
    };
    lists.row(row / 2).iter().map(text).collect()
}

fn message(negatives: &str) -> String {
    let error = read(negatives, "").unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    let message = error.to_string();
    message[message.find("n.jsonl:").unwrap_or(0)..].to_owned()
}

#[test]
fn an_id_is_a_passage_of_the_querys_language_unless_another_is_named() {
    let lines = "{\"id\":\"1\",\"language\":\"en\",\"negatives\":[\"2\",{\"id\":\"2\",\"language\":\"de\"},\"3\"]}\n\n\
                 {\"id\":\"2\",\"language\":\"de\",\"negatives\":[]}\n";
    let data = read(lines, "").unwrap();
    let table = &data.train;
    assert_eq!(texts(table, "q 1 en"), [("p 2 en", "en"), ("p 2 de", "de"), ("p 3 en", "en")]);
    for query in ["q 1 de", "q 2 de", "q 2 en", "q 3 en"] {
        assert!(texts(table, query).is_empty(), "{query}");
    }
    assert_eq!((table.further_passages, data.files.len()), (0, 2));
    let counts = serde_json::to_value(data.statistics[0].negatives.as_ref()).unwrap();
    let expected = json!({"queries": 1, "negatives": 3, "further_passages": 0, "left_out": 0});
    assert_eq!(counts, expected);
}

#[test]
fn a_text_is_a_further_passage_behind_the_rows_of_pairs() {
    let lines = "{\"id\":\"1\",\"language\":\"en\",\"negatives\":[{\"text\":\"Bees sleep.\"},\"2\"]}\n\
                 {\"id\":\"2\",\"language\":\"en\",\"negatives\":[{\"text\":\"Bees sleep.\"},{\"text\":\"Bees sleep.\",\"language\":\"de\"}]}\n";
    let data = read(lines, "").unwrap();
    let table = &data.train;
    assert_eq!((table.rows(), table.pair_rows(), table.further_passages), (12, 10, 2));
    assert_eq!(texts(table, "q 1 en"), [("Bees sleep.", "en"), ("p 2 en", "en")]);
    assert_eq!(texts(table, "q 2 en"), [("Bees sleep.", "en"), ("Bees sleep.", "de")]);
    for row in 10..12 {
        let row = (table.role[row], table.example[row], table.group[row], table.length[row]);
        assert_eq!(row, (PASSAGE, u32::MAX, u32::MAX, 11));
    }
    assert_eq!((table.examples(), table.groups()), (3, 3));
}

#[test]
fn a_passage_that_a_line_lists_twice_is_kept_once_where_it_stands_first() {
    let lines = r#"{"id":"1","language":"en","negatives":["3",{"text":"x"},"2",{"id":"3","language":"en"},{"text":"x","language":"en"}]}"#;
    let data = read(lines, "").unwrap();
    assert_eq!(texts(&data.train, "q 1 en"), [("p 3 en", "en"), ("x", "en"), ("p 2 en", "en")]);
    let counts = serde_json::to_value(data.statistics[0].negatives.as_ref()).unwrap();
    let expected = json!({"queries": 1, "negatives": 3, "further_passages": 1, "left_out": 0});
    assert_eq!(counts, expected);
}

#[test]
fn negatives_lie_in_one_file_a_language_or_within_an_archive() {
    let line = "{\"id\":\"1\",\"negatives\":[\"2\"]}\n";
    let archive = tar(&[("n.de.jsonl", line.as_bytes()), ("n.en.jsonl", line.as_bytes())]);
    let folder = folder(&[("d.tsv", &records())]);
    std::fs::write(folder.path().join("n.tar"), archive).unwrap();
    let keys = DATA.replace("n.jsonl", "n.tar/n.{lang}.jsonl");
    let table = train(folder.path(), &keys).unwrap().train;
    assert_eq!(texts(&table, "q 1 en"), [("p 2 en", "en")]);
    assert_eq!(texts(&table, "q 1 de"), [("p 2 de", "de")]);
    let missing = DATA.replace("n.jsonl", "x.{lang}.jsonl");
    let error = train(folder.path(), &missing).unwrap_err().to_string();
    assert!(error.contains("`train.data.d.negatives`: no file matches"), "{error}");
}

#[test]
fn what_was_left_out_of_the_table_is_passed_over_and_counted() {
    let lines = "{\"id\":\"1\",\"language\":\"en\",\"negatives\":[\"2\",{\"id\":\"2\",\"language\":\"de\"},{\"text\":\"x\",\"language\":\"de\"}]}\n\
                 {\"id\":\"1\",\"language\":\"de\",\"negatives\":[\"2\"]}\n";
    let data = read(lines, "languages = [\"en\"]\n").unwrap();
    assert_eq!(texts(&data.train, "q 1 en"), [("p 2 en", "en")]);
    assert_eq!(data.statistics[0].negatives.as_ref().unwrap().left_out, 3);

    let lines = ["1", "2", "3"].map(|id| {
        let others = ["1", "2", "3"].into_iter().filter(|other| *other != id);
        json!({"id": id, "language": "en", "negatives": others.collect::<Vec<_>>()}).to_string()
    });
    let data = read(&lines.join("\n"), "limit = 2\n").unwrap();
    let counts = data.statistics[0].negatives.as_ref().unwrap();
    // Of two queries each has one; the line of the third, and that query as a negative of both.
    assert_eq!((counts.queries, counts.negatives, counts.left_out), (2, 2, 3));
}

#[test]
fn mistakes_name_their_line() {
    let good = "{\"id\":\"1\",\"language\":\"en\",\"negatives\":[\"2\"]}\n";
    for (line, problem) in [
        (r#"{"id":"9","language":"en","negatives":[]}"#, "no example of the data has the id `9`"),
        (
            r#"{"id":"2","language":"en","negatives":["9"]}"#,
            "no example of the data has the id `9`",
        ),
        (
            r#"{"id":"3","language":"de","negatives":[]}"#,
            "the example `3` does not exist in the language `de`\n  allowed: en",
        ),
        (
            r#"{"id":"2","language":"de","negatives":["3"]}"#,
            "the example `3` does not exist in the language `de`",
        ),
        (
            r#"{"id":"2","language":"eng","negatives":[]}"#,
            "there is no data of the language `eng`; did you mean `en`?",
        ),
        (
            r#"{"id":"2","language":"en","negatives":[{"id":"2","language":"de"}]}"#,
            "the query `2` has its own example among its negatives",
        ),
        (
            r#"{"id":"1","language":"en","negatives":[]}"#,
            "has its negatives twice, first in line 1",
        ),
        (r#"{"id":"2","negatives":[]}"#, "the key `language` is missing"),
        (r#"{"id":"2","language":"en"}"#, "the key `negatives` is missing"),
        (r#"{"id":"2","language":"en","negatives":"1"}"#, "the value of `negatives` is \"1\""),
        (
            r#"{"id":"2","language":"en","negatives":[1]}"#,
            "a negative is 1\n  allowed: the id of an example",
        ),
        (r#"{"id":"2","language":"en","negatives":[{"id":"1","text":"x"}]}"#, "a negative is {"),
        (
            r#"{"id":"2","language":"en","negatives":[{"txet":"x"}]}"#,
            "unknown key `txet`; did you mean `text`?",
        ),
        (
            r#"{"id":"2","language":"en","negatives":[{"text":" "}]}"#,
            "the text of a negative is empty",
        ),
        (
            r#"{"id":"2","language":"en","negative":[]}"#,
            "unknown key `negative`; did you mean `negatives`?",
        ),
        ("{\"id\" 2}", "malformed JSON"),
    ] {
        let message = message(&format!("{good}{line}\n"));
        assert!(message.starts_with("n.jsonl:2: "), "{message}");
        assert!(message.contains(problem), "{message}");
    }
}

/// By query of (example, language): (example, language) of negatives; of no example from 6 on.
type Negatives = BTreeMap<(u8, u8), Vec<(u8, u8)>>;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_part_keeps_the_negatives_of_which_query_and_passage_are_in_it(
        negatives in prop::collection::btree_map(
            (0..6u8, 0..3u8), prop::collection::vec((0..9u8, 0..3u8), 0..5), 1..18
        ),
        kept in prop::sample::subsequence(vec![0u8, 1, 2], 1..=3),
    ) {
        let negatives: Negatives = negatives.into_iter().map(|((id, language), list)| {
            ((id, language), list.into_iter().filter(|(other, _)| *other != id).collect())
        }).collect();
        let pairs: Vec<(String, String)> =
            (0..6).flat_map(|id| (0..3).map(move |l| (id.to_string(), format!("l{l}")))).collect();
        let records: Vec<(&str, &str, &str)> =
            pairs.iter().map(|(id, language)| (&**id, &**language, &**id)).collect();
        let lines: Vec<String> = negatives.iter().map(|((id, language), list)| {
            let list: Vec<Value> = list.iter().map(|(other, language)| match other {
                6.. => json!({"text": format!("p {other} l{language}"), "language": format!("l{language}")}),
                _ => json!({"id": other.to_string(), "language": format!("l{language}")}),
            }).collect();
            json!({"id": id.to_string(), "language": format!("l{language}"), "negatives": list}).to_string()
        }).collect();
        let folder = folder(&[("d.tsv", &tsv(&records)), ("n.jsonl", &lines.join("\n"))]);
        let whole = train(folder.path(), DATA).unwrap().train;

        let manifest = manifest(DATA).unwrap();
        let mut stage = manifest.experiment.train.as_ref().unwrap().stage[0].clone();
        stage.languages = Some(kept.iter().map(|language| format!("l{language}")).collect());
        let part = of_stage(&manifest, "train.stage.0", &stage, &whole).unwrap();
        prop_assert_eq!(part.is_none(), kept.len() == 3);
        let table = part.as_ref().unwrap_or(&whole);

        prop_assert_eq!(table.pair_rows(), 12 * kept.len());
        let mut further: BTreeSet<&(u8, u8)> = BTreeSet::new();
        let mut any = false;
        for ((id, language), list) in &negatives {
            if !kept.contains(language) {
                continue;
            }
            let mut met = BTreeSet::new();
            let expected: Vec<(String, String)> = list.iter()
                .filter(|negative| kept.contains(&negative.1) && met.insert(**negative))
                .map(|(other, l)| (format!("p {other} l{l}"), format!("l{l}"))).collect();
            further.extend(list.iter().filter(|(other, l)| *other > 5 && kept.contains(l)));
            any |= !expected.is_empty();
            if table.negatives.is_some() {
                let found = texts(table, &format!("q {id} l{language}"));
                let found: Vec<(String, String)> =
                    found.into_iter().map(|(text, l)| (text.to_owned(), l.to_owned())).collect();
                prop_assert_eq!(found, expected);
            }
        }
        prop_assert_eq!(table.negatives.is_some(), any);
        prop_assert_eq!(table.further_passages, further.len());
        prop_assert_eq!(table.rows(), table.pair_rows() + further.len());
    }
}
