//! Tests by kind: what every batch and epoch is, how often each pair of languages comes, what is refused, and where the
//! directory finds things. What they share stands here: sparse corpora of two data sets, and drawn batches.

mod directory;
mod epochs;
mod extremes;
mod golden;
mod laws;
mod model;
mod negatives;
mod options;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use triglot_sdk::testkit::CorpusBuilder;
use triglot_sdk::{Batch, Component, Context, Corpus, Result, Sampler};

use crate::cross_lingual::CrossLingual;
use crate::monolingual::Monolingual;
use crate::pairs::Pair;
use crate::same_language::SameLanguage;

pub const CODES: [&str; 5] = ["de", "en", "es", "fi", "zh"];

/// A sampler whose options tests write as JSON.
pub trait Ours: Sampler + Component<Options: serde::de::DeserializeOwned> {}

impl<S: Sampler + Component<Options: serde::de::DeserializeOwned>> Ours for S {}

/// A corpus whose examples are of one of two data sets, `first` and `second`.
pub struct Data {
    builder: CorpusBuilder,
    data_set: Vec<u32>,
}

impl Data {
    /// For each example, its languages as bits and its data set.
    pub fn new(codes: &[&str], examples: &[(u128, u32)]) -> Self {
        let mut data_set = vec![];
        let empty = CorpusBuilder::new(codes);
        let builder = examples.iter().fold(empty, |builder, (bits, set)| {
            let exists: Vec<u32> =
                (0..codes.len() as u32).filter(|language| bits >> language & 1 == 1).collect();
            data_set.extend(std::iter::repeat_n(*set, 2 * exists.len()));
            builder.example(&exists)
        });
        Self { builder, data_set }
    }

    pub fn view(&self) -> Corpus<'_> {
        let mut view = self.builder.view();
        view.data_set = &self.data_set;
        view.data_sets = vec!["first", "second"];
        view.check_layout().unwrap();
        view
    }
}

/// Number of languages, and examples with their languages as bits and their data sets.
pub fn sparse() -> impl Strategy<Value = (usize, Vec<(u128, u32)>)> {
    (1..=CODES.len()).prop_flat_map(|languages| {
        let example = (1..1u128 << languages, 0..2u32);
        (Just(languages), prop::collection::vec(example, 1..60))
    })
}

/// Options of the kinds that every sampler has; what is too small is left out.
fn shared(languages: usize) -> impl Strategy<Value = Map<String, Value>> {
    let weight = || prop::option::of(weight());
    let sets =
        prop::option::of(prop_oneof![Just(json!(["second"])), Just(json!(["second", "first"]))]);
    (codes(languages), sets, weight()).prop_map(|(languages, data_sets, data_set_weight)| {
        let mut options = Map::new();
        options.insert("too_small".to_owned(), json!("skip"));
        put(&mut options, "languages", languages);
        put(&mut options, "data_sets", data_sets);
        put(&mut options, "data_set_weight", data_set_weight);
        options
    })
}

fn put(options: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        options.insert(key.to_owned(), value);
    }
}

fn codes(languages: usize) -> impl Strategy<Value = Option<Value>> {
    let some = (1..1u8 << languages).prop_map(|bits| {
        let chosen = CODES.iter().enumerate().filter(move |(l, _)| bits >> l & 1 == 1);
        json!(chosen.map(|(_, code)| *code).collect::<Vec<_>>())
    });
    prop::option::of(some)
}

fn weight() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![json!("uniform"), json!("size"), json!(0.5), json!(1.7)])
}

/// Any options of `monolingual`.
pub fn monolingual(languages: usize) -> impl Strategy<Value = Value> {
    (shared(languages), prop::option::of(weight())).prop_map(|(mut options, weight)| {
        put(&mut options, "weight", weight);
        Value::Object(options)
    })
}

/// Any options of `same-language` that do not contradict each other.
pub fn same_language(languages: usize) -> impl Strategy<Value = Value> {
    let unit = prop_oneof![
        prop::option::of(Just(("over", json!("pairs")))),
        weight().prop_map(|weight| Some(("weight", weight))),
    ];
    (shared(languages), unit).prop_map(|(mut options, unit)| {
        options.extend(unit.map(|(key, value)| (key.to_owned(), value)));
        Value::Object(options)
    })
}

/// Any options of `cross-lingual` that do not contradict each other.
pub fn cross_lingual(languages: usize) -> impl Strategy<Value = Value> {
    let pairs = prop_oneof![3 => weight(), 1 => Just(json!("round-robin"))];
    let batch = prop::sample::select(vec![json!("mixed"), json!("one-pair")]);
    let pivot = prop::option::weighted(0.3, prop::sample::select(CODES[..languages].to_vec()));
    let narrowed = (codes(languages), codes(languages), pivot);
    (
        shared(languages),
        prop::option::of(pairs),
        prop::option::of(batch),
        any::<bool>(),
        prop::option::of(narrowed),
    )
        .prop_map(|(mut options, pairs, batch, over, narrowed)| {
            put(&mut options, "pairs", pairs);
            put(&mut options, "batch", batch);
            put(&mut options, "over", over.then(|| json!("pairs")));
            if let Some((queries, passages, pivot)) = narrowed {
                options.remove("languages");
                put(&mut options, "query_languages", queries);
                put(&mut options, "passage_languages", passages);
                put(&mut options, "pivot", pivot.map(|code| json!(code)));
            }
            Value::Object(options)
        })
}

pub fn create<S: Ours>(options: &Value, corpus: &Corpus<'_>, batch_size: usize) -> Result<S> {
    let options = serde_json::from_value(options.clone()).unwrap();
    S::create(options, corpus, batch_size, &Context::detached(0))
}

pub fn draw<S: Sampler>(sampler: &mut S, corpus: &Corpus<'_>, seed: u64, ordinal: u64) -> Batch {
    let mut batch = Batch::default();
    sampler.sample(corpus, seed, ordinal, &mut batch).unwrap();
    batch
}

/// The examples of a batch.
pub fn examples(corpus: &Corpus<'_>, batch: &Batch) -> Vec<u32> {
    batch.queries().iter().map(|row| corpus.example[*row as usize]).collect()
}

/// The languages of each pair of a batch.
pub fn pairs(corpus: &Corpus<'_>, batch: &Batch) -> Vec<Pair> {
    let language = |row: &u32| corpus.language[*row as usize];
    let rows = batch.queries().iter().zip(batch.passages());
    rows.map(|(query, passage)| Pair { query: language(query), passage: language(passage) })
        .collect()
}

pub fn all_different<T: Ord>(items: impl IntoIterator<Item = T>) -> bool {
    let mut met = BTreeSet::new();
    items.into_iter().all(|item| met.insert(item))
}

/// How often each item comes.
pub fn tally<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeMap<T, u64> {
    let mut counts = BTreeMap::new();
    items.into_iter().for_each(|item| *counts.entry(item).or_insert(0) += 1);
    counts
}
