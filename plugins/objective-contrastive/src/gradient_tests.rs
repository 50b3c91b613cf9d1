//! Gradients over random batches: finite differences and the invariances of the loss.

use proptest::prelude::*;
use triglot_sdk::Random;
use triglot_sdk::testkit::{EmbeddingBatch, Wanted};

use crate::options::{Options, Similarity};
use crate::testing::{Evaluate, distance};

/// A random batch: query i is right with passage i, and with others at random; some are ignored.
fn random_batch(queries: usize, passages: usize, dim: usize, seed: u64) -> EmbeddingBatch {
    let mut random = Random::new(&[seed]);
    let mut rows = |count: usize| -> Vec<Vec<f32>> {
        let mut row = || (0..dim).map(|_| random.unit() as f32 - 0.5).collect();
        (0..count).map(|_| row()).collect()
    };
    let (query_rows, passage_rows) = (rows(queries), rows(passages));
    let (mut positives, mut ignored) = (vec![vec![]; queries], vec![vec![]; queries]);
    for query in 0..queries {
        for passage in 0..passages as u32 {
            match random.below(6) {
                _ if passage as usize == query => positives[query].push(passage),
                0 => positives[query].push(passage),
                1 => ignored[query].push(passage),
                _ => {}
            }
        }
    }
    let (queries, passages) = (query_rows, passage_rows);
    EmbeddingBatch { queries, passages, positives, ignored, ..EmbeddingBatch::default() }
}

fn batches() -> impl Strategy<Value = EmbeddingBatch> {
    (1usize..6, 0usize..4, 1usize..12, any::<u64>())
        .prop_map(|(queries, more, dim, seed)| random_batch(queries, queries + more, dim, seed))
}

fn options() -> impl Strategy<Value = Options> {
    let similarity = prop_oneof![Just(Similarity::Cosine), Just(Similarity::Dot)];
    (0.2f64..2.0, similarity)
        .prop_map(|(temperature, similarity)| Options { temperature, similarity })
}

/// (f(x + h) − f(x − h)) / 2h at one number of the batch, with the step that f32 really took.
fn slope(
    batch: &EmbeddingBatch,
    options: &Options,
    at: impl Fn(&mut EmbeddingBatch) -> &mut f32,
) -> f64 {
    let step = |by: f32| {
        let mut moved = batch.clone();
        *at(&mut moved) += by;
        let x = f64::from(*at(&mut moved));
        (x, moved.evaluate(options).unwrap().loss)
    };
    let ((low, below), (high, above)) = (step(-1e-3), step(1e-3));
    (above - below) / (high - low)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn gradients_equal_finite_differences(batch in batches(), options in options()) {
        // A direction has no slope at zero, and hardly a stable one near it.
        let long = |row: &Vec<f32>| row.iter().map(|x| x * x).sum::<f32>() > 0.04;
        prop_assume!(batch.queries.iter().chain(&batch.passages).all(long));
        let outcome = batch.evaluate(&options).unwrap();
        for row in 0..batch.passages.len() {
            for column in 0..batch.passages[0].len() {
                if row < batch.queries.len() {
                    let found = f64::from(outcome.query_gradients[row][column]);
                    let expected = slope(&batch, &options, |batch| &mut batch.queries[row][column]);
                    prop_assert!((found - expected).abs() < 2e-3, "query {row} {column}: {found} {expected}");
                }
                let found = f64::from(outcome.passage_gradients[row][column]);
                let expected = slope(&batch, &options, |batch| &mut batch.passages[row][column]);
                prop_assert!((found - expected).abs() < 2e-3, "passage {row} {column}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_order_of_passages_changes_nothing(batch in batches(), options in options()) {
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
        let expected = batch.evaluate(&options).unwrap();
        let mut found = mirrored.evaluate(&options).unwrap();
        found.passage_gradients.reverse();
        prop_assert!((found.loss - expected.loss).abs() < 1e-12);
        prop_assert!(distance(&found.query_gradients, &expected.query_gradients) < 1e-5);
        prop_assert!(distance(&found.passage_gradients, &expected.passage_gradients) < 1e-5);
    }

    #[test]
    fn gradients_that_are_not_wanted_change_nothing_else(batch in batches(), options in options()) {
        let all = batch.evaluate(&options).unwrap();
        for (queries, passages) in [(false, false), (true, false), (false, true)] {
            let some = batch.evaluate_with(&options, Wanted { queries, passages }).unwrap();
            prop_assert_eq!(some.loss, all.loss);
            prop_assert_eq!(&some.scalars, &all.scalars);
            if queries {
                prop_assert_eq!(&some.query_gradients, &all.query_gradients);
            }
            if passages {
                prop_assert_eq!(&some.passage_gradients, &all.passage_gradients);
            }
        }
    }

    #[test]
    fn a_cosine_has_no_slope_along_the_embedding(batch in batches(), temperature in 0.05f64..1.0) {
        let options = Options { temperature, similarity: Similarity::Cosine };
        let outcome = batch.evaluate(&options).unwrap();
        for (embedding, gradient) in batch.queries.iter().zip(&outcome.query_gradients) {
            let terms: Vec<f32> = embedding.iter().zip(gradient).map(|(x, g)| x * g).collect();
            let size: f32 = terms.iter().map(|term| term.abs()).sum();
            prop_assert!(terms.iter().sum::<f32>().abs() <= 1e-5 * size.max(1.0));
        }
    }
}

#[test]
fn a_passage_that_every_query_ignores_gets_no_gradient() {
    let mut batch = random_batch(3, 5, 4, 7);
    for query in 0..3 {
        batch.positives[query].retain(|passage| *passage != 4);
        batch.ignored[query].retain(|passage| *passage != 4);
        batch.ignored[query].push(4);
    }
    let outcome = batch.evaluate(&Options::default()).unwrap();
    assert_eq!(outcome.passage_gradients[4], [0.0; 4]);

    let mut without = batch.clone();
    without.passages.pop();
    without.ignored.iter_mut().for_each(|list| list.retain(|passage| *passage != 4));
    let expected = without.evaluate(&Options::default()).unwrap();
    assert_eq!(outcome.loss, expected.loss);
    assert_eq!(outcome.query_gradients, expected.query_gradients);
}

#[test]
fn a_duplicate_of_the_right_passage_as_a_second_positive_leaves_the_query_s_loss() {
    let single = EmbeddingBatch::in_line(&[&[1.0, 0.2]], &[&[0.9, 0.1], &[-0.3, 0.8]]);
    let mut doubled = single.clone();
    doubled.passages.push(doubled.passages[0].clone());
    doubled.positives[0].push(2);
    let (single, doubled) = (
        single.evaluate(&Options::default()).unwrap(),
        doubled.evaluate(&Options::default()).unwrap(),
    );
    assert!((single.loss - doubled.loss).abs() < 1e-15);
    assert!(distance(&single.query_gradients, &doubled.query_gradients) < 1e-9);
    assert_eq!(doubled.passage_gradients[0], doubled.passage_gradients[2]);
}

#[test]
fn a_zero_vector_is_compared_as_zero_and_gets_no_gradient() {
    let batch = EmbeddingBatch::in_line(&[&[0.0, 0.0], &[1.0, 0.0]], &[&[1.0, 1.0], &[1.0, 0.5]]);
    let outcome = batch.evaluate(&Options::default()).unwrap();
    assert!(outcome.loss.is_finite());
    assert_eq!(outcome.query_gradients[0], [0.0, 0.0]);
    assert_ne!(outcome.query_gradients[1], [0.0, 0.0]);
}
