//! Batches of embeddings, and what an objective says of them.

use crate::error::{Error, Result};
use crate::objective::{Objective, ObjectiveBatch, ObjectiveOutput};
use crate::views::{Lists, Matrix, MatrixMut};

/// A batch of embeddings that owns its numbers, to change as a test likes.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmbeddingBatch {
    /// Query embeddings.
    pub queries: Vec<Vec<f32>>,
    /// Passage embeddings: those of the pairs, then the hard negatives.
    pub passages: Vec<Vec<f32>>,
    /// For each query the passages that are right, ascending.
    pub positives: Vec<Vec<u32>>,
    /// For each query the passages that are neither right nor wrong, ascending.
    pub ignored: Vec<Vec<u32>>,
    /// Language of each query; empty if all are 0.
    pub query_language: Vec<u32>,
    /// Language of each passage; empty if all are 0.
    pub passage_language: Vec<u32>,
    /// Example of each query; empty if each has its own.
    pub query_example: Vec<u32>,
    /// Example of each passage; empty if each has its own.
    pub passage_example: Vec<u32>,
    /// For each query the passages that are hard negatives of its own, ascending; empty if nobody says.
    pub hard_negatives: Vec<Vec<u32>>,
    /// Further matrices by name.
    pub extra: Vec<(String, Vec<Vec<f32>>)>,
    /// Whether the loss is only asked for, as on held-out data, and not trained on.
    pub validation: bool,
    /// Step of the run.
    pub step: u64,
}

/// Which gradients to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Those of the queries.
    pub queries: bool,
    /// Those of the passages.
    pub passages: bool,
}

impl Wanted {
    /// All gradients.
    pub const ALL: Self = Self { queries: true, passages: true };
}

/// What an objective said of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The loss.
    pub loss: f64,
    /// ∂loss/∂queries; NaN where the objective wrote nothing.
    pub query_gradients: Vec<Vec<f32>>,
    /// ∂loss/∂passages; NaN where the objective wrote nothing.
    pub passage_gradients: Vec<Vec<f32>>,
    /// Its named numbers.
    pub scalars: Vec<(String, f64)>,
}

impl Evaluated {
    /// The number of this name.
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.scalars.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

impl EmbeddingBatch {
    /// A batch whose pairs stand in line: passage i is right for query i, and none is ignored.
    pub fn in_line(queries: &[&[f32]], passages: &[&[f32]]) -> Self {
        let rows = |rows: &[&[f32]]| rows.iter().map(|row| row.to_vec()).collect();
        Self {
            queries: rows(queries),
            passages: rows(passages),
            positives: (0..queries.len() as u32).map(|i| vec![i]).collect(),
            ignored: vec![vec![]; queries.len()],
            ..Self::default()
        }
    }

    /// Asks an objective for the loss and for the gradients that are wanted.
    ///
    /// # Errors
    /// If the batch cannot be (rows of different lengths, lists of another number of rows), or is refused.
    pub fn evaluate_by<O: Objective>(
        &self,
        objective: &mut O,
        wanted: Wanted,
    ) -> Result<Evaluated> {
        let rows = self.passages.iter().chain(&self.queries);
        let dim = rows.map(Vec::len).next().unwrap_or(0);
        let (query_count, passage_count) = (self.queries.len(), self.passages.len());
        let (queries, passages) = (self.queries.concat(), self.passages.concat());
        let (positive_offsets, positives) = flat(&self.positives);
        let (ignored_offsets, ignored) = flat(&self.ignored);
        let (negative_offsets, negatives) = flat(&self.hard_negatives);
        let extra: Vec<(&str, Vec<f32>, usize)> =
            self.extra.iter().map(|(name, rows)| (&**name, rows.concat(), rows.len())).collect();
        let zeros = vec![0; query_count.max(passage_count)];
        let ones_own: Vec<u32> = (0..zeros.len() as u32).collect();
        let languages = |given: &'_ [u32], count: usize| match given.is_empty() {
            true => zeros[..count].to_vec(),
            false => given.to_vec(),
        };
        let examples = |given: &'_ [u32], count: usize| match given.is_empty() {
            true => ones_own[..count].to_vec(),
            false => given.to_vec(),
        };
        let batch = ObjectiveBatch {
            training: !self.validation,
            step: self.step,
            queries: matrix(&queries, query_count, dim)?,
            passages: matrix(&passages, passage_count, dim)?,
            query_language: &languages(&self.query_language, query_count),
            passage_language: &languages(&self.passage_language, passage_count),
            query_example: &examples(&self.query_example, query_count),
            passage_example: &examples(&self.passage_example, passage_count),
            positives: Lists::new(&positive_offsets, &positives)?,
            ignored: Lists::new(&ignored_offsets, &ignored)?,
            hard_negatives: Lists::new(&negative_offsets, &negatives)?,
            extra: extra
                .iter()
                .map(|(name, values, rows)| {
                    let cols = values.len().checked_div(*rows).unwrap_or(0);
                    Ok((*name, matrix(values, *rows, cols)?))
                })
                .collect::<Result<_>>()?,
        };
        batch.check()?;
        let mut query_gradients = vec![f32::NAN; queries.len()];
        let mut passage_gradients = vec![f32::NAN; passages.len()];
        let mut output = ObjectiveOutput {
            query_gradients: MatrixMut::new(&mut query_gradients, query_count, dim)
                .filter(|_| wanted.queries),
            passage_gradients: MatrixMut::new(&mut passage_gradients, passage_count, dim)
                .filter(|_| wanted.passages),
            scalars: vec![],
        };
        let loss = objective.evaluate(&batch, &mut output)?;
        let scalars = output.scalars;
        let rows = |flat: Vec<f32>| flat.chunks(dim.max(1)).map(<[f32]>::to_vec).collect();
        Ok(Evaluated {
            loss,
            query_gradients: rows(query_gradients),
            passage_gradients: rows(passage_gradients),
            scalars,
        })
    }
}

fn matrix(values: &[f32], rows: usize, cols: usize) -> Result<Matrix<'_>> {
    Matrix::new(values, rows, cols)
        .ok_or_else(|| Error::invalid("the rows of a matrix differ in length"))
}

fn flat(lists: &[Vec<u32>]) -> (Vec<u32>, Vec<u32>) {
    let ends = lists.iter().scan(0, |end, list| {
        *end += list.len() as u32;
        Some(*end)
    });
    (std::iter::once(0).chain(ends).collect(), lists.concat())
}
