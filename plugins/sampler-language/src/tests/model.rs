//! The laws once more, naively: lists of everything that may be drawn, made from the options as they are written.

use std::collections::BTreeMap;

use serde_json::Value;
use triglot_sdk::{Component, Corpus};

use super::Ours;
use crate::cross_lingual::CrossLingual;
use crate::monolingual::Monolingual;
use crate::pairs::Pair;

/// In which unit languages are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawn {
    Examples,
    Pairs,
    Batches(Value),
    Places(Value),
}

/// What may be drawn.
pub struct Model {
    pub drawn: Drawn,
    /// By data set (0 where they are one) and pair, the examples that have it.
    pub lists: BTreeMap<(u32, Pair), Vec<u32>>,
}

impl Model {
    pub fn new<S: Ours>(options: &Value, corpus: &Corpus<'_>) -> Self {
        let in_list = |key: &str, code: &str| match options[key].as_array() {
            None => true,
            Some(codes) => codes.iter().any(|listed| listed == code),
        };
        let allowed = |query: &str, passage: &str| {
            let pivot = options["pivot"].as_str();
            let related = match S::ID == CrossLingual::ID {
                false => query == passage,
                true => {
                    query != passage && pivot.is_none_or(|pivot| query == pivot || passage == pivot)
                }
            };
            related
                && in_list("languages", query)
                && in_list("languages", passage)
                && in_list("query_languages", query)
                && in_list("passage_languages", passage)
        };
        let mut lists = BTreeMap::<_, Vec<u32>>::new();
        for query in (0..corpus.rows()).step_by(2) {
            for passage in (0..corpus.rows()).step_by(2) {
                if corpus.example[query] != corpus.example[passage] {
                    continue;
                }
                let pair =
                    Pair { query: corpus.language[query], passage: corpus.language[passage] };
                let code = |language: u32| corpus.languages[language as usize];
                let set = corpus.data_set[query];
                if allowed(code(pair.query), code(pair.passage))
                    && in_list("data_sets", corpus.data_sets[set as usize])
                {
                    let group = if options["data_set_weight"].is_null() { 0 } else { set };
                    lists.entry((group, pair)).or_default().push(corpus.example[query]);
                }
            }
        }
        Self { drawn: drawn::<S>(options), lists }
    }

    /// The data sets that anything may be drawn from.
    pub fn groups(&self) -> Vec<u32> {
        let mut groups: Vec<u32> = self.lists.keys().map(|(group, _)| *group).collect();
        groups.dedup();
        groups
    }

    /// Sizes of a data set's lists.
    pub fn sizes(&self, group: u32) -> BTreeMap<Pair, usize> {
        let of_group = self.lists.iter().filter(|((of, _), _)| *of == group);
        of_group.map(|((_, pair), list)| (*pair, list.len())).collect()
    }

    /// How many examples of a data set have any pair.
    pub fn examples(&self, group: u32) -> usize {
        let of_group = self.lists.iter().filter(|((of, _), _)| *of == group);
        super::tally(of_group.flat_map(|(_, list)| list)).len()
    }

    /// Batches of an epoch of one data set; 0 if it fills none.
    pub fn epoch(&self, group: u32, batch_size: usize) -> usize {
        let sizes = self.sizes(group);
        let all: usize = sizes.values().sum();
        let batches = |unit: usize| sizes.values().map(move |n| n / unit).filter(|n| *n > 0);
        let longest = |unit| batches(unit).max().unwrap_or(0) * batches(unit).count();
        match &self.drawn {
            Drawn::Examples => self.examples(group) / batch_size,
            Drawn::Pairs => all / batch_size,
            Drawn::Batches(weight) if weight == "uniform" || weight == "round-robin" => {
                longest(batch_size)
            }
            Drawn::Batches(_) => batches(batch_size).sum(),
            Drawn::Places(weight) if weight == "uniform" || weight == "round-robin" => {
                longest(1) / batch_size
            }
            Drawn::Places(_) => all / batch_size,
        }
    }
}

fn drawn<S: Ours>(options: &Value) -> Drawn {
    let key = if S::ID == CrossLingual::ID { "pairs" } else { "weight" };
    let weight = (!options[key].is_null()).then(|| options[key].clone());
    if S::ID == Monolingual::ID || options["batch"] == "one-pair" {
        return Drawn::Batches(weight.unwrap_or("uniform".into()));
    }
    match weight {
        Some(size) if size == "size" => Drawn::Pairs,
        Some(weight) => Drawn::Places(weight),
        None if options["over"] == "pairs" => Drawn::Pairs,
        None => Drawn::Examples,
    }
}
