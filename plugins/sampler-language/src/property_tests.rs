//! What holds of every batch over any sparse corpus.

use proptest::prelude::*;
use triglot_sdk::testkit::laws;
use triglot_sdk::{Batch, Corpus, Result, Sampler};

use crate::cross_lingual::CrossLingual;
use crate::languages::Options;
use crate::monolingual::Monolingual;
use crate::same_language::SameLanguage;
use crate::testing::*;

/// Checks what every sampler promises, of two epochs of batches, and that these keep to the chosen languages.
fn check<S: Sampler<Options = Options>>(
    fresh: impl Fn() -> Result<S>,
    corpus: &Corpus<'_>,
    chosen: Option<u8>,
    batch_size: usize,
    seed: u64,
) -> Result<Vec<Batch>, TestCaseError> {
    let length = fresh().map(|sampler| sampler.epoch_length(corpus)).unwrap_or(0);
    let batches = laws::sampler::draws(fresh, corpus, batch_size, seed, 2 * length)?;
    for batch in &batches {
        prop_assert!(all_different(&examples(corpus, batch)));
        for row in batch.queries().iter().chain(batch.passages()) {
            let language = corpus.language[*row as usize];
            prop_assert!(chosen.is_none_or(|bits| bits >> language & 1 == 1));
        }
    }
    Ok(batches)
}

/// How many examples exist in at least so many of the chosen languages.
fn existing(examples: &[u8], chosen: Option<u8>, at_least: u32) -> usize {
    let chosen = chosen.unwrap_or(u8::MAX);
    examples.iter().filter(|bits| (*bits & chosen).count_ones() >= at_least).count()
}

/// Checks that each of `count` examples is drawn at most once an epoch, and as many as fill batches are.
fn check_epochs(
    corpus: &Corpus<'_>,
    batches: &[Batch],
    count: usize,
    batch_size: usize,
) -> Result<(), TestCaseError> {
    let length = count / batch_size;
    prop_assert_eq!(batches.len(), 2 * length);
    for epoch in batches.chunks(length) {
        let drawn: Vec<u32> = epoch.iter().flat_map(|batch| examples(corpus, batch)).collect();
        prop_assert_eq!(drawn.len(), length * batch_size);
        prop_assert!(all_different(&drawn));
    }
    Ok(())
}

proptest! {
    #[test]
    fn cross_lingual_pairs_have_two_languages_and_an_epoch_walks_every_example_once(
        (languages, bits, chosen, batch_size) in sparse(), seed in any::<u64>(),
    ) {
        let builder = corpus(languages, &bits);
        let corpus = builder.view();
        let fresh = || create::<CrossLingual>(&choosing(chosen), &corpus, batch_size);
        let count = existing(&bits, chosen, 2);
        let made = fresh().is_ok();
        prop_assert_eq!(made, count >= batch_size);
        prop_assume!(made);
        let batches = check(fresh, &corpus, chosen, batch_size, seed)?;
        check_epochs(&corpus, &batches, count, batch_size)?;
        for (query, passage) in batches.iter().flat_map(|batch| language_pairs(&corpus, batch)) {
            prop_assert_ne!(query, passage);
        }
    }

    #[test]
    fn same_language_pairs_have_one_language_and_an_epoch_walks_every_example_once(
        (languages, bits, chosen, batch_size) in sparse(), seed in any::<u64>(),
    ) {
        let builder = corpus(languages, &bits);
        let corpus = builder.view();
        let fresh = || create::<SameLanguage>(&choosing(chosen), &corpus, batch_size);
        let count = existing(&bits, chosen, 1);
        let made = fresh().is_ok();
        prop_assert_eq!(made, count >= batch_size);
        prop_assume!(made);
        let batches = check(fresh, &corpus, chosen, batch_size, seed)?;
        check_epochs(&corpus, &batches, count, batch_size)?;
        for (query, passage) in batches.iter().flat_map(|batch| language_pairs(&corpus, batch)) {
            prop_assert_eq!(query, passage);
        }
    }

    #[test]
    fn monolingual_deals_every_language_once_a_round_and_walks_each_at_least_once_an_epoch(
        (languages, bits, chosen, batch_size) in sparse(), seed in any::<u64>(),
    ) {
        let builder = corpus(languages, &bits);
        let corpus = builder.view();
        let fresh = || create::<Monolingual>(&choosing(chosen), &corpus, batch_size);
        let in_language = |l: u32| bits.iter().filter(|bits| *bits >> l & 1 == 1).count();
        let dealt: Vec<u32> = (0..languages as u32)
            .filter(|l| chosen.is_none_or(|bits| bits >> l & 1 == 1))
            .collect();
        let made = fresh().is_ok();
        prop_assert_eq!(made, dealt.iter().all(|l| in_language(*l) >= batch_size));
        prop_assume!(made);
        let batches = check(fresh, &corpus, chosen, batch_size, seed)?;

        let longest = dealt.iter().map(|l| in_language(*l) / batch_size).max().unwrap();
        prop_assert_eq!(batches.len(), 2 * dealt.len() * longest);
        for round in batches.chunks(dealt.len()) {
            let mut met = vec![];
            for batch in round {
                let pairs = language_pairs(&corpus, batch);
                let (language, _) = pairs[0];
                prop_assert!(pairs.iter().all(|pair| *pair == (language, language)));
                met.push(language);
            }
            met.sort_unstable();
            prop_assert_eq!(&met, &dealt);
        }
        for language in dealt {
            let of_language: Vec<&Batch> = batches
                .iter()
                .filter(|batch| corpus.language[batch.queries()[0] as usize] == language)
                .collect();
            for pass in of_language.chunks_exact(in_language(language) / batch_size) {
                let drawn: Vec<u32> =
                    pass.iter().flat_map(|batch| examples(&corpus, batch)).collect();
                prop_assert!(all_different(&drawn));
            }
        }
    }
}
