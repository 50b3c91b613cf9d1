//! What holds of every batch and every epoch, for any options over any sparse corpus.

use proptest::prelude::*;
use serde_json::Value;
use triglot_sdk::testkit::laws;
use triglot_sdk::{Batch, Corpus};

use super::model::{Drawn, Model};
use super::*;

/// Two epochs of batches, of which what every sampler promises was checked; `None` if nothing can be drawn.
fn two_epochs<S: Ours>(
    options: &Value,
    corpus: &Corpus<'_>,
    model: &Model,
    batch_size: usize,
    seed: u64,
) -> Result<Option<Vec<Batch>>, TestCaseError> {
    let fresh = || create::<S>(options, corpus, batch_size);
    let epochs: Vec<usize> =
        model.groups().iter().map(|group| model.epoch(*group, batch_size)).collect();
    let made = fresh();
    prop_assert_eq!(made.is_ok(), epochs.iter().any(|batches| *batches > 0), "{:?}", made.err());
    let Ok(sampler) = made else { return Ok(None) };
    let length = sampler.epoch_length(corpus);
    prop_assert!(length > 0);
    let batches = laws::sampler::draws(fresh, corpus, batch_size, seed, 2 * length)?;
    for batch in &batches {
        let sets = batch.queries().iter().map(|row| corpus.data_set[*row as usize]);
        let apart = !options["data_set_weight"].is_null();
        prop_assert!(!apart || tally(sets.clone()).len() == 1, "one data set a batch");
        let drawn = pairs(corpus, batch);
        for ((pair, set), example) in drawn.iter().zip(sets).zip(examples(corpus, batch)) {
            let list = model.lists.get(&(if apart { set } else { 0 }, *pair));
            prop_assert!(list.is_some_and(|list| list.contains(&example)), "{:?}", pair);
        }
        if matches!(model.drawn, Drawn::Batches(_)) {
            prop_assert_eq!(tally(drawn).len(), 1, "one pair of languages a batch");
            prop_assert!(all_different(examples(corpus, batch)));
        }
    }
    Ok(Some(batches))
}

/// Checks that the epochs are those that the options promise, where data sets are drawn from as one.
fn as_promised(
    corpus: &Corpus<'_>,
    model: &Model,
    batch_size: usize,
    batches: &[Batch],
) -> Result<(), TestCaseError> {
    prop_assert_eq!(batches.len(), 2 * model.epoch(0, batch_size));
    let sizes = model.sizes(0);
    let pair_of = |batch: &Batch| pairs(corpus, batch)[0];
    for epoch in batches.chunks(batches.len() / 2) {
        let drawn: Vec<_> = epoch
            .iter()
            .flat_map(|batch| examples(corpus, batch).into_iter().zip(pairs(corpus, batch)))
            .collect();
        let classes = |unit: usize| sizes.iter().filter(move |(_, n)| **n >= unit);
        match &model.drawn {
            Drawn::Examples => {
                prop_assert!(all_different(drawn.iter().map(|(example, _)| example)))
            }
            Drawn::Pairs => prop_assert!(all_different(drawn)),
            Drawn::Batches(weight) if weight == "size" => {
                prop_assert!(all_different(drawn));
                let expected: BTreeMap<Pair, u64> =
                    classes(batch_size).map(|(pair, n)| (*pair, (n / batch_size) as u64)).collect();
                prop_assert_eq!(tally(epoch.iter().map(pair_of)), expected);
            }
            Drawn::Batches(weight) if weight.is_string() => {
                let dealt: Vec<Pair> = classes(batch_size).map(|(pair, _)| *pair).collect();
                for round in epoch.chunks(dealt.len()) {
                    let mut met: Vec<Pair> = round.iter().map(pair_of).collect();
                    if weight == "uniform" {
                        met.sort_unstable();
                    }
                    prop_assert_eq!(&met, &dealt);
                }
            }
            Drawn::Places(weight) if weight.is_string() => {
                let dealt: Vec<Pair> = classes(1).map(|(pair, _)| *pair).collect();
                for round in drawn.chunks_exact(dealt.len()) {
                    let mut met: Vec<Pair> = round.iter().map(|(_, pair)| *pair).collect();
                    if weight == "uniform" {
                        met.sort_unstable();
                    }
                    prop_assert_eq!(&met, &dealt);
                }
            }
            // By an exponent an epoch promises its length alone.
            Drawn::Batches(_) | Drawn::Places(_) => {}
        }
    }
    if matches!(&model.drawn, Drawn::Batches(weight) if weight == "uniform" || weight == "round-robin")
    {
        for (pair, n) in sizes.iter().filter(|(_, n)| **n >= batch_size) {
            let of_pair: Vec<&Batch> =
                batches.iter().filter(|batch| pair_of(batch) == *pair).collect();
            prop_assert!(of_pair.len() >= 2 * (n / batch_size), "walked at least once an epoch");
            for pass in of_pair.chunks(n / batch_size) {
                prop_assert!(all_different(pass.iter().flat_map(|batch| examples(corpus, batch))));
            }
        }
    }
    Ok(())
}

/// Checks that data sets are dealt as `data_set_weight` says.
fn data_sets_as_promised(
    options: &Value,
    corpus: &Corpus<'_>,
    model: &Model,
    batch_size: usize,
    batches: &[Batch],
) -> Result<(), TestCaseError> {
    let epochs = model.groups().into_iter().map(|group| (group, model.epoch(group, batch_size)));
    let epochs: BTreeMap<u32, usize> = epochs.filter(|(_, epoch)| *epoch > 0).collect();
    let longest = epochs.values().max().copied().unwrap_or(0);
    let whole = matches!(model.drawn, Drawn::Examples | Drawn::Pairs);
    let weight = &options["data_set_weight"];
    if weight == "uniform" {
        prop_assert_eq!(batches.len(), 2 * longest * epochs.len());
        for round in batches.chunks(epochs.len()) {
            let sets = round.iter().map(|batch| corpus.data_set[batch.queries()[0] as usize]);
            prop_assert!(all_different(sets));
        }
    } else if whole && weight == "size" {
        prop_assert_eq!(batches.len(), 2 * epochs.values().sum::<usize>());
        for epoch in batches.chunks(batches.len() / 2) {
            let sets = epoch.iter().map(|batch| corpus.data_set[batch.queries()[0] as usize]);
            let expected: BTreeMap<u32, u64> =
                epochs.iter().map(|(set, batches)| (*set, *batches as u64)).collect();
            prop_assert_eq!(tally(sets), expected);
            let items = |batch| examples(corpus, batch).into_iter().zip(pairs(corpus, batch));
            prop_assert!(all_different(epoch.iter().flat_map(items)));
        }
    }
    Ok(())
}

fn check<S: Ours>(
    languages: usize,
    rows: &[(u128, u32)],
    options: &Value,
    batch_size: usize,
    seed: u64,
) -> Result<(), TestCaseError> {
    let data = Data::new(&CODES[..languages], rows);
    let corpus = data.view();
    let model = Model::new::<S>(options, &corpus);
    let Some(batches) = two_epochs::<S>(options, &corpus, &model, batch_size, seed)? else {
        return Ok(());
    };
    match options["data_set_weight"].is_null() {
        true => as_promised(&corpus, &model, batch_size, &batches),
        false => data_sets_as_promised(options, &corpus, &model, batch_size, &batches),
    }
}

/// A corpus, options for it, and a batch size.
fn cases<O: Strategy<Value = Value>>(
    options: fn(usize) -> O,
) -> impl Strategy<Value = (usize, Vec<(u128, u32)>, Value, usize)> {
    sparse().prop_flat_map(move |(languages, rows)| {
        (Just(languages), Just(rows), options(languages), 1usize..7)
    })
}

proptest! {
    #[test]
    fn monolingual_epochs_are_what_the_options_promise(
        (languages, rows, options, batch_size) in cases(monolingual), seed in any::<u64>(),
    ) {
        check::<Monolingual>(languages, &rows, &options, batch_size, seed)?;
    }

    #[test]
    fn same_language_epochs_are_what_the_options_promise(
        (languages, rows, options, batch_size) in cases(same_language), seed in any::<u64>(),
    ) {
        check::<SameLanguage>(languages, &rows, &options, batch_size, seed)?;
    }

    #[test]
    fn cross_lingual_epochs_are_what_the_options_promise(
        (languages, rows, options, batch_size) in cases(cross_lingual), seed in any::<u64>(),
    ) {
        check::<CrossLingual>(languages, &rows, &options, batch_size, seed)?;
    }
}
