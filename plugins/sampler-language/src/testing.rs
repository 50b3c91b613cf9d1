//! What the tests of this library share: sparse corpora, drawn batches, a chi-square statistic.

use std::collections::BTreeSet;

use proptest::prelude::*;
use triglot_sdk::testkit::CorpusBuilder;
use triglot_sdk::{Batch, Context, Corpus, Result, Sampler};

use crate::languages::Options;

pub const CODES: [&str; 5] = ["de", "en", "es", "fi", "zh"];

/// A corpus of the first `languages` of [`CODES`]; bit ℓ of an example says whether it exists in language ℓ.
pub fn corpus(languages: usize, examples: &[u8]) -> CorpusBuilder {
    let empty = CorpusBuilder::new(&CODES[..languages]);
    examples.iter().fold(empty, |builder, bits| {
        let exists: Vec<u32> = (0..languages as u32).filter(|l| bits >> l & 1 == 1).collect();
        builder.example(&exists)
    })
}

/// A case: (number of languages, languages of each example as bits, chosen languages as bits, batch size).
pub fn sparse() -> impl Strategy<Value = (usize, Vec<u8>, Option<u8>, usize)> {
    (1..=CODES.len()).prop_flat_map(|languages| {
        let bits = 1..1u8 << languages;
        (
            Just(languages),
            prop::collection::vec(bits.clone(), 1..60),
            prop::option::of(bits),
            1usize..7,
        )
    })
}

/// The options that choose these languages.
pub fn choosing(bits: Option<u8>) -> Options {
    let code = |l: usize| CODES[l].to_owned();
    Options {
        languages: bits
            .map(|bits| (0..CODES.len()).filter(|l| bits >> l & 1 == 1).map(code).collect()),
    }
}

pub fn create<S: Sampler<Options = Options>>(
    options: &Options,
    corpus: &Corpus<'_>,
    batch_size: usize,
) -> Result<S> {
    S::create(options.clone(), corpus, batch_size, &Context::detached(0))
}

pub fn draw<S: Sampler>(sampler: &mut S, corpus: &Corpus<'_>, seed: u64, ordinal: u64) -> Batch {
    let mut batch = Batch::default();
    sampler.sample(corpus, seed, ordinal, &mut batch).unwrap();
    batch
}

/// The examples of a batch.
pub fn examples(corpus: &Corpus<'_>, batch: &Batch) -> Vec<u32> {
    batch.queries().iter().map(|row| corpus.example[*row as usize]).collect()
}

/// (language of the query, language of the passage) of each pair.
pub fn language_pairs(corpus: &Corpus<'_>, batch: &Batch) -> Vec<(u32, u32)> {
    let language = |row: &u32| corpus.language[*row as usize];
    batch.queries().iter().map(language).zip(batch.passages().iter().map(language)).collect()
}

pub fn all_different<T: Ord + Copy>(items: &[T]) -> bool {
    items.iter().collect::<BTreeSet<_>>().len() == items.len()
}

/// Pearson's statistic of these counts against equal expectations.
pub fn chi_square(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum()
}
