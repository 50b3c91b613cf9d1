//! The loss on what was held out.
//!
//! Every held-out query is paired with the passage of its example in a language drawn by key, uniformly among those
//! the example has, its own included. The pairs do not depend on the mix, so that the losses of monolingual,
//! cross-lingual and hybrid training are on one scale.

use crate::corpus::TextTable;
use crate::error::Result;
use crate::keys::Key;
use crate::plugin::{Backend, Batch, Mode};

use super::batch::TrainingBatch;
use super::gradient::{embed, view};
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
        let rows = table.role.len() as u32;
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
                    negatives: Vec::new(),
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

    /// The mean loss over all pairs, without dropout; `None` if there are none.
    ///
    /// # Errors
    /// If backend or objective fails.
    pub fn loss(
        &self,
        backend: &mut Backend,
        objectives: &mut Objectives,
        dim: usize,
        chunk: Option<usize>,
        step: u64,
    ) -> Result<Option<f64>> {
        let mut sum = 0.0;
        for batch in &self.batches {
            let texts = batch.texts(self.table);
            let embeddings = embed(backend, dim, Mode::Inference, &texts, chunk)?;
            let outcome = objectives.evaluate(&view(batch, &embeddings, dim, step, false), None)?;
            sum += outcome.loss * batch.queries.len() as f64;
        }
        let pairs = self.pairs();
        Ok((pairs > 0).then(|| sum / pairs as f64))
    }
}
