//! Pairs in the order of the data.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Batch, Component, Context, Corpus, Error, Result, Sampler};

/// Options of `in-order`: there are none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

/// One language after another, each from its first pair to its last; after the last language the first again.
pub struct InOrder {
    /// The query row of every pair; the row after it is its passage.
    pairs: Vec<u32>,
    batch_size: usize,
}

impl Component for InOrder {
    type Options = NoOptions;
    const ID: &'static str = "in-order";
    const SUMMARY: &'static str = "Pairs in the order of the data, one language after another";
}

impl Sampler for InOrder {
    fn create(_: NoOptions, corpus: &Corpus<'_>, batch_size: usize, _: &Context) -> Result<Self> {
        let mut pairs: Vec<u32> = (0..corpus.rows() as u32).step_by(2).collect();
        pairs.sort_by_key(|row| corpus.language[*row as usize]);
        if pairs.len() < batch_size {
            return Err(Error::invalid(format!(
                "a batch of {batch_size} pairs cannot be drawn from {}",
                pairs.len()
            )));
        }
        Ok(Self { pairs, batch_size })
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        (self.pairs.len() / self.batch_size) as u64
    }

    fn sample(&mut self, _: &Corpus<'_>, _: u64, ordinal: u64, batch: &mut Batch) -> Result<()> {
        // Reduced first, so that no ordinal overflows.
        let start = ordinal % self.pairs.len() as u64 * self.batch_size as u64;
        for i in 0..self.batch_size {
            let query = self.pairs[(start as usize + i) % self.pairs.len()];
            batch.push(query, query + 1);
        }
        Ok(())
    }
}
