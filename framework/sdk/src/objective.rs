//! Objectives turn embeddings into a loss and its gradients.

use std::path::Path;

use triglot_abi as abi;

use crate::Component;
use crate::error::{Error, Result};
use crate::glue::raw;
use crate::host::Context;
use crate::views::{Lists, Matrix, MatrixMut};

/// Computes the loss of a batch and its gradients with respect to the embeddings.
pub trait Objective: Component {
    /// Further matrices that every batch has to bring, by the names that [`ObjectiveBatch::extra`] takes. A host that
    /// cannot bring them says so before anything is trained. `teacher.query` and `teacher.passage` are what a frozen
    /// teacher makes of the texts.
    const NEEDS: &'static [&'static str] = &[];

    /// Makes an instance.
    ///
    /// # Errors
    /// If the options cannot be used.
    fn create(options: Self::Options, context: &Context) -> Result<Self>;

    /// Returns the loss (a mean over queries) and writes the gradients that `output` asks for.
    ///
    /// With `batch.training` false nothing of the instance may change.
    ///
    /// # Errors
    /// If the loss is not defined for the batch.
    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64>;

    /// How many parameters of its own it learns. The functions below are for one that has some.
    fn parameters(&self) -> u64 {
        0
    }

    /// Moves the parameters by `scale` times the gradient that the last [`Objective::evaluate`] left, one with
    /// `batch.training` true that was asked for gradients; and forgets the gradient.
    ///
    /// # Errors
    /// If there is no gradient.
    fn step(&mut self, learning_rate: f64, scale: f64) -> Result<()> {
        let _ = (learning_rate, scale);
        Err(Error::unsupported("parameters of its own"))
    }

    /// Saves the parameters into the empty `folder`, with what else an equal continuation needs.
    ///
    /// # Errors
    /// If a file cannot be written.
    fn save(&self, folder: &Path) -> Result<()> {
        let _ = folder;
        Err(Error::unsupported("parameters of its own"))
    }

    /// Loads what [`Objective::save`] wrote; on failure the instance is as it was.
    ///
    /// # Errors
    /// If the folder is not whole or of another objective.
    fn load(&mut self, folder: &Path) -> Result<()> {
        let _ = folder;
        Err(Error::unsupported("parameters of its own"))
    }
}

/// A batch of embeddings and what is right among them.
#[derive(Debug, Clone)]
pub struct ObjectiveBatch<'a> {
    /// Whether the loss is trained on.
    pub training: bool,
    /// Step of the run, counted from 0.
    pub step: u64,
    /// Query embeddings [queries × dim].
    pub queries: Matrix<'a>,
    /// Passage embeddings [passages × dim]: those of the pairs, then the hard negatives.
    pub passages: Matrix<'a>,
    /// Language of each query.
    pub query_language: &'a [u32],
    /// Language of each passage.
    pub passage_language: &'a [u32],
    /// Example of each query.
    pub query_example: &'a [u32],
    /// Example of each passage.
    pub passage_example: &'a [u32],
    /// For each query the passages that are right, ascending.
    pub positives: Lists<'a>,
    /// For each query the passages that are neither right nor wrong, ascending.
    pub ignored: Lists<'a>,
    /// Further matrices by name.
    pub extra: Vec<(&'a str, Matrix<'a>)>,
    /// For each query the passages that are hard negatives of its own, ascending, whatever else is said of them; no rows
    /// from a host that does not say.
    pub hard_negatives: Lists<'a>,
}

impl<'a> ObjectiveBatch<'a> {
    /// The further matrix of this name.
    pub fn extra(&self, name: &str) -> Option<Matrix<'a>> {
        self.extra.iter().find(|(other, _)| *other == name).map(|(_, matrix)| *matrix)
    }

    /// # Safety
    /// `batch` is as the contract says, for `'a`.
    pub(crate) unsafe fn from_raw(batch: &abi::ObjectiveBatch) -> Result<Self> {
        // SAFETY: by contract.
        unsafe {
            let queries = Matrix::from_raw(batch.queries, "queries")?;
            let passages = Matrix::from_raw(batch.passages, "passages")?;
            let (q, p) = (queries.rows(), passages.rows());
            if queries.cols() != passages.cols() && q > 0 && p > 0 {
                return Err(Error::invalid(format!(
                    "queries have {} columns, passages {}",
                    queries.cols(),
                    passages.cols()
                )));
            }
            let whole = Self {
                training: batch.training != 0,
                step: batch.step,
                queries,
                passages,
                query_language: raw::slice(batch.query_language, q, "query_language")?,
                passage_language: raw::slice(batch.passage_language, p, "passage_language")?,
                query_example: raw::slice(batch.query_example, q, "query_example")?,
                passage_example: raw::slice(batch.passage_example, p, "passage_example")?,
                positives: Lists::from_raw(batch.positives, "positives")?,
                ignored: Lists::from_raw(batch.ignored, "ignored")?,
                extra: raw::slice(batch.extra, batch.extra_count, "extra")?
                    .iter()
                    .map(|named| {
                        let name = raw::str(named.name, "the name of a matrix")?;
                        Ok((name, Matrix::from_raw(named.matrix, name)?))
                    })
                    .collect::<Result<_>>()?,
                hard_negatives: Lists::from_raw(batch.hard_negatives, "hard_negatives")?,
            };
            whole.check()?;
            Ok(whole)
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let passages = self.passages.rows();
        let all = [
            (&self.positives, "positives"),
            (&self.ignored, "ignored"),
            (&self.hard_negatives, "hard_negatives"),
        ];
        let said = |what| what != "hard_negatives" || self.hard_negatives.rows() > 0;
        for (lists, what) in all.into_iter().filter(|(_, what)| said(*what)) {
            if lists.rows() != self.queries.rows() {
                return Err(Error::invalid(format!(
                    "{what} has {} rows for {} queries",
                    lists.rows(),
                    self.queries.rows()
                )));
            }
            let outside = (0..lists.rows())
                .flat_map(|row| lists.row(row))
                .find(|passage| **passage as usize >= passages);
            if let Some(passage) = outside {
                return Err(Error::invalid(format!(
                    "{what} names passage {passage} of {passages}"
                )));
            }
        }
        Ok(())
    }
}

/// Where an objective writes its gradients and named numbers.
#[derive(Debug)]
pub struct ObjectiveOutput<'a> {
    /// ∂loss/∂queries, if wanted: every element is to be written.
    pub query_gradients: Option<MatrixMut<'a>>,
    /// ∂loss/∂passages, if wanted.
    pub passage_gradients: Option<MatrixMut<'a>>,
    /// Named numbers for the run's record.
    pub scalars: Vec<(String, f64)>,
}
