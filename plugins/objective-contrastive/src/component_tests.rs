//! The laws of the smaller components, over random batches.

use proptest::prelude::*;
use triglot_sdk::testkit::strategies::embedding_batches;
use triglot_sdk::testkit::{EmbeddingBatch, laws};
use triglot_sdk::{Context, Objective};

use crate::additive_margin::{self, AdditiveMargin};
use crate::alignment::{self, Alignment, Distance, Parallel};
use crate::options::Direction;
use crate::testing::evaluate;

fn margins() -> impl Strategy<Value = additive_margin::Options> {
    let direction = prop_oneof![Just(Direction::QueryToPassage), Just(Direction::Both)];
    (0.0f64..0.6, 0.5f64..8.0, direction).prop_map(|(margin, scale, direction)| {
        additive_margin::Options { margin, scale, direction }
    })
}

fn alignments() -> impl Strategy<Value = alignment::Options> {
    let distance = prop_oneof![Just(Distance::Mse), Just(Distance::Cosine)];
    let parallel = prop_oneof![Just(Parallel::Translations), Just(Parallel::Pairs)];
    (distance, parallel).prop_map(|(distance, parallel)| alignment::Options { distance, parallel })
}

/// Batches of three languages and few examples, so that many texts are parallel; some passages are of none.
fn parallel_batches() -> impl Strategy<Value = EmbeddingBatch> {
    (embedding_batches(), any::<[u32; 24]>()).prop_map(|(batch, draws)| {
        let (queries, passages) = (batch.queries.len(), batch.passages.len());
        let column = |from: usize, count: usize, below: u32| -> Vec<u32> {
            (0..count).map(|at| draws[(from + at) % draws.len()] % below).collect()
        };
        let none = |example: u32| if example == 3 { u32::MAX } else { example };
        EmbeddingBatch {
            query_language: column(0, queries, 3),
            passage_language: column(6, passages, 3),
            query_example: column(15, queries, 3),
            passage_example: column(20, passages, 4).into_iter().map(none).collect(),
            ..batch
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_gradients_of_additive_margin_equal_finite_differences(
        batch in embedding_batches(), options in margins(),
    ) {
        let make = || AdditiveMargin::create(options.clone(), &Context::detached(0));
        let error = laws::objective::gradient_error(&mut make().unwrap(), &batch)?;
        prop_assert!(error < 2e-3, "{error}");
        laws::objective::unwanted_gradients_change_nothing(make, &batch)?;
        laws::objective::validation_changes_nothing(make, &batch)?;
        prop_assert!(evaluate::<AdditiveMargin>(&batch, options.clone()).unwrap().loss >= 0.0);
    }

    #[test]
    fn a_larger_margin_is_no_smaller_loss(
        batch in embedding_batches(), options in margins(), more in 0.0f64..0.5,
    ) {
        let wider = additive_margin::Options { margin: options.margin + more, ..options.clone() };
        let loss = |options| evaluate::<AdditiveMargin>(&batch, options).unwrap().loss;
        prop_assert!(loss(wider) >= loss(options));
    }

    #[test]
    fn the_gradients_of_alignment_equal_finite_differences(
        batch in parallel_batches(), options in alignments(),
    ) {
        let make = || Alignment::create(options.clone(), &Context::detached(0));
        let error = laws::objective::gradient_error(&mut make().unwrap(), &batch)?;
        prop_assert!(error < 2e-3, "{error}");
        laws::objective::unwanted_gradients_change_nothing(make, &batch)?;
        laws::objective::validation_changes_nothing(make, &batch)?;
        prop_assert!(evaluate::<Alignment>(&batch, options.clone()).unwrap().loss >= 0.0);
    }

    #[test]
    fn without_a_second_language_nothing_is_parallel(batch in parallel_batches(), options in alignments()) {
        let batch = EmbeddingBatch { query_language: vec![], passage_language: vec![], ..batch };
        let outcome = evaluate::<Alignment>(&batch, options).unwrap();
        prop_assert_eq!((outcome.loss, outcome.scalar("pairs")), (0.0, Some(0.0)));
        let gradients = outcome.query_gradients.iter().chain(&outcome.passage_gradients);
        prop_assert!(gradients.flatten().all(|gradient| *gradient == 0.0));
    }

    #[test]
    fn equal_embeddings_are_aligned(batch in parallel_batches(), options in alignments()) {
        let same = batch.queries[0].clone();
        let mut batch = batch;
        batch.queries.iter_mut().chain(&mut batch.passages).for_each(|row| row.clone_from(&same));
        prop_assert!(evaluate::<Alignment>(&batch, options).unwrap().loss < 1e-12);
    }
}

#[test]
fn every_two_languages_of_an_example_are_a_pair_and_duplicates_count() {
    let row: &[f32] = &[1.0, 0.5];
    let batch = EmbeddingBatch {
        query_language: vec![0, 1, 2, 2, 0],
        query_example: vec![4, 4, 4, 4, 5],
        ..EmbeddingBatch::in_line(&[row; 5], &[row; 5])
    };
    // 0-1, 0-2 twice and 1-2 twice; the two texts of language 2 are no translations of each other.
    let outcome = evaluate::<Alignment>(&batch, alignment::Options::default()).unwrap();
    assert_eq!(outcome.scalar("pairs"), Some(5.0));
}
