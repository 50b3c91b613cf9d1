//! What the batches of one member of a mix held.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::corpus::TextTable;
use crate::plugin::Law;
use crate::train::{Counts, TrainingBatch};

use super::law::LawPreview;

/// Pairs by the languages of query and passage, as the table numbers them.
pub(super) type Pairs = BTreeMap<(u32, u32), u64>;

/// A member of a stage's mix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberPreview {
    /// Its name.
    pub name: String,
    /// Its sampler.
    pub sampler: String,
    /// How many of the batches that were looked at were to be expected from it.
    pub expected: f64,
    /// What its batches held, of those that were looked at.
    pub counts: Counts,
    /// Hard negatives a query.
    pub hard_negatives_per_query: Option<Spread>,
    /// Batches that the whole stage draws from it: exact.
    pub batches_in_stage: u64,
    /// Batches an epoch of its sampler has, where it says so.
    pub epoch: Option<u64>,
    /// Epochs of its sampler that the whole stage walks.
    pub epochs_in_stage: Option<f64>,
    /// The languages that its sampler says it draws, and those that it drew; none where the sampler states no law.
    pub law: Option<LawPreview>,
}

/// A member with what was counted of it.
pub(super) struct Counted {
    pub member: MemberPreview,
    pub tally: Tally,
    pub law: Option<Law>,
}

/// The range of a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: u64,
    /// The mean.
    pub mean: f64,
    /// The largest.
    pub max: u64,
}

/// What is counted while batches pass by.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub counts: Counts,
    /// Pairs by their languages.
    pub pairs: Pairs,
    /// Whole batches by the languages of all their pairs; one that mixes them is in none.
    pub batches: Pairs,
    /// Pairs by the data set of their example.
    pub by_data_set: Vec<u64>,
    /// Fewest hard negatives of a query, and most.
    pub fewest: u64,
    pub most: u64,
}

impl Tally {
    pub fn new(table: &TextTable) -> Self {
        Self { by_data_set: vec![0; table.data_sets.len()], ..Self::default() }
    }

    pub fn add(&mut self, table: &TextTable, batch: &TrainingBatch) {
        let first = self.counts.pairs == 0;
        self.counts.add(batch);
        for (pair, (query, languages)) in
            batch.queries.iter().zip(batch.language_pairs()).enumerate()
        {
            *self.pairs.entry(languages).or_default() += 1;
            let data_set = table.data_set.get(*query as usize);
            let of_set = data_set.and_then(|set| self.by_data_set.get_mut(*set as usize));
            of_set.into_iter().for_each(|count| *count += 1);
            let negatives = batch.negatives(pair).len() as u64;
            self.fewest = if first && pair == 0 { negatives } else { self.fewest.min(negatives) };
            self.most = self.most.max(negatives);
        }
        let mut languages = batch.language_pairs();
        if let Some(one) = languages.next().filter(|one| languages.all(|other| other == *one)) {
            *self.batches.entry(one).or_default() += 1;
        }
    }

    pub fn hard_negatives_per_query(&self) -> Option<Spread> {
        let Counts { pairs, hard_negatives, .. } = self.counts;
        let mean = hard_negatives as f64 / pairs as f64;
        (pairs > 0).then_some(Spread { min: self.fewest, mean, max: self.most })
    }
}
