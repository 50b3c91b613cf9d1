//! Objectives over batches of a test's own.

use triglot_sdk::testkit::{EmbeddingBatch, Evaluated, Wanted};
use triglot_sdk::{Context, Objective, Result};

use crate::info_nce::InfoNce;
use crate::options::Options;

/// Batches that a fresh instance of `info-nce` evaluates.
pub trait Evaluate {
    fn evaluate(&self, options: &Options) -> Result<Evaluated>;
}

impl Evaluate for EmbeddingBatch {
    fn evaluate(&self, options: &Options) -> Result<Evaluated> {
        evaluate::<InfoNce>(self, options.clone())
    }
}

/// What a fresh instance says of a batch.
pub fn evaluate<O: Objective>(batch: &EmbeddingBatch, options: O::Options) -> Result<Evaluated> {
    batch.evaluate_by(&mut O::create(options, &Context::detached(0))?, Wanted::ALL)
}

/// A fresh instance of `info-nce`.
pub fn instance(options: &Options) -> Result<InfoNce> {
    InfoNce::create(options.clone(), &Context::detached(0))
}

/// The largest distance between two lists of rows.
pub fn distance(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max)
}
