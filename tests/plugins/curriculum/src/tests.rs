//! The sampler without a host: its law over any corpus, and what it refuses.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use triglot_sdk::testkit::{CorpusBuilder, laws};
use triglot_sdk::{Batch, Context, Corpus, Error, Result, Sampler};

use crate::competence::Competence;
use crate::options::Options;

/// A corpus of three languages: for each example the set of its languages, as bits, and its difficulty.
fn corpus(examples: &[(u8, f64)]) -> CorpusBuilder {
    let empty = CorpusBuilder::new(&["de", "en", "es"]);
    examples.iter().fold(empty, |builder, (bits, difficulty)| {
        let languages: Vec<u32> = (0..3).filter(|language| bits >> language & 1 == 1).collect();
        builder.example(&languages).user(*difficulty)
    })
}

fn options(options: Value) -> Result<Options> {
    serde_json::from_value(options).map_err(|source| Error::invalid(source.to_string()))
}

fn create(written: Value, corpus: &Corpus<'_>, batch_size: usize) -> Result<Competence> {
    Competence::create(options(written)?, corpus, batch_size, &Context::detached(0))
}

fn refusal(written: Value, corpus: &CorpusBuilder) -> String {
    let made = create(written, &corpus.view(), 2);
    made.err().expect("it should be refused").message().to_owned()
}

/// Examples in one to three languages, of few different difficulties, so that many tie.
fn examples() -> impl Strategy<Value = Vec<(u8, f64)>> {
    prop::collection::vec((1u8..8, (-2i8..6).prop_map(f64::from)), 1..40)
}

/// Whether queries and passages of a batch are in the languages that `passages` asks for.
fn languages_are_right(corpus: &Corpus<'_>, batch: &Batch, passages: &str) -> bool {
    let language = |row: &u32| corpus.language[*row as usize];
    let mut pairs = batch.queries().iter().zip(batch.passages());
    pairs.all(|(q, p)| (language(q) == language(p)) == (passages == "same-language"))
}

proptest! {
    #[test]
    fn batches_hold_the_easiest_pairs_until_all_are_walked_epoch_by_epoch(
        examples in examples(),
        passages in prop::sample::select(vec!["same-language", "other-language"]),
        (over, start) in (1u64..12, 0.0..=1.0f64),
        (batch_size, seed) in (1usize..6, any::<u64>()),
    ) {
        let builder = corpus(&examples);
        let corpus = builder.view();
        let make = || {
            create(json!({"over": over, "start": start, "passages": passages}), &corpus, batch_size)
        };
        let counted = examples.iter().map(|(bits, _)| bits.count_ones() as usize);
        let pairs: usize = match passages {
            "same-language" => counted.sum(),
            _ => counted.filter(|languages| *languages > 1).sum(),
        };
        prop_assert_eq!(make().is_ok(), pairs >= batch_size);
        prop_assume!(pairs >= batch_size);
        let length = make().unwrap().epoch_length(&corpus);
        prop_assert_eq!(length, (pairs / batch_size) as u64);
        let batches = laws::sampler::draws(make, &corpus, batch_size, seed, over + 2 * length)?;

        // The difficulties of all pairs that may be drawn: a batch never holds one above the quantile in reach.
        let user = corpus.user.unwrap();
        let parallel = |example: u32| {
            passages == "same-language" || examples[example as usize].0.count_ones() > 1
        };
        let mut sorted: Vec<f64> = (0..corpus.rows())
            .step_by(2)
            .filter(|row| parallel(corpus.example[*row]))
            .map(|row| user[row])
            .collect();
        sorted.sort_by(f64::total_cmp);
        for (t, batch) in batches.iter().enumerate() {
            prop_assert!(languages_are_right(&corpus, batch, passages));
            let different: BTreeSet<&u32> = batch.queries().iter().collect();
            prop_assert_eq!(different.len(), batch_size);
            if (t as u64) < over {
                let (t, squared) = (t as f64 / over as f64, start * start);
                let share = (t * (1.0 - squared) + squared).sqrt();
                let reach = ((share * pairs as f64).ceil() as usize).clamp(batch_size, pairs);
                let hardest = sorted[reach - 1];
                prop_assert!(batch.queries().iter().all(|row| user[*row as usize] <= hardest));
            }
        }
        for epoch in batches[over as usize..].chunks(length as usize) {
            let drawn: BTreeSet<u32> = epoch.iter().flat_map(Batch::queries).copied().collect();
            prop_assert_eq!(drawn.len(), length as usize * batch_size);
        }
    }
}

#[test]
fn every_easy_pair_is_drawn_equally_often() {
    // 20 pairs in reach of the first batch of 80; 5 of them a seed. 19 degrees of freedom, 99.99% quantile 50.8;
    // drawing without replacement only narrows the statistic.
    let examples: Vec<(u8, f64)> = (0..80).map(|i| (1, f64::from(i))).collect();
    let builder = corpus(&examples);
    let corpus = builder.view();
    let mut sampler = create(json!({"over": 100, "start": 0.25}), &corpus, 5).unwrap();
    let mut counts = [0.0f64; 80];
    for seed in 0..4000 {
        let batch = laws::sampler::draw(&mut sampler, &corpus, seed, 0).unwrap();
        batch.queries().iter().for_each(|row| counts[*row as usize / 2] += 1.0);
    }
    assert!(counts[20..].iter().all(|count| *count == 0.0), "{counts:?}");
    let chi: f64 = counts[..20].iter().map(|count| (count - 1000.0).powi(2) / 1000.0).sum();
    assert!(chi < 50.8, "chi-square {chi}: {counts:?}");
}

#[test]
fn pairs_without_a_difficulty_are_refused_or_drawn_last() {
    let builder = corpus(&[(1, f64::NAN), (1, 9.0), (1, 2.0), (1, 1e300)]);
    assert_eq!(
        refusal(json!({"over": 4}), &builder),
        "1 of 4 pairs have no difficulty; `missing = \"hardest\"` draws them last"
    );
    let corpus = builder.view();
    let hardest = json!({"over": 1000, "start": 0.75, "missing": "hardest"});
    let mut sampler = create(hardest, &corpus, 3).unwrap();
    let batch = laws::sampler::draw(&mut sampler, &corpus, 0, 0).unwrap();
    assert!(!batch.queries().contains(&0), "{batch:?}");
}

#[test]
fn what_cannot_be_drawn_is_refused_with_what_was_found() {
    let plain = CorpusBuilder::new(&["en"]).example(&[0]).example(&[0]);
    let message = refusal(json!({"over": 4}), &plain);
    assert!(message.starts_with("the training data has no user column"), "{message}");
    let single = corpus(&[(1, 1.0), (2, 1.0), (4, 1.0)]);
    assert_eq!(
        refusal(json!({"over": 4, "passages": "other-language"}), &single),
        "the data has 0 pairs whose example exists in two languages or more; a batch needs 2"
    );
    assert!(refusal(json!({"over": 0}), &single).starts_with("`over` is 0"));
    assert!(refusal(json!({"over": 4, "start": 1.5}), &single).starts_with("`start` is 1.5"));
}
