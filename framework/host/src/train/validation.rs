//! The loss on what was held out.
//!
//! Every held-out query is paired with the passage of its example in a language drawn by key, uniformly among those
//! the example has, its own included. The pairs do not depend on the mix, so that the losses of monolingual,
//! cross-lingual and hybrid training are on one scale.

use crate::corpus::TextTable;
use crate::keys::Key;
use crate::plugin::{Backend, Batch, Lists, Mode};

use super::batch::TrainingBatch;
use super::failure::Failure;
use super::gradient::{Chunks, embed, view};
use super::objectives::Objectives;

/// The pairs that the validation loss is computed over, in batches.
pub struct Validation<'a> {
    table: &'a TextTable,
    batches: Vec<TrainingBatch>,
}

impl<'a> Validation<'a> {
    /// Deals the held-out pairs into batches of `batch_size`; a last batch of one pair has no negatives and is dropped.
    pub fn new(
        table: &'a TextTable,
        batch_size: usize,
        ignore_same_group: bool,
        key: &Key,
    ) -> Self {
        let rows = table.pair_rows() as u32;
        let mut pairs: Vec<(u64, u32, u32)> = (0..rows)
            .step_by(2)
            .map(|query| {
                let key = key.child_u64(u64::from(query));
                let example = table.example[query as usize];
                let first = table.example.partition_point(|other| *other < example) as u64;
                let end = table.example.partition_point(|other| *other <= example) as u64;
                let language = key.child("language").below((end - first) / 2);
                (key.child("order").u64(), query, (first + 2 * language) as u32 + 1)
            })
            .collect();
        pairs.sort_unstable();
        let batches = pairs
            .chunks(batch_size)
            .filter(|pairs| pairs.len() > 1)
            .map(|pairs| {
                let batch = Batch {
                    queries: pairs.iter().map(|(_, query, _)| *query).collect(),
                    passages: pairs.iter().map(|(.., passage)| *passage).collect(),
                    negatives: Lists::default(),
                };
                TrainingBatch::new(table, batch, ignore_same_group, key)
            })
            .collect();
        Self { table, batches }
    }

    /// The (query, passage) rows of the pairs, in their order.
    #[cfg(test)]
    pub(super) fn rows(&self) -> Vec<(u32, u32)> {
        let pairs = |batch: &TrainingBatch| {
            let passages = batch.passages.iter().copied();
            batch.queries.iter().copied().zip(passages).collect::<Vec<_>>()
        };
        self.batches.iter().flat_map(pairs).collect()
    }

    /// Number of pairs.
    pub fn pairs(&self) -> usize {
        self.batches.iter().map(|batch| batch.queries.len()).sum()
    }

    /// A batch, with the table that its rows stand in.
    pub(super) fn batch(&self, number: usize) -> Option<(&TextTable, &TrainingBatch)> {
        self.batches.get(number).map(|batch| (self.table, batch))
    }

    /// The mean loss over the pairs of the first `most` batches, without dropout; `None` if there are none.
    ///
    /// # Errors
    /// If backend or objective fails, or the user interrupts; with the number of the batch.
    pub(super) fn loss(
        &self,
        backend: &mut Backend,
        objectives: &mut Objectives,
        dim: usize,
        chunks: Chunks<'_>,
        step: u64,
        most: usize,
    ) -> Result<Option<f64>, (Failure, usize)> {
        let (mut sum, mut pairs) = (0.0, 0);
        for (number, batch) in self.batches.iter().enumerate().take(most) {
            let loss = self.batch_loss(batch, backend, objectives, dim, chunks, step);
            sum += loss.map_err(|failure| (failure, number))? * batch.queries.len() as f64;
            pairs += batch.queries.len();
        }
        Ok((pairs > 0).then(|| sum / pairs as f64))
    }

    fn batch_loss(
        &self,
        batch: &TrainingBatch,
        backend: &mut Backend,
        objectives: &mut Objectives,
        dim: usize,
        chunks: Chunks<'_>,
        step: u64,
    ) -> Result<f64, Failure> {
        let texts = batch.texts(self.table);
        let embeddings = embed(backend, dim, Mode::Inference, &texts, chunks)?;
        let outcome = objectives.evaluate(&view(batch, &embeddings, dim, step, false), None)?;
        Ok(outcome.loss)
    }
}
