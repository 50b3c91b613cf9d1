//! Losses, gradients and scalars against PyTorch's, made by the scripts in `tests/golden/`.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use triglot_sdk::testkit::{EmbeddingBatch, Evaluated, Wanted};
use triglot_sdk::{Component, Objective};

use crate::additive_margin::AdditiveMargin;
use crate::alignment::Alignment;
use crate::info_nce::InfoNce;
use crate::options::Options;
use crate::temperature::Temperature;
use crate::testing::{distance, evaluate, instance};

#[derive(Deserialize)]
struct Case<O> {
    name: String,
    options: O,
    batch: EmbeddingBatch,
    loss: f64,
    query_gradients: Vec<Vec<f32>>,
    passage_gradients: Vec<Vec<f32>>,
    accuracy: Option<f64>,
    positive_similarity: Option<f64>,
    negative_similarity: Option<f64>,
    passage_accuracy: Option<f64>,
    pairs: Option<f64>,
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12 * expected.abs().max(1.0)
}

/// Holds that an objective says of each of so many cases what PyTorch said.
fn as_pytorch<O: Objective>(golden: &str, count: usize)
where
    <O as Component>::Options: DeserializeOwned,
{
    let cases: Vec<Case<O::Options>> = serde_json::from_str(golden).unwrap();
    assert_eq!(cases.len(), count);
    for case in cases {
        let name = case.name;
        let outcome: Evaluated = evaluate::<O>(&case.batch, case.options).unwrap();
        assert!(close(outcome.loss, case.loss), "{name}: loss {} {}", outcome.loss, case.loss);
        // Both sides are rounded to f32 from f64.
        let largest = distance(&outcome.query_gradients, &case.query_gradients)
            .max(distance(&outcome.passage_gradients, &case.passage_gradients));
        assert!(largest < 1e-6, "{name}: gradients differ by {largest}");
        for (scalar, expected) in [
            ("accuracy", case.accuracy),
            ("positive-similarity", case.positive_similarity),
            ("negative-similarity", case.negative_similarity),
            ("passage-accuracy", case.passage_accuracy),
            ("pairs", case.pairs),
        ] {
            let Some(expected) = expected else { continue };
            let found = outcome.scalar(scalar).unwrap();
            assert!(close(found, expected), "{name}: {scalar} {found} {expected}");
        }
    }
}

#[test]
fn info_nce_in_one_direction_and_in_both_equals_that_of_pytorch() {
    as_pytorch::<InfoNce>(include_str!("../tests/golden/info_nce.json"), 12);
}

#[test]
fn additive_margin_equals_that_of_pytorch() {
    as_pytorch::<AdditiveMargin>(include_str!("../tests/golden/additive_margin.json"), 5);
}

#[test]
fn alignment_equals_that_of_pytorch() {
    as_pytorch::<Alignment>(include_str!("../tests/golden/alignment.json"), 6);
}

#[derive(Deserialize)]
struct Learning {
    start: f64,
    rate: f64,
    weight: f64,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    batch: EmbeddingBatch,
    loss: f64,
    slope: f64,
    temperature: f64,
}

#[test]
fn a_temperature_is_learnt_as_by_pytorch_s_adam() {
    let golden = include_str!("../tests/golden/temperature.json");
    let learning: Learning = serde_json::from_str(golden).unwrap();
    assert_eq!(learning.steps.len(), 12);
    let options =
        Options { temperature: learning.start, learn_temperature: true, ..Options::default() };
    let mut objective = instance(&options).unwrap();
    for (number, step) in learning.steps.iter().enumerate() {
        let found = step.batch.evaluate_by(&mut objective, Wanted::ALL).unwrap();
        assert!((found.loss - step.loss).abs() < 1e-10, "step {number}: {}", found.loss);
        let slope = objective.learnt.as_ref().and_then(Temperature::gradient).unwrap();
        assert!((slope - step.slope).abs() < 1e-10, "step {number}: {slope} {}", step.slope);
        objective.step(learning.rate, learning.weight).unwrap();
        let value = objective.learnt.as_ref().unwrap().value();
        let expected = step.temperature;
        assert!((value - expected).abs() < 1e-12, "step {number}: {value} {expected}");
    }
}
