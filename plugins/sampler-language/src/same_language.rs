//! X-X: query and passage of a pair in one language, languages mixed within a batch.

use triglot_sdk::{Batch, Component, Context, Corpus, Random, Result, Sampler};

use crate::corpus_index::{AtLeast, Examples};
use crate::languages::Options;

/// Key of this sampler's draws, so that those of the others never follow the same order.
const SAME: u64 = u64::from_le_bytes(*b"same/x-x");

/// Pairs of one language each, languages mixed within a batch: X-X of LAReQA (Roy et al. 2020, arXiv 2004.05484),
/// otherwise known as standard multilingual fine-tuning.
///
/// The law, for the E examples that exist in any of the languages, and batches of B pairs:
///
/// * An epoch is ⌊E/B⌋ batches along a permutation of the examples keyed by (seed, epoch); the remainder is dropped,
///   so an example is drawn at most once an epoch.
/// * An example is drawn in each of its languages with the same probability, keyed by (seed, epoch, example).
pub struct SameLanguage {
    examples: Examples,
}

impl Component for SameLanguage {
    type Options = Options;
    const ID: &'static str = "same-language";
    const SUMMARY: &'static str = "Query and passage of every pair in one language, languages mixed within a batch (X-X of LAReQA)";
}

impl Sampler for SameLanguage {
    fn create(
        options: Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        _: &Context,
    ) -> Result<Self> {
        Examples::new(&options, corpus, batch_size, AtLeast::One).map(|examples| Self { examples })
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
        self.examples.draw(corpus, [seed, SAME], ordinal, batch, one_language);
        Ok(())
    }
}

/// A language, each with the same probability.
fn one_language(random: &mut Random, query_rows: &[u32]) -> (u32, u32) {
    let query = query_rows[random.below(query_rows.len() as u64) as usize];
    (query, query + 1)
}
