//! A part of a table is the table of the part.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::corpus::{TextTable, of_stage};

const TWO: &str = "[[train.data]]\nname = \"one\"\nreader = \"jsonl\"\npath = \"one.jsonl\"\n\
                   [[train.data]]\nname = \"two\"\nreader = \"jsonl\"\npath = \"two.jsonl\"\n";

/// Of each data set the (id, language) that there are.
type Records = [BTreeSet<(u8, u8)>; 2];

fn records() -> impl Strategy<Value = Records> {
    let one = || prop::collection::btree_set((0..20u8, 0..4u8), 1..30);
    [one(), one()]
}

/// The group of an example, the same in every language: what a language unites stays united without it.
fn group(id: u8) -> u8 {
    id * 7 % 5
}

/// The table of the records for which `keep` holds, of (data set, language).
fn table(records: &Records, keep: impl Fn(usize, u8) -> bool) -> Option<TextTable> {
    let mut tables = String::new();
    let mut files = Vec::new();
    for (set, name) in ["one", "two"].into_iter().enumerate() {
        let mut text = String::new();
        for (id, language) in records[set].iter().filter(|(_, language)| keep(set, *language)) {
            let end = format!("{id} l{language}");
            let record = json!({
                "id": format!("i{id:02}"), "language": format!("l{language}"), "group": format!("g{}", group(*id)),
                "query": format!("q {name} {end}"), "passage": format!("p {name} {end}"),
            });
            writeln!(text, "{record}").unwrap();
        }
        if !text.is_empty() {
            files.push((format!("{name}.jsonl"), text));
            let half = TWO.len() / 2;
            tables += &TWO[set * half..][..half];
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    (!files.is_empty()).then(|| train(folder(&files).path(), &tables).unwrap().train)
}

/// What the stage with these keys draws from, of a table.
fn part(table: &TextTable, keys: &str) -> Result<Option<TextTable>> {
    let manifest = manifest(TWO)?;
    let mut stage = manifest.experiment.train.as_ref().unwrap().stage[0].clone();
    let keys: toml_edit::DocumentMut = keys.parse().unwrap();
    let names = |key: &str| -> Option<Vec<String>> {
        let names = keys.get(key)?.as_array()?.iter();
        Some(names.map(|name| name.as_str().unwrap().to_owned()).collect())
    };
    (stage.data, stage.languages) = (names("data"), names("languages"));
    of_stage(&manifest, "train.stage.0", &stage, table)
}

fn assert_same(part: &TextTable, fresh: &TextTable) {
    let columns = |table: &TextTable| {
        let texts: Vec<String> = (0..table.rows()).map(|row| table.text(row).to_owned()).collect();
        let ids: Vec<String> = (0..table.examples())
            .map(|example| table.example_id(example as u32).to_owned())
            .collect();
        let numbers =
            [&table.data_set, &table.language, &table.example, &table.group, &table.length];
        (
            texts,
            ids,
            numbers.map(Vec::clone),
            table.role.clone(),
            table.text_hash.clone(),
            table.groups(),
        )
    };
    assert_eq!(columns(part), columns(fresh));
    assert_eq!((&part.languages, &part.data_sets), (&fresh.languages, &fresh.data_sets));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_part_is_what_a_table_of_the_part_alone_would_be(
        records in records(), sets in prop::option::of(0..2usize), languages in prop::option::of([any::<bool>(); 4]),
    ) {
        let whole = table(&records, |_, _| true).unwrap();
        let keep = |set: usize, language: u8| {
            sets.is_none_or(|only| only == set)
                && languages.is_none_or(|languages| languages[language as usize])
        };
        let mut keys = String::new();
        if let Some(only) = sets {
            writeln!(keys, "data = [{:?}]", ["one", "two"][only]).unwrap();
        }
        if let Some(languages) = languages {
            let kept = (0..4).filter(|language| languages[*language]).map(|language| format!("l{language}"));
            let kept: Vec<String> = kept.filter(|language| whole.languages.contains(language)).collect();
            writeln!(keys, "languages = {kept:?}").unwrap();
        }
        match (part(&whole, &keys), table(&records, keep)) {
            (Err(error), None) => prop_assert!(error.to_string().contains("no example is left"), "{}", error),
            (Ok(None), Some(fresh)) => assert_same(&whole, &fresh),
            (Ok(Some(part)), Some(fresh)) => assert_same(&part, &fresh),
            (part, fresh) => prop_assert!(false, "{:?} {}", part, fresh.is_some()),
        }
    }
}

fn both() -> TextTable {
    table(&[[(0, 0), (0, 1)].into(), [(0, 2)].into()], |_, _| true).unwrap()
}

#[test]
fn a_stage_that_names_nothing_or_everything_draws_from_the_whole() {
    let whole = both();
    assert!(part(&whole, "").unwrap().is_none());
    let all = "data = [\"two\", \"one\"]\nlanguages = [\"l0\", \"l1\", \"l2\"]";
    assert!(part(&whole, all).unwrap().is_none());
}

#[test]
fn a_name_that_the_data_does_not_have_is_refused_with_the_nearest() {
    let message = |keys: &str| {
        let error = part(&both(), keys).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    };
    let unknown = message("data = [\"ones\"]");
    assert!(
        unknown.contains("`train.stage.s.data`: there is no data set `ones` to train on; did you mean `one`?\n  allowed: one, two"),
        "{unknown}"
    );
    let unknown = message("languages = [\"l0\", \"en\"]");
    assert!(
        unknown.contains("`train.stage.s.languages`: there is no language `en` to train on"),
        "{unknown}"
    );
    let nothing = message("data = [\"one\"]\nlanguages = [\"l2\"]");
    assert!(nothing.contains("`train.stage.s.languages`: no example is left"), "{nothing}");
}
