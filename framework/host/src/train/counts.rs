//! What batches hold, counted.
//!
//! Every number is a whole number that adds up over batches, so a run that was resumed counts as one that was not.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::batch::TrainingBatch;
use super::relevance::Reasons;

/// What some batches held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Batches.
    pub batches: u64,
    /// Pairs.
    pub pairs: u64,
    /// How often a passage was right for a query of its batch.
    pub positives: u64,
    /// How often a passage was neither right nor wrong for a query of its batch, and why.
    pub ignored: Reasons,
    /// Hard negatives.
    pub hard_negatives: u64,
}

impl Counts {
    /// Counts a batch.
    pub fn add(&mut self, batch: &TrainingBatch) {
        let pairs = batch.queries.len();
        self.batches += 1;
        self.pairs += pairs as u64;
        self.positives += batch.relevance.positives.items().len() as u64;
        self.ignored += batch.relevance.reasons;
        self.hard_negatives += (batch.passages.len() - pairs) as u64;
    }
}

/// What augmenters counted of texts, by `library/component/name`: tokens, say, and how many of them were replaced.
pub type AugmentCounts = BTreeMap<String, u64>;

/// Pairs by their languages, `en-de` for a query in `en` with a passage in `de`.
pub type LanguagePairs = BTreeMap<String, u64>;

/// Counts the pairs of a batch by their languages, whose codes are `languages`.
pub fn add_language_pairs(counts: &mut LanguagePairs, batch: &TrainingBatch, languages: &[String]) {
    let code = |language: u32| languages.get(language as usize).map_or("", String::as_str);
    for (query, passage) in batch.language_pairs() {
        *counts.entry(format!("{}-{}", code(query), code(passage))).or_default() += 1;
    }
}
