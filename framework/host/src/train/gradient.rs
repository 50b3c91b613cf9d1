//! One batch through the borders: texts, embeddings, loss, gradients, backward.
//!
//! A batch larger than the chunk goes through gradient caching (Gao, Zhang, Han, Callan: Scaling Deep Contrastive
//! Learning Batch Size under Memory Limited Setup, RepL4NLP 2021): all chunks are encoded without a tape, the
//! objective sees the whole batch and gives the gradient of every embedding, then each chunk is encoded again with a
//! tape and its part of the gradient sent back. The texts' keys make both encodes equal, dropout included, so the
//! result is that of the whole batch at once.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::plugin::{Backend, FurtherMatrix, Mode, ObjectiveBatch, Services, Texts};

use super::batch::TrainingBatch;
use super::failure::Failure;
use super::objectives::{Objectives, Outcome};
use super::teacher::Taught;

/// How the texts of a batch cross: in chunks of a size, if there is one. What nothing depends on, such as a validation
/// loss, goes no further once the user asks to stop; a step is finished.
#[derive(Clone, Copy)]
pub(super) struct Chunks<'a> {
    pub(super) size: Option<usize>,
    /// Who knows whether the user asks to stop, where that matters.
    pub(super) services: Option<&'a Services>,
}

impl<'a> Chunks<'a> {
    /// The ranges of so many texts, in order; the last is an error where the user has asked to stop.
    pub(super) fn of(self, texts: usize) -> impl Iterator<Item = Result<Range<usize>>> + 'a {
        let size = self.size.unwrap_or(texts).max(1);
        let stops = move || self.services.is_some_and(Services::cancelled);
        (0..texts).step_by(size).map(move |start| match stops() {
            true => Err(Error::interrupted()),
            false => Ok(start..(start + size).min(texts)),
        })
    }
}

/// The model that learns, and how it is given texts.
pub(super) struct Encoder<'a> {
    pub(super) backend: &'a mut Backend,
    /// Length of an embedding.
    pub(super) dim: usize,
    pub(super) chunks: Chunks<'a>,
}

impl Encoder<'_> {
    /// Encodes all texts of a batch [texts × dim].
    ///
    /// # Errors
    /// If the backend fails, or the user interrupts.
    pub(super) fn embed(&mut self, mode: Mode, texts: &Texts<'_>) -> Result<Vec<f32>, Failure> {
        let dim = self.dim;
        let mut embeddings = vec![0.0; texts.len() * dim];
        for range in self.chunks.of(texts.len()) {
            let range = range?;
            let out = &mut embeddings[range.start * dim..range.end * dim];
            self.backend.encode(mode, texts, range, dim, out)?;
        }
        Ok(embeddings)
    }
}

/// The objective's view of a batch whose embeddings are given, queries first, in a step of the run; `further` are those
/// that a teacher has made.
pub fn view<'a>(
    batch: &'a TrainingBatch,
    embeddings: &'a [f32],
    further: &'a [FurtherMatrix<'a>],
    dim: usize,
    step: u64,
    training: bool,
) -> ObjectiveBatch<'a> {
    let (queries, passages) = embeddings.split_at(batch.queries.len() * dim);
    ObjectiveBatch {
        training,
        step,
        dim,
        queries,
        passages,
        query_language: &batch.query_language,
        passage_language: &batch.passage_language,
        query_example: &batch.query_example,
        passage_example: &batch.passage_example,
        positives: &batch.relevance.positives,
        ignored: &batch.relevance.ignored,
        hard_negatives: &batch.hard_negatives,
        extra: further,
    }
}

/// Computes the loss of a batch and adds its gradients to those that the backend holds; `at` is the step in the stage
/// and in the run.
///
/// # Errors
/// If backend or objective fails, or the user interrupts.
pub(super) fn accumulate(
    encoder: &mut Encoder<'_>,
    objectives: &mut Objectives,
    batch: &TrainingBatch,
    texts: &Texts<'_>,
    taught: Option<&Taught>,
    at: (u64, u64),
) -> Result<Outcome, Failure> {
    let (dim, chunks) = (encoder.dim, encoder.chunks);
    let whole = chunks.size.is_none_or(|size| size >= texts.len());
    let mode = if whole { Mode::Tape } else { Mode::Training };
    let embeddings = encoder.embed(mode, texts)?;
    let mut gradients = vec![0.0; embeddings.len()];
    let split = gradients.split_at_mut(batch.queries.len() * dim);
    let further = taught.map(Taught::matrices);
    let further = further.as_ref().map_or(&[][..], |further| further);
    let view = view(batch, &embeddings, further, dim, at.1, true);
    let outcome = objectives.evaluate(&view, at.0, Some(split))?;
    if whole {
        encoder.backend.backward(&gradients, dim)?;
        return Ok(outcome);
    }
    for range in chunks.of(texts.len()) {
        let range = range?;
        let part = range.start * dim..range.end * dim;
        encoder.backend.encode_again(texts, range, dim, &embeddings[part.clone()])?;
        encoder.backend.backward(&gradients[part], dim)?;
    }
    Ok(outcome)
}
