//! Running a component without a host: corpora, rankings and batches made in memory, for an author's own tests.
//!
//! | kind | made in memory | run by |
//! |---|---|---|
//! | sampler | [`CorpusBuilder`] | its own `create` and `sample`, over [`CorpusBuilder::view`] |
//! | objective | [`EmbeddingBatch`] | [`EmbeddingBatch::evaluate_by`] |
//! | metric | [`RankingBuilder`] | [`compute`] |
//! | augmenter, backend | [`Texts::new`](crate::Texts::new), [`TextStream::new`](crate::TextStream::new) | their own functions |
//!
//! [`Context::detached`](crate::Context::detached) stands for the host.

mod corpus;
mod embeddings;
mod ranking;

pub use corpus::CorpusBuilder;
pub use embeddings::{EmbeddingBatch, Evaluated, Wanted};
pub use ranking::{Computed, RankingBuilder, compute};
