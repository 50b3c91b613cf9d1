//! What holds of every table, whatever the data.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::corpus::{PASSAGE, QUERY, TextTable};

/// (id, language, group), each (id, language) once.
fn records() -> impl Strategy<Value = BTreeMap<(u8, u8), u8>> {
    prop::collection::btree_map((0..30u8, 0..4u8), 0..12u8, 1..60)
}

fn file(records: &BTreeMap<(u8, u8), u8>) -> TempDir {
    let names: Vec<(String, String, String)> = (records.iter())
        .map(|((id, language), group)| {
            (format!("i{id}"), format!("l{language}"), format!("g{group}"))
        })
        .collect();
    let records: Vec<(&str, &str, &str)> = names
        .iter()
        .map(|(id, language, group)| (id.as_str(), language.as_str(), group.as_str()))
        .collect();
    folder(&[("d.tsv", &tsv(&records))])
}

fn check(table: &TextTable) {
    let keys: Vec<_> = (0..table.rows())
        .map(|row| (table.example[row], table.language[row], table.role[row]))
        .collect();
    assert!(keys.is_sorted_by(|before, after| before < after));
    for pair in keys.chunks(2) {
        assert_eq!((pair[0].0, pair[0].1, pair[0].2), (pair[1].0, pair[1].1, QUERY));
        assert_eq!(pair[1].2, PASSAGE);
    }
    let dense = |column: &[u32], count: usize| {
        let values: BTreeSet<u32> = column.iter().copied().collect();
        assert!(values.into_iter().eq(0..count as u32));
    };
    dense(&table.example, table.examples());
    dense(&table.group, table.groups());
    dense(&table.language, table.languages.len());
    for (row, length) in table.length.iter().enumerate() {
        assert_eq!(*length as usize, table.text(row).chars().count());
        assert!(table.text(row).contains(table.example_id(table.example[row])));
    }
}

fn ids(table: &TextTable) -> BTreeSet<String> {
    (0..table.examples()).map(|example| table.example_id(example as u32).to_owned()).collect()
}

fn tsv_keys(more: &str) -> String {
    format!("[[train.data]]\nname = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\n{more}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_table_is_sorted_dense_and_made_of_pairs(records in records()) {
        let folder = file(&records);
        let data = train(folder.path(), &tsv_keys("")).unwrap();
        check(&data.train);
        prop_assert_eq!(data.train.rows(), 2 * records.len());
    }

    #[test]
    fn holdout_and_limit_never_split_a_group(
        records in records(), holdout in 0.01..0.9f64, limit in 1..40u64
    ) {
        let folder = file(&records);
        let limited = train(folder.path(), &tsv_keys(&format!("limit = {limit}\n"))).unwrap();
        prop_assert!(limited.train.examples() as u64 <= limit);
        let keys = tsv_keys(&format!("limit = {limit}\nholdout = {holdout}\n"));
        let Ok(data) = train(folder.path(), &keys) else {
            prop_assert_eq!(limited.train.groups(), 1);
            return Ok(());
        };
        let held_out = data.holdout.unwrap();
        check(&data.train);
        check(&held_out);
        let (training, validation) = (ids(&data.train), ids(&held_out));
        prop_assert!(training.is_disjoint(&validation));
        prop_assert_eq!(&training | &validation, ids(&limited.train));

        // What shares an id or a named group in any language is on one side.
        let mut sides: BTreeMap<u8, BTreeSet<bool>> = BTreeMap::new();
        for ((id, _), group) in &records {
            let id = format!("i{id}");
            if training.contains(&id) || validation.contains(&id) {
                sides.entry(*group).or_default().insert(validation.contains(&id));
            }
        }
        prop_assert!(sides.values().all(|sides| sides.len() == 1), "{:?}", sides);
    }
}
