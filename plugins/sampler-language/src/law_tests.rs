//! The stated laws by chi-square over fixed seeds; every bound is the 99.99% quantile for its degrees of freedom.

use std::collections::BTreeMap;

use triglot_sdk::{Batch, Corpus, Sampler};

use crate::cross_lingual::CrossLingual;
use crate::languages::Options;
use crate::monolingual::Monolingual;
use crate::same_language::SameLanguage;
use crate::testing::*;

/// Examples in every set of two or more of four languages, unevenly.
fn uneven() -> Vec<u8> {
    (0..240u32)
        .map(|i| [0b1111, 0b0111, 0b1010, 0b1100, 0b1111, 0b0011, 0b1011][i as usize % 7])
        .collect()
}

/// For every set of languages, how often each pair of languages was drawn for an example in that set.
fn drawn_pairs<S: Sampler<Options = Options>>(
    bits: &[u8],
    epochs: u64,
) -> BTreeMap<u8, BTreeMap<(u32, u32), u64>> {
    let builder = corpus(4, bits);
    let corpus = builder.view();
    let mut sampler: S = create(&Options::default(), &corpus, 8).unwrap();
    let mut counts = BTreeMap::new();
    for ordinal in 0..epochs * sampler.epoch_length(&corpus) {
        let batch = draw(&mut sampler, &corpus, 13, ordinal);
        for (example, pair) in
            examples(&corpus, &batch).into_iter().zip(language_pairs(&corpus, &batch))
        {
            *counts
                .entry(bits[example as usize])
                .or_insert_with(BTreeMap::new)
                .entry(pair)
                .or_insert(0) += 1;
        }
    }
    counts
}

#[test]
fn cross_lingual_draws_every_ordered_pair_of_an_example_s_languages_equally_often() {
    for (set, counts) in drawn_pairs::<CrossLingual>(&uneven(), 200) {
        let counts: Vec<u64> = counts.into_values().collect();
        // k(k − 1) pairs: 1, 5 or 11 degrees of freedom.
        let bound = match (set.count_ones(), counts.len()) {
            (2, 2) => 15.14,
            (3, 6) => 25.74,
            (4, 12) => 37.37,
            other => panic!("(languages, pairs) {other:?}"),
        };
        let chi = chi_square(&counts);
        assert!(chi < bound, "chi-square {chi} for {set:04b}: {counts:?}");
    }
}

#[test]
fn same_language_draws_every_language_of_an_example_equally_often() {
    for (set, counts) in drawn_pairs::<SameLanguage>(&uneven(), 200) {
        let counts: Vec<u64> = counts.into_values().collect();
        // k languages: 1, 2 or 3 degrees of freedom.
        let bound = match (set.count_ones(), counts.len()) {
            (2, 2) => 15.14,
            (3, 3) => 18.42,
            (4, 4) => 21.11,
            other => panic!("(languages, drawn) {other:?}"),
        };
        let chi = chi_square(&counts);
        assert!(chi < bound, "chi-square {chi} for {set:04b}: {counts:?}");
    }
}

#[test]
fn monolingual_deals_every_language_to_every_place_of_a_round_equally_often() {
    let builder = corpus(4, &[0b1111; 12]);
    let corpus = builder.view();
    let mut sampler: Monolingual = create(&Options::default(), &corpus, 3).unwrap();
    let mut counts = [[0u64; 4]; 4];
    for ordinal in 0..4 * 5000u64 {
        let batch = draw(&mut sampler, &corpus, 13, ordinal);
        counts[ordinal as usize % 4][language_pairs(&corpus, &batch)[0].0 as usize] += 1;
    }
    for (place, counts) in counts.iter().enumerate() {
        // 3 degrees of freedom.
        let chi = chi_square(counts);
        assert!(chi < 21.11, "chi-square {chi} at place {place}: {counts:?}");
    }
}

/// How often each of 20 examples is drawn in 3000 passes that drop 6 of them each.
fn drawn_examples<S: Sampler<Options = Options>>() -> Vec<u64> {
    let builder = corpus(2, &[0b11; 20]);
    let corpus = builder.view();
    let mut sampler: S = create(&Options::default(), &corpus, 7).unwrap();
    let mut counts = vec![0; 20];
    for ordinal in 0..3000 * sampler.epoch_length(&corpus) {
        for example in examples(&corpus, &draw(&mut sampler, &corpus, 5, ordinal)) {
            counts[example as usize] += 1;
        }
    }
    counts
}

#[test]
fn the_dropped_remainder_is_another_one_each_pass() {
    // 19 degrees of freedom; drawing without replacement within a pass only narrows the statistic.
    for counts in [
        drawn_examples::<Monolingual>(),
        drawn_examples::<CrossLingual>(),
        drawn_examples::<SameLanguage>(),
    ] {
        let chi = chi_square(&counts);
        assert!(chi < 50.80, "chi-square {chi}: {counts:?}");
    }
}

fn epoch<S: Sampler<Options = Options>>(corpus: &Corpus<'_>, seed: u64, epoch: u64) -> Vec<Batch> {
    let mut sampler: S = create(&Options::default(), corpus, 8).unwrap();
    let length = sampler.epoch_length(corpus);
    (epoch * length..(epoch + 1) * length)
        .map(|ordinal| draw(&mut sampler, corpus, seed, ordinal))
        .collect()
}

fn differs<S: Sampler<Options = Options>>() {
    let builder = corpus(3, &[0b111; 64]);
    let corpus = builder.view();
    let first = epoch::<S>(&corpus, 1, 0);
    assert_eq!(first, epoch::<S>(&corpus, 1, 0));
    assert_ne!(first, epoch::<S>(&corpus, 2, 0), "{}: another seed", S::ID);
    assert_ne!(first, epoch::<S>(&corpus, 1, 1), "{}: another epoch", S::ID);
}

#[test]
fn another_seed_and_another_epoch_draw_other_batches() {
    differs::<Monolingual>();
    differs::<CrossLingual>();
    differs::<SameLanguage>();
}
