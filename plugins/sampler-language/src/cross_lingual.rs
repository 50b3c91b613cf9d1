//! X-Y: query and passage of a pair in two languages.

use triglot_sdk::{Batch, Component, Context, Corpus, Random, Result, Sampler};

use crate::corpus_index::{AtLeast, Examples};
use crate::languages::Options;

/// Key of this sampler's draws, so that those of the others never follow the same order.
const CROSS: u64 = u64::from_le_bytes(*b"cross/xy");

/// Pairs across languages, mixed within a batch: X-Y of LAReQA (Roy et al. 2020, arXiv 2004.05484), one of the two
/// kinds that hybrid batching mixes (Elmahdy et al. 2024, arXiv 2408.10536).
///
/// The law, for the E examples that exist in two or more of the languages, and batches of B pairs:
///
/// * An epoch is ⌊E/B⌋ batches along a permutation of the examples keyed by (seed, epoch); the remainder is dropped,
///   so an example is drawn at most once an epoch.
/// * An example in k languages is drawn in each of its k·(k − 1) ordered pairs of different languages with the same
///   probability, keyed by (seed, epoch, example): the query in the first language, the passage in the second.
pub struct CrossLingual {
    examples: Examples,
}

impl Component for CrossLingual {
    type Options = Options;
    const ID: &'static str = "cross-lingual";
    const SUMMARY: &'static str = "Query and passage of every pair in two different languages, mixed within a batch (X-Y of LAReQA)";
}

impl Sampler for CrossLingual {
    fn create(
        options: Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        _: &Context,
    ) -> Result<Self> {
        Examples::new(&options, corpus, batch_size, AtLeast::Two).map(|examples| Self { examples })
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        self.examples.epoch_length()
    }

    fn sample(
        &mut self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()> {
        self.examples.draw(corpus, [seed, CROSS], ordinal, batch, two_languages);
        Ok(())
    }
}

/// An ordered pair of different languages, each with the same probability.
fn two_languages(random: &mut Random, query_rows: &[u32]) -> (u32, u32) {
    let count = query_rows.len() as u64;
    let first = random.below(count);
    let mut second = random.below(count - 1);
    if second >= first {
        second += 1;
    }
    (query_rows[first as usize], query_rows[second as usize] + 1)
}
