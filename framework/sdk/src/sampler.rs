//! Samplers draw the pairs of a batch.

use crate::Component;
use crate::corpus::Corpus;
use crate::error::Result;
use crate::host::Context;

/// Draws batches: a pure function of (options, corpus, batch size, seed, ordinal).
///
/// An instance may keep an index of the corpus, but no memory of the batches it drew: batch 1000 of a fresh instance
/// equals batch 1000 of one that drew the 999 before it. [`crate::Random`] and [`crate::Permutation`] make that easy.
pub trait Sampler: Component {
    /// Makes an instance.
    ///
    /// # Errors
    /// If no batch of `batch_size` pairs can be drawn from this corpus; say why.
    fn create(
        options: Self::Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        context: &Context,
    ) -> Result<Self>;

    /// The exact number of batches in an epoch.
    fn epoch_length(&self, corpus: &Corpus<'_>) -> u64;

    /// Draws batch `ordinal`, counted from 0 without end, into the empty `batch`.
    ///
    /// # Errors
    /// If the batch cannot be drawn.
    fn sample(
        &mut self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()>;

    /// How often the languages are drawn, where that can be said: what is drawn is then shown beside what is expected.
    fn law(&self, corpus: &Corpus<'_>) -> Option<Law> {
        let _ = corpus;
        None
    }
}

/// What is drawn by a [`Law`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Every pair of a batch.
    Pair,
    /// A batch: all its pairs have the languages that were drawn for it.
    Batch,
}

/// How often two languages are drawn together.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    /// What is drawn.
    pub unit: Unit,
    /// Language of the query, language of the passage, and their probability: all that are drawn, each once. The
    /// probabilities add up to 1.
    pub pairs: Vec<(u32, u32, f64)>,
}

/// The pairs of a batch, as row numbers of the corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    pub(crate) queries: Vec<u32>,
    pub(crate) passages: Vec<u32>,
    pub(crate) negative_offsets: Vec<u32>,
    pub(crate) negatives: Vec<u32>,
}

impl Batch {
    /// Adds a pair.
    pub fn push(&mut self, query: u32, passage: u32) {
        self.push_with_negatives(query, passage, &[]);
    }

    /// Adds a pair with passages that are wrong for its query.
    pub fn push_with_negatives(&mut self, query: u32, passage: u32, negatives: &[u32]) {
        self.queries.push(query);
        self.passages.push(passage);
        if self.negative_offsets.is_empty() {
            self.negative_offsets.push(0);
        }
        self.negatives.extend_from_slice(negatives);
        self.negative_offsets.push(self.negatives.len() as u32);
    }

    /// The query rows.
    pub fn queries(&self) -> &[u32] {
        &self.queries
    }

    /// The passage rows, one a query.
    pub fn passages(&self) -> &[u32] {
        &self.passages
    }

    /// The hard negatives of pair `pair`.
    pub fn negatives(&self, pair: usize) -> &[u32] {
        &self.negatives
            [self.negative_offsets[pair] as usize..self.negative_offsets[pair + 1] as usize]
    }

    pub(crate) fn clear(&mut self) {
        self.queries.clear();
        self.passages.clear();
        self.negative_offsets.clear();
        self.negatives.clear();
    }
}
