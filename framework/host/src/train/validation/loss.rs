//! A loss on pairs that are never trained on: what was held out, or a set of its own.
//!
//! Every such query is paired with the passage of its example in a language drawn by key, uniformly among those
//! the example has, its own included. The pairs do not depend on the mix, so that the losses of monolingual,
//! cross-lingual and hybrid training are on one scale.

use crate::corpus::TextTable;
use crate::keys::Key;
use crate::plan::LossPlan;
use crate::plugin::{Batch, Lists, Mode};
use crate::train::batch::TrainingBatch;
use crate::train::failure::Failure;
use crate::train::gradient::{Encoder, view};
use crate::train::objectives::Objectives;
use crate::train::teacher::{SharedTeacher, Taught, taught};

/// The pairs that a validation loss is computed over, in batches.
pub struct Loss<'a> {
    name: &'a str,
    table: &'a TextTable,
    batches: Vec<TrainingBatch>,
}

impl<'a> Loss<'a> {
    /// Deals the pairs of `table` into batches of `batch_size`; a last batch of one pair has no negatives and is
    /// dropped. Objectives know the `trained` languages by their numbers in training, and the others by further ones.
    pub fn new(
        plan: &'a LossPlan,
        table: &'a TextTable,
        trained: &[String],
        batch_size: usize,
        ignore_same_group: bool,
        key: &Key,
    ) -> Self {
        let codes = codes(&table.languages, trained);
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
                let mut batch = TrainingBatch::new(table, batch, ignore_same_group, key);
                let languages = [&mut batch.query_language, &mut batch.passage_language];
                for code in languages.into_iter().flatten() {
                    *code = codes[*code as usize];
                }
                batch
            })
            .collect();
        Self { name: &plan.name, table, batches }
    }

    /// Its name in the journal.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The rows that it is over.
    pub fn table(&self) -> &'a TextTable {
        self.table
    }

    /// The (query, passage) rows of the pairs, in their order.
    #[cfg(test)]
    pub fn rows(&self) -> Vec<(u32, u32)> {
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
    pub fn batch(&self, number: usize) -> Option<(&TextTable, &TrainingBatch)> {
        self.batches.get(number).map(|batch| (self.table, batch))
    }

    /// The mean loss over the pairs of the first `most` batches, without dropout; `at` is the step of the stage whose
    /// weights count, and that of the run.
    ///
    /// # Errors
    /// If backend or objective fails, or the user interrupts; with the number of the batch.
    pub fn compute(
        &self,
        encoder: &mut Encoder<'_>,
        objectives: &mut Objectives,
        teacher: Option<&SharedTeacher<'_>>,
        at: (u64, u64),
        most: usize,
    ) -> Result<f64, (Failure, usize)> {
        let (mut sum, mut pairs) = (0.0, 0);
        for (number, batch) in self.batches.iter().enumerate().take(most) {
            let taught = taught(teacher, objectives, self.table, batch);
            let taught = taught.map_err(|failure| (failure, number))?;
            let loss = self.batch_loss(batch, encoder, objectives, taught.as_ref(), at);
            sum += loss.map_err(|failure| (failure, number))? * batch.queries.len() as f64;
            pairs += batch.queries.len();
        }
        Ok(sum / pairs as f64)
    }

    fn batch_loss(
        &self,
        batch: &TrainingBatch,
        encoder: &mut Encoder<'_>,
        objectives: &mut Objectives,
        taught: Option<&Taught>,
        at: (u64, u64),
    ) -> Result<f64, Failure> {
        let texts = batch.texts(self.table);
        let embeddings = encoder.embed(Mode::Inference, &texts)?;
        let further = taught.map(Taught::matrices);
        let further = further.as_ref().map_or(&[][..], |further| further);
        let view = view(batch, &embeddings, further, encoder.dim, at.1, false);
        let outcome = objectives.evaluate(&view, at.0, None)?;
        Ok(outcome.loss)
    }
}

/// The number of each of `languages` where those that are trained on come first, in their order.
fn codes(languages: &[String], trained: &[String]) -> Vec<u32> {
    let mut further = trained.len() as u32;
    let mut code = |language: &String| match trained.iter().position(|other| other == language) {
        Some(known) => known as u32,
        None => {
            further += 1;
            further - 1
        }
    };
    languages.iter().map(&mut code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_the_number_that_training_knows_it_by_and_one_of_its_own_where_there_is_none()
    {
        let of = |languages: &[&str]| languages.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (set, trained) = (of(&["de", "en", "fi", "sw"]), of(&["en", "es", "fi"]));
        assert_eq!(codes(&set, &trained), [3, 0, 2, 4]);
    }
}
