//! Loss, gradients and scalars against PyTorch's, made by `tests/golden/make_info_nce.py`.

use serde::Deserialize;
use triglot_sdk::testkit::EmbeddingBatch;

use crate::options::Options;
use crate::testing::{Evaluate, distance};

#[derive(Deserialize)]
struct Case {
    name: String,
    options: Options,
    batch: EmbeddingBatch,
    loss: f64,
    query_gradients: Vec<Vec<f32>>,
    passage_gradients: Vec<Vec<f32>>,
    accuracy: f64,
    positive_similarity: f64,
    negative_similarity: f64,
}

#[test]
fn loss_and_gradients_equal_those_of_pytorch() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../tests/golden/info_nce.json")).unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let name = case.name;
        let outcome = case.batch.evaluate(&case.options).unwrap();
        let close =
            |found: f64, expected: f64| (found - expected).abs() < 1e-12 * expected.abs().max(1.0);
        assert!(close(outcome.loss, case.loss), "{name}: loss {} {}", outcome.loss, case.loss);
        // Both sides are rounded to f32 from f64.
        let largest = distance(&outcome.query_gradients, &case.query_gradients)
            .max(distance(&outcome.passage_gradients, &case.passage_gradients));
        assert!(largest < 1e-6, "{name}: gradients differ by {largest}");
        for (scalar, expected) in [
            ("accuracy", case.accuracy),
            ("positive-similarity", case.positive_similarity),
            ("negative-similarity", case.negative_similarity),
        ] {
            let found = outcome.scalar(scalar).unwrap();
            assert!(close(found, expected), "{name}: {scalar} {found} {expected}");
        }
    }
}
