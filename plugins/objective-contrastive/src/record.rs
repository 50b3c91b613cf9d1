//! The means that a batch leaves in the run's record.

use crate::contrast::{Contrast, Relation};

/// Means over a batch, as they are summed up.
#[derive(Debug, Default)]
pub struct Record {
    loss: Mean,
    accuracy: Mean,
    positive: Mean,
    negative: Mean,
}

impl Record {
    /// Counts a query.
    pub fn add_query(&mut self, outcome: Contrast) {
        self.loss.add(outcome.loss);
        self.accuracy.add(f64::from(u8::from(outcome.correct)));
    }

    /// Counts a query's similarity to a passage.
    pub fn add_similarity(&mut self, relation: Relation, similarity: f64) {
        match relation {
            Relation::Positive => self.positive.add(similarity),
            Relation::Negative => self.negative.add(similarity),
            Relation::Ignored => {}
        }
    }

    /// The mean loss of a query.
    pub fn loss(&self) -> f64 {
        self.loss.value()
    }

    /// The named numbers: `accuracy`, the share of queries whose best passage is a positive, and the mean similarity
    /// of positive and of negative passages. A mean over nothing is left out.
    pub fn scalars(&self) -> impl Iterator<Item = (String, f64)> {
        [
            ("accuracy", &self.accuracy),
            ("positive-similarity", &self.positive),
            ("negative-similarity", &self.negative),
        ]
        .into_iter()
        .filter(|(_, mean)| mean.count > 0)
        .map(|(name, mean)| (name.to_owned(), mean.value()))
    }
}

#[derive(Debug, Default)]
struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn value(&self) -> f64 {
        self.sum / self.count as f64
    }
}
