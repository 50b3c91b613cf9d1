//! Relevance against what is obvious and slow.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index as Pick;

use super::*;
use crate::corpus::read_training;
use crate::manifest::{LoadOptions, Manifest, Source};

const MANIFEST: &str = r#"
name = "test"
model = { use = "a/b" }
[[train.data]]
name = "records"
reader = "jsonl"
path = "records.jsonl"
[[train.stage]]
name = "main"
steps = 10
batch_size = 2
learning_rate = 1.0
objective = [{ use = "a/b" }]
mix = [{ name = "all", use = "a/b" }]
"#;

/// By (example, language): numbers that stand for the query, the passage and the group.
type Records = BTreeMap<(u8, u8), (u8, u8, u8)>;

fn table(records: &Records) -> TextTable {
    let line = |((example, language), (query, passage, group)): (&(u8, u8), &(u8, u8, u8))| {
        serde_json::json!({
            "id": format!("e{example}"), "language": format!("l{language}"),
            "query": format!("text {query}"), "passage": format!("text {passage}"),
            "group": format!("g{group}"),
        })
        .to_string()
    };
    let lines: Vec<String> = records.iter().map(line).collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("records.jsonl"), lines.join("\n")).unwrap();
    let source = Source { path: PathBuf::from("test.toml"), text: MANIFEST.to_owned() };
    let manifest = Manifest::from_source(&source, &LoadOptions::default()).unwrap();
    let data = &manifest.experiment.train.as_ref().unwrap().data;
    read_training(&manifest, data, folder.path()).unwrap().train
}

/// The law, word for word: why a passage is neither right nor wrong for a query.
fn reason(table: &TextTable, query: usize, passage: usize, batch: &[u32]) -> [bool; 4] {
    let rows = |example: u32, role: u8| {
        (0..table.rows())
            .filter(move |row| table.example[*row] == example && table.role[*row] == role)
    };
    let right =
        |example: u32| rows(example, PASSAGE).any(|other| table.text(other) == table.text(passage));
    let (example, other) = (table.example[query], table.example[passage]);
    let same_query = batch.iter().map(|row| table.example[*row as usize]).any(|twin| {
        let asks = rows(twin, QUERY).any(|row| table.text(row) == table.text(query));
        asks && (other == twin || right(twin))
    });
    [other == example, right(example), same_query, table.group[passage] == table.group[query]]
}

fn records() -> impl Strategy<Value = Records> {
    prop::collection::btree_map((0u8..6, 0u8..3), (0u8..9, 0u8..9, 0u8..4), 2..16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_passage_is_ignored_for_the_first_reason_that_holds_and_for_no_other(
        records in records(),
        pairs in prop::collection::vec((any::<Pick>(), any::<Pick>()), 1..8),
        negatives in prop::collection::vec(any::<Pick>(), 0..5),
        same_group: bool,
    ) {
        let table = table(&records);
        let (mut queries, mut passages) = (Vec::new(), Vec::new());
        for (query, language) in pairs {
            let query = 2 * query.index(table.rows() / 2);
            let of_example: Vec<usize> = of_role(&table, table.example[query], PASSAGE).collect();
            queries.push(query as u32);
            passages.push(of_example[language.index(of_example.len())] as u32);
        }
        passages.extend(negatives.iter().map(|pick| 2 * pick.index(table.rows() / 2) as u32 + 1));

        let judged = relevance(&table, &queries, &passages, same_group);
        let mut expected = [0; 4];
        for (i, query) in queries.iter().enumerate() {
            prop_assert_eq!(judged.positives.row(i), &[i as u32]);
            let mut ignored = Vec::new();
            for (j, passage) in passages.iter().enumerate().filter(|(j, _)| *j != i) {
                let mut holds = reason(&table, *query as usize, *passage as usize, &passages);
                holds[3] &= same_group;
                if let Some(first) = holds.iter().position(|holds| *holds) {
                    ignored.push(j as u32);
                    expected[first] += 1;
                }
            }
            prop_assert_eq!(judged.ignored.row(i), ignored);
        }
        let Reasons { same_example, same_text, same_query, same_group } = judged.reasons;
        prop_assert_eq!([same_example, same_text, same_query, same_group], expected);
        prop_assert_eq!(judged.reasons.total(), judged.ignored.items().len() as u64);
    }
}

/// A table of (example, language, query, passage), each example a group of its own.
fn of(records: &[(u8, u8, u8, u8)]) -> TextTable {
    let record = |(example, language, query, passage): &(u8, u8, u8, u8)| {
        ((*example, *language), (*query, *passage, *example))
    };
    table(&records.iter().map(record).collect())
}

#[test]
fn a_hard_negative_that_is_right_in_another_language_is_ignored() {
    // Example 0 in two languages; example 1 has, as its passage, the text that is right in the other language.
    let table = of(&[(0, 0, 10, 20), (0, 1, 11, 21), (1, 0, 12, 21)]);
    let judged = relevance(&table, &[0], &[1, 5, 3, 1], false);
    assert_eq!(judged.ignored.row(0), [1, 2, 3]);
    let expected = Reasons { same_example: 2, same_text: 1, ..Reasons::default() };
    assert_eq!(judged.reasons, expected);
}

#[test]
fn what_answers_the_same_question_is_ignored_in_any_language() {
    // Example 1 asks the same in the other language; example 2 has the text that answers example 1.
    let table = of(&[(0, 0, 10, 20), (1, 0, 11, 21), (1, 1, 10, 22), (2, 0, 12, 22)]);
    let judged = relevance(&table, &[0], &[1, 3, 7], false);
    assert_eq!(judged.ignored.row(0), [1, 2]);
    assert_eq!(judged.reasons.same_query, 2);
}
