//! Running a component without a host: corpora, batches, rankings and texts made in memory, for an author's own tests.
//!
//! | kind | made in memory | any such (`strategies`) | run by | its [`laws`] |
//! |---|---|---|---|---|
//! | sampler | [`CorpusBuilder`] | `corpora` | [`laws::sampler::draw`] | [`laws::sampler`] |
//! | augmenter | [`TextBuilder`] | `texts` | [`laws::augmenter::rewrite`] | [`laws::augmenter`] |
//! | backend | [`TextBuilder`], [`TextStream::new`](crate::TextStream::new) | `texts` | [`laws::backend::encode`] | [`laws::backend`] |
//! | objective | [`EmbeddingBatch`] | `embedding_batches` | [`EmbeddingBatch::evaluate_by`] | [`laws::objective`] |
//! | metric | [`RankingBuilder`] | `rankings` | [`compute`] | [`laws::metric`] |
//!
//! [`Context::detached`](crate::Context::detached) stands for the host. The strategies need the feature `proptest`:
//! `triglot-sdk = { …, features = ["proptest"] }` under `[dev-dependencies]`.

mod corpus;
mod embeddings;
pub mod laws;
mod ranking;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;
mod texts;

#[cfg(test)]
mod tests;

pub use corpus::CorpusBuilder;
pub use embeddings::{EmbeddingBatch, Evaluated, Wanted};
pub use ranking::{Computed, RankingBuilder, compute};
pub use texts::TextBuilder;
