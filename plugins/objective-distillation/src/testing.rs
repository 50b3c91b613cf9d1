//! Objectives over batches of a test's own.

use proptest::prelude::*;
use triglot_sdk::testkit::strategies::embedding_batches;
use triglot_sdk::testkit::{EmbeddingBatch, Evaluated, Wanted};
use triglot_sdk::{Context, Objective, Result};

/// What a fresh instance says of a batch.
pub fn evaluate<O: Objective>(batch: &EmbeddingBatch, options: O::Options) -> Result<Evaluated> {
    batch.evaluate_by(&mut O::create(options, &Context::detached(0))?, Wanted::ALL)
}

/// Batches with the embeddings of a teacher, as long as the student's or, where asked, of a length of their own.
pub fn taught_batches(of_own_length: bool) -> impl Strategy<Value = EmbeddingBatch> {
    (embedding_batches(), 1usize..9).prop_flat_map(move |(batch, length)| {
        let dim = if of_own_length { length } else { batch.queries[0].len() };
        let rows =
            |count: usize| prop::collection::vec(prop::collection::vec(-0.5f32..0.5, dim), count);
        let both = (rows(batch.queries.len()), rows(batch.passages.len()));
        both.prop_map(move |(queries, passages)| EmbeddingBatch {
            extra: vec![
                ("teacher.query".to_owned(), queries),
                ("teacher.passage".to_owned(), passages),
            ],
            ..batch.clone()
        })
    })
}

/// The largest distance between two lists of rows.
pub fn distance(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max)
}
