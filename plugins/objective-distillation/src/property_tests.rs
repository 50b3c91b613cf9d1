//! Finite differences and invariances, over random batches.

use proptest::prelude::*;
use triglot_sdk::similarity::Similarity;
use triglot_sdk::testkit::{EmbeddingBatch, laws};
use triglot_sdk::{Context, Objective};

use crate::embeddings::{self, Cosine, Mse, Texts};
use crate::kl::{self, Kl};
use crate::testing::{distance, evaluate, taught_batches};

fn texts() -> impl Strategy<Value = embeddings::Options> {
    let texts = prop::sample::select(vec![Texts::Both, Texts::Queries, Texts::Passages]);
    texts.prop_map(|texts| embeddings::Options { texts })
}

fn temperatures() -> impl Strategy<Value = kl::Options> {
    let similarity = || prop_oneof![Just(Similarity::Cosine), Just(Similarity::Dot)];
    (0.2f64..2.0, 0.1f64..2.0, similarity(), similarity()).prop_map(
        |(temperature, teacher_temperature, similarity, teacher_similarity)| kl::Options {
            temperature,
            teacher_temperature,
            similarity,
            teacher_similarity,
        },
    )
}

/// Holds the laws of every objective, and that the loss is not below zero.
fn lawful<O: Objective>(
    batch: &EmbeddingBatch,
    options: impl Fn() -> O::Options,
) -> Result<(), TestCaseError> {
    let make = || O::create(options(), &Context::detached(0));
    let error = laws::objective::gradient_error(&mut make().unwrap(), batch)?;
    prop_assert!(error < 2e-3, "{error}");
    laws::objective::unwanted_gradients_change_nothing(make, batch)?;
    laws::objective::validation_changes_nothing(make, batch)?;
    prop_assert!(evaluate::<O>(batch, options()).unwrap().loss >= 0.0);
    Ok(())
}

/// The batch with its own embeddings as the teacher's.
fn own_teacher(batch: &EmbeddingBatch) -> EmbeddingBatch {
    let own = [("teacher.query", &batch.queries), ("teacher.passage", &batch.passages)];
    let extra = own.map(|(name, rows)| (name.to_owned(), rows.clone()));
    EmbeddingBatch { extra: extra.into(), ..batch.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_gradients_of_mse_equal_finite_differences(batch in taught_batches(false), options in texts()) {
        lawful::<Mse>(&batch, || options.clone())?;
    }

    #[test]
    fn the_gradients_of_cosine_equal_finite_differences(batch in taught_batches(false), options in texts()) {
        lawful::<Cosine>(&batch, || options.clone())?;
    }

    #[test]
    fn the_gradients_of_kl_equal_finite_differences(batch in taught_batches(true), options in temperatures()) {
        lawful::<Kl>(&batch, || options.clone())?;
    }

    #[test]
    fn a_student_who_is_the_teacher_has_nothing_to_learn(batch in taught_batches(true), options in temperatures()) {
        let batch = own_teacher(&batch);
        let kl = kl::Options {
            teacher_temperature: options.temperature, teacher_similarity: options.similarity, ..options
        };
        let said = [
            evaluate::<Mse>(&batch, embeddings::Options::default()).unwrap(),
            evaluate::<Cosine>(&batch, embeddings::Options::default()).unwrap(),
            evaluate::<Kl>(&batch, kl).unwrap(),
        ];
        for said in said {
            prop_assert!(said.loss < 1e-12, "{}", said.loss);
            let gradients = said.query_gradients.iter().chain(&said.passage_gradients);
            prop_assert!(gradients.flatten().all(|gradient| gradient.abs() < 1e-6));
        }
    }

    #[test]
    fn the_order_of_passages_changes_no_divergence(batch in taught_batches(true), options in temperatures()) {
        let count = batch.passages.len() as u32;
        let mirror = |lists: &[Vec<u32>]| -> Vec<Vec<u32>> {
            lists.iter().map(|list| list.iter().rev().map(|p| count - 1 - p).collect()).collect()
        };
        let mut mirrored = EmbeddingBatch {
            positives: mirror(&batch.positives),
            ignored: mirror(&batch.ignored),
            ..batch.clone()
        };
        mirrored.passages.reverse();
        mirrored.extra[1].1.reverse();
        let expected = evaluate::<Kl>(&batch, options.clone()).unwrap();
        let mut found = evaluate::<Kl>(&mirrored, options).unwrap();
        found.passage_gradients.reverse();
        prop_assert!((found.loss - expected.loss).abs() < 1e-12);
        prop_assert!(distance(&found.query_gradients, &expected.query_gradients) < 1e-5);
        prop_assert!(distance(&found.passage_gradients, &expected.passage_gradients) < 1e-5);
    }

    #[test]
    fn a_passage_that_every_query_ignores_is_in_no_distribution(
        batch in taught_batches(true), options in temperatures(),
    ) {
        let mut more = batch.clone();
        let ignored = more.passages.len() as u32;
        more.passages.push(vec![0.3; batch.passages[0].len()]);
        let taught = more.extra[1].1[0].clone();
        more.extra[1].1.push(taught);
        more.ignored.iter_mut().for_each(|list| list.push(ignored));
        let without = evaluate::<Kl>(&batch, options.clone()).unwrap();
        let with = evaluate::<Kl>(&more, options).unwrap();
        prop_assert_eq!(with.loss, without.loss);
        prop_assert_eq!(with.query_gradients, without.query_gradients);
        let (of_ignored, others) = with.passage_gradients.split_last().unwrap();
        prop_assert!(of_ignored.iter().all(|gradient| *gradient == 0.0));
        prop_assert_eq!(others, without.passage_gradients);
    }

    #[test]
    fn only_the_chosen_texts_are_held_to_the_teacher(batch in taught_batches(false)) {
        let said = evaluate::<Mse>(&batch, embeddings::Options { texts: Texts::Queries }).unwrap();
        prop_assert!(said.passage_gradients.iter().flatten().all(|gradient| *gradient == 0.0));
        let said = evaluate::<Cosine>(&batch, embeddings::Options { texts: Texts::Passages }).unwrap();
        prop_assert!(said.query_gradients.iter().flatten().all(|gradient| *gradient == 0.0));
    }

    #[test]
    fn a_cosine_knows_no_length(batch in taught_batches(false), by in 0.1f32..10.0) {
        let mut scaled = batch.clone();
        scaled.queries[0].iter_mut().for_each(|value| *value *= by);
        scaled.extra[0].1[0].iter_mut().for_each(|value| *value *= by);
        let of = |batch| evaluate::<Cosine>(batch, embeddings::Options::default()).unwrap().loss;
        // A teacher's embedding near zero has no direction to keep.
        let length = batch.extra[0].1[0].iter().map(|x| x * x).sum::<f32>().sqrt();
        prop_assume!(length > 1e-3);
        prop_assert!((of(&scaled) - of(&batch)).abs() < 1e-5);
    }
}
