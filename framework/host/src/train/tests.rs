//! Schedules, chunks and validation pairs, over tables read from records.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use proptest::sample::Index;

use super::batch::TrainingBatch;
use super::counts::add_language_pairs;
use super::gradient::Chunks;
use super::validation::Loss;
use super::{Counts, LanguagePairs, Reasons, learning_rate};
use crate::corpus::{TextTable, read_training};
use crate::keys::Key;
use crate::manifest::types::{Schedule, Stage};
use crate::manifest::{LoadOptions, Manifest, Source};
use crate::plan::LossPlan;
use crate::plugin::{Batch, Services};

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

fn manifest() -> Manifest {
    let source = Source { path: PathBuf::from("test.toml"), text: MANIFEST.to_owned() };
    Manifest::from_source(&source, &LoadOptions::default()).unwrap()
}

fn stage() -> Stage {
    manifest().experiment.train.unwrap().stage.remove(0)
}

/// A table of (example, language, passage text, group), each example once a language.
fn table(records: &BTreeMap<(u8, u8), (u8, u8)>) -> TextTable {
    let lines: Vec<String> = records
        .iter()
        .map(|((example, language), (passage, group))| {
            let (id, language) = (format!("e{example}"), ["aa", "bb", "cc"][*language as usize]);
            serde_json::json!({
                "id": id, "language": language, "query": format!("query {}", example / 2),
                "passage": format!("passage {passage}"), "group": format!("g{group}"),
            })
            .to_string()
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("records.jsonl"), lines.join("\n")).unwrap();
    let manifest = manifest();
    let data = &manifest.experiment.train.as_ref().unwrap().data;
    read_training(&manifest, data, folder.path()).unwrap().train
}

fn records() -> impl Strategy<Value = BTreeMap<(u8, u8), (u8, u8)>> {
    prop::collection::btree_map((0u8..6, 0u8..3), (0u8..5, 0u8..3), 2..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_are_those_of_a_slow_recount(
        records in records(),
        batches in prop::collection::vec(
            prop::collection::vec((any::<Index>(), prop::collection::vec(any::<Index>(), 0..3)), 1..6),
            0..5,
        ),
    ) {
        let table = table(&records);
        let pair = |pick: &Index| 2 * pick.index(table.rows() / 2) as u32;
        let (mut counts, mut languages) = (Counts::default(), LanguagePairs::new());
        let mut recount = Counts { batches: batches.len() as u64, ..Counts::default() };
        let (mut listed, mut ignored) = (Vec::<String>::new(), 0);
        for picks in &batches {
            let queries: Vec<u32> = picks.iter().map(|(own, _)| pair(own)).collect();
            let passages: Vec<u32> = queries.iter().map(|query| query + 1).collect();
            let negatives = picks.iter().map(|(_, others)| others.iter().map(|o| pair(o) + 1).collect());
            let rows = Batch { queries, passages, negatives: negatives.collect() };
            let batch = TrainingBatch::new(&table, rows, false, &Key::root(0));
            counts.add(&batch);
            add_language_pairs(&mut languages, &batch, &table.languages);
            for (at, (own, others)) in picks.iter().enumerate() {
                recount.pairs += 1;
                recount.positives += 1;
                recount.hard_negatives += others.len() as u64;
                let rows: Vec<u32> = others.iter().map(|other| pair(other) + 1).collect();
                prop_assert_eq!(batch.negatives(at), &rows[..]);
                let code = &table.languages[table.language[pair(own) as usize] as usize];
                listed.push(format!("{code}-{code}"));
                ignored += batch.relevance.ignored.row(at).len() as u64;
            }
        }
        prop_assert_eq!(counts.ignored.total(), ignored);
        prop_assert_eq!(Counts { ignored: Reasons::default(), ..counts }, recount);
        prop_assert_eq!(languages.values().sum::<u64>(), recount.pairs);
        for (name, count) in languages {
            prop_assert_eq!(count, listed.iter().filter(|listed| **listed == name).count() as u64);
        }
    }

    #[test]
    fn every_held_out_query_is_validated_once_with_a_passage_of_its_example(
        records in records(), seed: u64, size in 2usize..6,
    ) {
        let table = table(&records);
        let plan = LossPlan { name: "validation/loss".into(), set: None };
        let loss = || Loss::new(&plan, &table, &[], size, false, &Key::root(seed));
        let validation = loss();
        let again = loss();
        let rows = |validation: &Loss<'_>| validation.rows();
        prop_assert_eq!(rows(&validation), rows(&again));
        let queries: BTreeSet<u32> = rows(&validation).iter().map(|(query, _)| *query).collect();
        prop_assert_eq!(queries.len(), validation.pairs());
        // At most a last batch of one pair, which has no negative, is dropped.
        prop_assert!(table.rows() / 2 - validation.pairs() <= 1);
        for (query, passage) in rows(&validation) {
            prop_assert_eq!(table.example[query as usize], table.example[passage as usize]);
            prop_assert_eq!((query % 2, passage % 2), (0, 1));
        }
    }

    #[test]
    fn chunks_cover_all_texts_in_order(texts in 0usize..200, chunk in prop::option::of(1usize..50)) {
        let services = Services::new(1, Arc::default());
        let ranges: Vec<_> =
            Chunks { size: chunk, services: Some(&services) }.of(texts).map(Result::unwrap).collect();
        prop_assert_eq!(ranges.iter().cloned().flatten().collect::<Vec<_>>(), (0..texts).collect::<Vec<_>>());
        prop_assert!(ranges.iter().all(|range| chunk.is_none_or(|chunk| range.len() <= chunk)));
    }

    #[test]
    fn the_learning_rate_rises_to_its_peak_and_never_exceeds_it(
        steps in 1u64..200,
        warmup in 0.0..=1.0f64,
        schedule in prop::sample::select(vec![Schedule::Constant, Schedule::Linear, Schedule::Cosine]),
    ) {
        let stage = Stage { steps, warmup, schedule, ..stage() };
        let rates: Vec<f64> = (0..steps).map(|step| learning_rate(&stage, step)).collect();
        prop_assert!(rates.iter().all(|rate| *rate > 0.0 && *rate <= stage.learning_rate));
        let peak = (0..rates.len()).find(|i| rates[*i] == stage.learning_rate);
        prop_assert!(peak.is_some());
        let (rise, fall) = rates.split_at(peak.unwrap_or(0));
        prop_assert!(rise.is_sorted() && fall.is_sorted_by(|a, b| a >= b));
    }
}

#[test]
fn no_chunk_crosses_once_the_user_asks_to_stop_but_for_those_of_a_step() {
    let cancelled = Arc::new(AtomicBool::new(false));
    let services = Services::new(1, Arc::clone(&cancelled));
    let mut ranges = Chunks { size: Some(2), services: Some(&services) }.of(6);
    let step = Chunks { size: Some(2), services: None };
    assert_eq!(ranges.next().unwrap().unwrap(), 0..2);
    cancelled.store(true, Ordering::Relaxed);
    assert!(ranges.next().unwrap().unwrap_err().is_interrupted());
    assert_eq!(step.of(6).map(Result::unwrap).count(), 3);
}

#[test]
fn a_linear_schedule_falls_by_equal_steps_to_one_before_zero() {
    let stage = Stage { steps: 5, warmup: 0.2, schedule: Schedule::Linear, ..stage() };
    let rates: Vec<f64> = (0..5).map(|step| learning_rate(&stage, step)).collect();
    assert_eq!(rates, [1.0, 1.0, 0.75, 0.5, 0.25]);
}
