//! The batches of a file in memory: row numbers, 32 bits each.
//!
//! They are read once, when the sampler is made, so that a file which does not fit the data is refused before anything
//! is trained, and one that changes later changes nothing. A million batches of 32 pairs are 256 MB.

use triglot_sdk::Batch;

use crate::corpus_index::Rows;

/// Batches of one size, one after another.
#[derive(Debug)]
pub struct Batches {
    size: usize,
    queries: Vec<u32>,
    passages: Vec<u32>,
    negatives: Vec<u32>,
    /// Where the negatives of each pair end; empty as long as no pair has any.
    ends: Vec<u64>,
}

impl Batches {
    /// No batches yet, of so many pairs each.
    pub fn of_size(size: usize) -> Self {
        let (queries, passages, negatives, ends) = Default::default();
        Self { size, queries, passages, negatives, ends }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.queries.len().checked_div(self.size).unwrap_or(0) as u64
    }

    /// Appends a pair.
    pub fn push(&mut self, rows: Rows) {
        if !rows.negatives.is_empty() || !self.ends.is_empty() {
            self.ends.resize(self.queries.len(), 0);
            self.negatives.extend(rows.negatives);
            self.ends.push(self.negatives.len() as u64);
        }
        self.queries.push(rows.query);
        self.passages.push(rows.passage);
    }

    /// Puts a batch that there is into `batch`.
    pub fn put(&self, number: u64, batch: &mut Batch) {
        let first = number as usize * self.size;
        for pair in first..first + self.size {
            batch.push_with_negatives(
                self.queries[pair],
                self.passages[pair],
                self.negatives(pair),
            );
        }
    }

    fn negatives(&self, pair: usize) -> &[u32] {
        let end = |pair: usize| self.ends.get(pair).map_or(0, |end| *end as usize);
        let start = pair.checked_sub(1).map_or(0, end);
        &self.negatives[start..end(pair).max(start)]
    }
}
