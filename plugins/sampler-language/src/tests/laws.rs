//! The stated laws by chi-square over fixed seeds, and against probabilities found naively.

use triglot_sdk::{Law, Unit};

use super::model::{Drawn, Model};
use super::*;

const SEED: u64 = 13;

/// The 99.99% quantile of the chi-square distribution (Wilson and Hilferty 1931).
fn bound(degrees: usize) -> f64 {
    let k = degrees as f64;
    let spread = 2.0 / (9.0 * k);
    k * (1.0 - spread + 3.719 * spread.sqrt()).powi(3)
}

/// Examples in every set of two or more of four languages, unevenly, in two data sets.
fn uneven() -> Data {
    let sets = [0b1111, 0b0111, 0b1010, 0b1100, 0b1111, 0b0011, 0b1011];
    let rows: Vec<(u128, u32)> = (0..240).map(|i| (sets[i % 7], u32::from(i % 3 == 0))).collect();
    Data::new(&CODES[..4], &rows)
}

/// The probability of each pair, from the naive lists.
fn expected(model: &Model, options: &Value, batch_size: usize) -> BTreeMap<Pair, f64> {
    let shares = |sizes: Vec<f64>, weight: &Value, unit: usize| -> Vec<f64> {
        let weights = sizes.into_iter().map(|n| match weight.as_str() {
            Some("size") => (n / unit as f64).floor(),
            Some(_) => 1.0,
            None => n.powf(weight.as_f64().unwrap()),
        });
        let weights: Vec<f64> = weights.collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    };
    let groups = model.groups();
    let by_size = options["data_set_weight"] == "size";
    let size_of = |group: &u32| match &model.drawn {
        // By size, a data set counts by the whole batches that it fills.
        Drawn::Batches(_) if by_size => {
            let whole =
                model.sizes(*group).values().map(|n| n / batch_size * batch_size).sum::<usize>();
            whole as f64
        }
        Drawn::Examples => model.examples(*group) as f64,
        _ => model.sizes(*group).values().sum::<usize>() as f64,
    };
    let of_groups = match options["data_set_weight"].is_null() {
        true => vec![1.0],
        false => {
            shares(groups.iter().map(size_of).collect(), &options["data_set_weight"], batch_size)
        }
    };
    let mut law = BTreeMap::new();
    for (group, share) in groups.iter().zip(of_groups) {
        let sizes = model.sizes(*group);
        let counts: Vec<f64> = sizes.values().map(|n| *n as f64).collect();
        let of_pairs = match &model.drawn {
            Drawn::Batches(weight) => shares(counts, weight, batch_size),
            Drawn::Places(weight) => shares(counts, weight, 1),
            Drawn::Pairs => shares(counts, &json!("size"), 1),
            Drawn::Examples => {
                let lists = || model.lists.iter().filter(|((of, _), _)| of == group);
                let pairs = tally(lists().flat_map(|(_, list)| list.iter().copied()));
                let of_list = |(_, list): (_, &Vec<u32>)| {
                    list.iter().map(|example| 1.0 / pairs[example] as f64).sum::<f64>()
                };
                lists().map(|list| of_list(list) / pairs.len() as f64).collect()
            }
        };
        for (pair, of_pair) in sizes.keys().zip(of_pairs) {
            *law.entry(*pair).or_insert(0.0) += share * of_pair;
        }
    }
    law
}

/// Draws 4000 batches by these options, and holds the languages of their pairs against the law.
fn follows<S: Ours>(options: Value) {
    let data = uneven();
    let corpus = data.view();
    let batch_size = 4;
    let mut sampler: S = create(&options, &corpus, batch_size).unwrap();
    let Law { unit, pairs: law } = sampler.law(&corpus).unwrap();
    let law: BTreeMap<Pair, f64> = law
        .into_iter()
        .map(|(query, passage, probability)| (Pair { query, passage }, probability))
        .collect();
    let model = Model::new::<S>(&options, &corpus);
    let naive = expected(&model, &options, batch_size);
    assert_eq!(law.keys().collect::<Vec<_>>(), naive.keys().collect::<Vec<_>>(), "{options}");
    for (pair, p) in &law {
        // Places of a round are whole: an exponent's shares are exact to a millionth.
        assert!((p - naive[pair]).abs() < 3e-6, "{options}: {pair:?} {p} {}", naive[pair]);
    }
    let by_batch = unit == Unit::Batch;
    assert_eq!(by_batch, matches!(model.drawn, Drawn::Batches(_)), "{options}");
    let mut counts: BTreeMap<Pair, u64> = law.keys().map(|pair| (*pair, 0)).collect();
    for ordinal in 0..4000 {
        let drawn = pairs(&corpus, &draw(&mut sampler, &corpus, SEED, ordinal));
        for pair in &drawn[..if by_batch { 1 } else { drawn.len() }] {
            *counts.get_mut(pair).unwrap() += 1;
        }
    }
    let total: u64 = counts.values().sum();
    let chi: f64 = (counts.iter())
        .map(|(pair, count)| (*count as f64, law[pair] * total as f64))
        .map(|(count, expected)| (count - expected).powi(2) / expected)
        .sum();
    let bound = bound(law.len() - 1);
    assert!(chi < bound, "{options}: chi-square {chi}, at most {bound}: {counts:?}");
}

/// Each of these laws alone, and within data sets that are weighted.
fn follow<S: Ours>(laws: &[Value]) {
    for law in laws {
        follows::<S>(law.clone());
        for weight in [json!("uniform"), json!("size"), json!(0.5)] {
            let mut options = law.clone();
            options["data_set_weight"] = weight;
            follows::<S>(options);
        }
    }
}

#[test]
fn monolingual_draws_languages_by_its_law() {
    let weights = [json!("uniform"), json!("size"), json!(0.3), json!(1)];
    let weighted = weights.map(|weight| json!({ "weight": weight }));
    follow::<Monolingual>(&weighted);
    follows::<Monolingual>(json!({ "languages": ["fi", "de"], "weight": 0.5 }));
    follows::<Monolingual>(json!({ "data_sets": ["second"] }));
}

#[test]
fn same_language_draws_languages_by_its_law() {
    follow::<SameLanguage>(&[
        json!({}),
        json!({ "over": "pairs" }),
        json!({ "weight": "uniform" }),
        json!({ "weight": "size" }),
        json!({ "weight": 0.5, "languages": ["en", "es", "fi"] }),
    ]);
}

#[test]
fn cross_lingual_draws_pairs_by_its_law() {
    let mut laws = vec![json!({}), json!({ "over": "pairs" }), json!({ "batch": "one-pair" })];
    for pairs in [json!("uniform"), json!("size"), json!("round-robin"), json!(0.5)] {
        laws.push(json!({ "pairs": pairs }));
        laws.push(json!({ "pairs": pairs, "batch": "one-pair" }));
    }
    for pivot in
        [json!({ "pivot": "en" }), json!({ "pivot": "en", "query_languages": ["en", "de"] })]
    {
        laws.push(pivot.clone());
        let mut over = pivot.clone();
        over["over"] = json!("pairs");
        laws.push(over);
        let mut dealt = pivot;
        dealt["pairs"] = json!("uniform");
        laws.push(dealt);
    }
    laws.push(json!({ "query_languages": ["en"], "passage_languages": ["de", "fi"] }));
    follow::<CrossLingual>(&laws);
}

/// How often each of 20 examples is drawn in 3000 epochs that drop 6 of them each.
fn drawn_examples<S: Ours>() -> Vec<u64> {
    let data = Data::new(&CODES[..2], &[(0b11, 0); 20]);
    let corpus = data.view();
    let mut sampler: S = create(&json!({}), &corpus, 7).unwrap();
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
    // Drawing without replacement within a pass only narrows the statistic.
    for counts in [
        drawn_examples::<Monolingual>(),
        drawn_examples::<CrossLingual>(),
        drawn_examples::<SameLanguage>(),
    ] {
        let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
        let chi: f64 = counts.iter().map(|n| (*n as f64 - expected).powi(2) / expected).sum();
        assert!(chi < bound(19), "chi-square {chi}: {counts:?}");
    }
}

#[test]
fn each_language_comes_at_each_place_of_a_round_equally_often() {
    let data = Data::new(&CODES[..4], &[(0b1111, 0); 12]);
    let corpus = data.view();
    let mut sampler: Monolingual = create(&json!({}), &corpus, 3).unwrap();
    let mut counts = [[0u64; 4]; 4];
    for ordinal in 0..4 * 5000u64 {
        let batch = draw(&mut sampler, &corpus, SEED, ordinal);
        counts[ordinal as usize % 4][pairs(&corpus, &batch)[0].query as usize] += 1;
    }
    for (place, counts) in counts.iter().enumerate() {
        let chi: f64 = counts.iter().map(|n| (*n as f64 - 1250.0).powi(2) / 1250.0).sum();
        assert!(chi < bound(3), "chi-square {chi} at place {place}: {counts:?}");
    }
}

fn differs<S: Ours>(options: Value) {
    let data = uneven();
    let corpus = data.view();
    let epoch = |seed: u64, epoch: u64| -> Vec<Batch> {
        let mut sampler: S = create(&options, &corpus, 8).unwrap();
        let length = sampler.epoch_length(&corpus);
        (epoch * length..(epoch + 1) * length)
            .map(|ordinal| draw(&mut sampler, &corpus, seed, ordinal))
            .collect()
    };
    let first = epoch(1, 0);
    assert_eq!(first, epoch(1, 0));
    assert_ne!(first, epoch(2, 0), "{}: another seed, {options}", S::ID);
    assert_ne!(first, epoch(1, 1), "{}: another epoch, {options}", S::ID);
}

#[test]
fn another_seed_and_another_epoch_draw_other_batches() {
    for weight in [json!("uniform"), json!("size"), json!(0.5)] {
        differs::<Monolingual>(json!({ "weight": weight }));
        differs::<SameLanguage>(json!({ "weight": weight }));
        differs::<CrossLingual>(json!({ "pairs": weight }));
        differs::<CrossLingual>(json!({ "pairs": weight, "batch": "one-pair" }));
        differs::<CrossLingual>(json!({ "data_set_weight": weight }));
    }
    for over in ["examples", "pairs"] {
        differs::<SameLanguage>(json!({ "over": over }));
        differs::<CrossLingual>(json!({ "over": over }));
    }
    differs::<CrossLingual>(json!({ "pairs": "round-robin", "batch": "one-pair" }));
}
