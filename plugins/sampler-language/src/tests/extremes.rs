//! A hundred and twelve languages, two, one of a single example, and two that share nothing.

use triglot_sdk::Sampler;
use triglot_sdk::testkit::laws;

use super::*;

/// Examples in 112 languages, of which language ℓ lacks one in ℓ + 2.
fn many() -> Data {
    let codes: Vec<String> = (0..112).map(|language| format!("l{language:03}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let has = |example: u32, language: u32| !(example + 1).is_multiple_of(language + 2);
    let bits = |example| {
        (0..112).filter(|l| has(example, *l)).fold(0u128, |bits, language| bits | 1 << language)
    };
    let rows: Vec<(u128, u32)> = (0..40).map(|example| (bits(example), 0)).collect();
    Data::new(&codes, &rows)
}

fn batches<S: Ours>(
    options: Value,
    corpus: &Corpus<'_>,
    batch_size: usize,
    count: u64,
) -> Vec<Batch> {
    let fresh = || create::<S>(&options, corpus, batch_size);
    laws::sampler::draws(fresh, corpus, batch_size, 7, count).unwrap()
}

#[test]
fn a_round_of_112_languages_has_each_once_and_one_of_their_12432_pairs_each_of_them() {
    let data = many();
    let corpus = data.view();
    let of_languages = batches::<Monolingual>(json!({}), &corpus, 8, 112);
    assert!(all_different(of_languages.iter().map(|batch| pairs(&corpus, batch)[0])));
    for options in [
        json!({ "batch": "one-pair", "pairs": "uniform" }),
        json!({ "batch": "one-pair", "pairs": "round-robin" }),
    ] {
        let of_pairs = batches::<CrossLingual>(options, &corpus, 8, 12_432);
        assert!(all_different(of_pairs.iter().map(|batch| pairs(&corpus, batch)[0])));
        let one = |batch: &Batch| tally(pairs(&corpus, batch)).len() == 1;
        assert!(of_pairs.iter().all(one));
    }
    let mixed = batches::<CrossLingual>(json!({ "pairs": "uniform" }), &corpus, 8, 12_432 / 8);
    assert!(all_different(mixed.iter().flat_map(|batch| pairs(&corpus, batch))));
}

#[test]
fn an_epoch_over_the_pairs_of_112_languages_draws_each_pair_of_each_example_once() {
    let data = many();
    let corpus = data.view();
    let options = json!({ "over": "pairs" });
    let length = create::<CrossLingual>(&options, &corpus, 64).unwrap().epoch_length(&corpus);
    let drawn = batches::<CrossLingual>(options, &corpus, 64, length);
    let items = |batch| examples(&corpus, batch).into_iter().zip(pairs(&corpus, batch));
    assert!(all_different(drawn.iter().flat_map(items)));
    let of_example = |example: u32| {
        let has = corpus.example.iter().filter(|of| **of == example).count() as u64 / 2;
        has * (has - 1)
    };
    assert_eq!(length, (0..40).map(of_example).sum::<u64>() / 64);
}

#[test]
fn two_languages_have_two_pairs_of_which_a_round_has_both() {
    let data = Data::new(&CODES[..2], &[(0b11, 0); 9]);
    let corpus = data.view();
    let options = json!({ "batch": "one-pair", "pairs": "round-robin" });
    for round in batches::<CrossLingual>(options, &corpus, 4, 20).chunks(2) {
        let drawn: Vec<Pair> = round.iter().map(|batch| pairs(&corpus, batch)[0]).collect();
        assert_eq!(drawn, [Pair { query: 0, passage: 1 }, Pair { query: 1, passage: 0 }]);
    }
}

#[test]
fn the_last_of_all_ordinals_has_a_batch_too() {
    let data = many();
    let corpus = data.view();
    for options in [json!({}), json!({ "pairs": "uniform" }), json!({ "batch": "one-pair" })] {
        let mut sampler: CrossLingual = create(&options, &corpus, 8).unwrap();
        assert_eq!(draw(&mut sampler, &corpus, u64::MAX, u64::MAX).queries().len(), 8);
    }
}

/// Nine examples in German and English, and one in English and Finnish.
fn lonely() -> Data {
    let mut rows = vec![(0b0011, 0); 9];
    rows.push((0b1010, 0));
    Data::new(&CODES[..4], &rows)
}

fn refusal<S: Ours>(options: Value, corpus: &Corpus<'_>, batch_size: usize) -> String {
    match create::<S>(&options, corpus, batch_size) {
        Ok(_) => panic!("{} was made with {options}", S::ID),
        Err(error) => error.message().to_owned(),
    }
}

#[test]
fn a_language_of_one_example_is_refused_where_it_cannot_fill_a_batch_or_left_out() {
    let data = lonely();
    let corpus = data.view();
    assert_eq!(
        refusal::<Monolingual>(json!({}), &corpus, 4),
        "language `fi` has 1 examples; a batch needs 4; `too_small = \"skip\"` leaves out what has fewer"
    );
    let drawn = batches::<Monolingual>(json!({ "too_small": "skip" }), &corpus, 4, 20);
    assert_eq!(tally(drawn.iter().map(|batch| pairs(&corpus, batch)[0])).len(), 2);
    // Dealt place by place, it comes as often as the others.
    let drawn = batches::<SameLanguage>(json!({ "weight": "uniform" }), &corpus, 3, 40);
    let counts = tally(drawn.iter().flat_map(|batch| pairs(&corpus, batch)));
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [40, 40, 40]);
}

#[test]
fn two_languages_without_a_common_example_are_refused_as_a_pair_or_left_out() {
    let data = lonely();
    let corpus = data.view();
    let message = refusal::<CrossLingual>(json!({ "pairs": "uniform" }), &corpus, 2);
    assert_eq!(
        message,
        "pair de-fi has 0 examples, pair fi-de has 0 examples; a batch needs 2; `too_small = \"skip\"` leaves out what \
         has fewer"
    );
    let options = json!({ "pairs": "uniform", "too_small": "skip" });
    let drawn = batches::<CrossLingual>(options, &corpus, 2, 20);
    let counts = tally(drawn.iter().flat_map(|batch| pairs(&corpus, batch)));
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [10; 4]);
    let two = json!({ "languages": ["de", "fi"], "pairs": "uniform", "too_small": "skip" });
    assert_eq!(
        refusal::<CrossLingual>(two, &corpus, 2),
        "pair de-fi has 0 examples, pair fi-de has 0 examples; a batch needs 2"
    );
}
