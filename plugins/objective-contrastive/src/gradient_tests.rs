//! Gradients over random batches: finite differences and the invariances of the loss.

use proptest::prelude::*;
use triglot_sdk::similarity::Similarity;
use triglot_sdk::testkit::strategies::embedding_batches;
use triglot_sdk::testkit::{EmbeddingBatch, Wanted, laws};

use crate::options::{Direction, Negatives, Options};
use crate::temperature::Temperature;
use crate::testing::{Evaluate, distance, instance};

fn options() -> impl Strategy<Value = Options> {
    let similarity = prop_oneof![Just(Similarity::Cosine), Just(Similarity::Dot)];
    let direction = prop_oneof![Just(Direction::QueryToPassage), Just(Direction::Both)];
    (0.2f64..2.0, similarity, direction).prop_map(|(temperature, similarity, direction)| Options {
        temperature,
        similarity,
        direction,
        ..Options::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn gradients_equal_finite_differences(batch in embedding_batches(), options in options()) {
        let mut objective = instance(&options).map_err(|e| TestCaseError::fail(e.message().to_owned()))?;
        let error = laws::objective::gradient_error(&mut objective, &batch)?;
        prop_assert!(error < 2e-3, "{error}");
    }

    #[test]
    fn the_slope_along_the_temperature_equals_finite_differences(
        batch in embedding_batches(), options in options(),
    ) {
        const STEP: f64 = 1e-4;
        let learning = |by: f64| Options {
            temperature: (options.temperature.ln() + by).exp(), learn_temperature: true, ..options.clone()
        };
        let loss = |by: f64| batch.evaluate(&learning(by)).map(|outcome| outcome.loss).unwrap();
        let mut objective = instance(&learning(0.0)).unwrap();
        batch.evaluate_by(&mut objective, Wanted::ALL).unwrap();
        let found = objective.learnt.as_ref().and_then(Temperature::gradient).unwrap();
        let expected = (loss(STEP) - loss(-STEP)) / (2.0 * STEP);
        // The error of a central difference is of the order of its step's square.
        prop_assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{found} {expected}");
    }

    #[test]
    fn a_temperature_that_is_learnt_keeps_the_laws_of_parameters(
        batch in embedding_batches(), options in options(),
    ) {
        let options = Options { learn_temperature: true, ..options };
        let folder = tempfile::tempdir().unwrap();
        laws::objective::parameters_go_on(|| instance(&options), &batch, folder.path())?;
        laws::objective::unwanted_gradients_change_nothing(|| instance(&options), &batch)?;
        laws::objective::validation_changes_nothing(|| instance(&options), &batch)?;
    }

    #[test]
    fn the_order_of_passages_changes_nothing(batch in embedding_batches(), options in options()) {
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
    fn neither_unwanted_gradients_nor_a_validation_change_anything_else(
        batch in embedding_batches(), options in options(),
    ) {
        laws::objective::unwanted_gradients_change_nothing(|| instance(&options), &batch)?;
        laws::objective::validation_changes_nothing(|| instance(&options), &batch)?;
    }

    #[test]
    fn a_passage_that_every_query_ignores_is_as_good_as_absent(
        batch in embedding_batches(), options in options(),
    ) {
        let mut more = batch.clone();
        let ignored = more.passages.len() as u32;
        more.passages.push(vec![0.3; batch.passages[0].len()]);
        more.ignored.iter_mut().for_each(|list| list.push(ignored));
        let (without, with) = (batch.evaluate(&options).unwrap(), more.evaluate(&options).unwrap());
        prop_assert_eq!(with.loss, without.loss);
        prop_assert_eq!(with.query_gradients, without.query_gradients);
        let (of_ignored, others) = with.passage_gradients.split_last().unwrap();
        prop_assert!(of_ignored.iter().all(|gradient| *gradient == 0.0));
        prop_assert_eq!(others, without.passage_gradients);
    }

    #[test]
    fn the_loss_of_both_directions_is_the_mean_of_either(batch in embedding_batches(), options in options()) {
        let of = |direction| Options { direction, ..options.clone() };
        let turned = turned(&batch);
        let [there, back] = [&batch, &turned].map(|batch| {
            batch.evaluate(&of(Direction::QueryToPassage)).unwrap().loss
        });
        let both = batch.evaluate(&of(Direction::Both)).unwrap().loss;
        prop_assert!((both - f64::midpoint(there, back)).abs() < 1e-12 * (1.0 + both));
    }

    #[test]
    fn no_loss_is_below_zero(batch in embedding_batches(), options in options()) {
        prop_assert!(batch.evaluate(&options).unwrap().loss >= 0.0);
    }

    #[test]
    fn a_cosine_knows_no_length(batch in embedding_batches(), by in 0.1f32..10.0, row: prop::sample::Index) {
        let mut scaled = batch.clone();
        let at = row.index(batch.passages.len());
        scaled.passages[at].iter_mut().for_each(|value| *value *= by);
        let options = Options { direction: Direction::Both, temperature: 0.3, ..Options::default() };
        let (found, expected) = (scaled.evaluate(&options).unwrap(), batch.evaluate(&options).unwrap());
        prop_assert!((found.loss - expected.loss).abs() < 1e-5 * (1.0 + expected.loss));
        prop_assert!(distance(&found.query_gradients, &expected.query_gradients) < 1e-4);
    }

    #[test]
    fn a_cosine_has_no_slope_along_the_embedding(batch in embedding_batches(), temperature in 0.05f64..1.0) {
        let options = Options { temperature, ..Options::default() };
        let outcome = batch.evaluate(&options).unwrap();
        for (embedding, gradient) in batch.queries.iter().zip(&outcome.query_gradients) {
            let terms: Vec<f32> = embedding.iter().zip(gradient).map(|(x, g)| x * g).collect();
            let size: f32 = terms.iter().map(|term| term.abs()).sum();
            prop_assert!(terms.iter().sum::<f32>().abs() <= 1e-5 * size.max(1.0));
        }
    }
}

/// Queries for passages and passages for queries; passages that are right for nobody are left out, for as queries they
/// would have no loss.
fn turned(batch: &EmbeddingBatch) -> EmbeddingBatch {
    let asks = |passage: u32| batch.positives.iter().any(|list| list.contains(&passage));
    let asking: Vec<u32> = (0..batch.passages.len() as u32).filter(|p| asks(*p)).collect();
    let turn = |lists: &[Vec<u32>]| -> Vec<Vec<u32>> {
        let of = |passage: &u32| {
            let lists = lists.iter().enumerate().filter(|(_, list)| list.contains(passage));
            lists.map(|(query, _)| query as u32).collect()
        };
        asking.iter().map(of).collect()
    };
    EmbeddingBatch {
        queries: asking.iter().map(|passage| batch.passages[*passage as usize].clone()).collect(),
        passages: batch.queries.clone(),
        positives: turn(&batch.positives),
        ignored: turn(&batch.ignored),
        ..EmbeddingBatch::default()
    }
}

#[test]
fn a_query_may_be_told_from_its_own_hard_negatives_alone() {
    let mut batch = EmbeddingBatch::in_line(
        &[&[1.0, 0.2], &[0.1, 1.0], &[0.4, -1.0]],
        &[&[0.9, 0.1], &[-0.3, 0.8], &[0.5, -0.7], &[0.8, 0.4], &[0.3, 0.3], &[0.2, -0.9]],
    );
    // The second hard negative of the first query is right for it after all, and the third query has none.
    batch.hard_negatives = vec![vec![3, 5], vec![4], vec![]];
    batch.positives[0].push(5);
    let options = Options { negatives: Negatives::Own, ..Options::default() };
    let found = batch.evaluate(&options).unwrap();
    let mut same = batch.clone();
    same.ignored = vec![vec![1, 2, 4], vec![0, 2, 3, 5], vec![0, 1, 3, 4, 5]];
    let expected = same.evaluate(&Options::default()).unwrap();
    assert_eq!(found, expected);
    assert_eq!(found.query_gradients[2], [0.0, 0.0]);
    batch.hard_negatives = vec![vec![]; 3];
    let refusal =
        |batch: &EmbeddingBatch| batch.evaluate(&options).unwrap_err().message().to_owned();
    assert!(refusal(&batch).contains("no query of the batch has a hard negative"));
    batch.hard_negatives.clear();
    assert!(refusal(&batch).contains("does not say which hard negatives are whose"));
}

#[test]
fn a_hard_negative_competes_among_passages_alone() {
    let batch = EmbeddingBatch::in_line(&[&[1.0, 0.2], &[0.1, 1.0]], &[&[0.9, 0.1], &[-0.3, 0.8]]);
    let mut harder = batch.clone();
    harder.passages.push(vec![1.0, 0.25]);
    let of = |batch, direction| {
        let options = Options { direction, ..Options::default() };
        EmbeddingBatch::evaluate(batch, &options).unwrap().loss
    };
    let back = |batch| 2.0 * of(batch, Direction::Both) - of(batch, Direction::QueryToPassage);
    assert!(of(&harder, Direction::QueryToPassage) > of(&batch, Direction::QueryToPassage) + 0.1);
    assert!((back(&harder) - back(&batch)).abs() < 1e-12);
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
