//! Losses and gradients against PyTorch's, made by `tests/golden/make_golden.py`.

use serde::Deserialize;
use serde_json::Value;
use triglot_sdk::Objective;
use triglot_sdk::testkit::{EmbeddingBatch, Evaluated};

use crate::embeddings::{Cosine, Mse};
use crate::kl::Kl;
use crate::testing::{distance, evaluate};

#[derive(Deserialize)]
struct Case {
    name: String,
    component: String,
    options: Value,
    batch: EmbeddingBatch,
    loss: f64,
    query_gradients: Vec<Vec<f32>>,
    passage_gradients: Vec<Vec<f32>>,
}

fn by<O: Objective>(case: &Case) -> Evaluated {
    evaluate::<O>(&case.batch, serde_json::from_value(case.options.clone()).unwrap()).unwrap()
}

#[test]
fn losses_and_gradients_equal_those_of_pytorch() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../tests/golden/golden.json")).unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let found = match case.component.as_str() {
            "mse" => by::<Mse>(&case),
            "cosine" => by::<Cosine>(&case),
            _ => by::<Kl>(&case),
        };
        let name = &case.name;
        let error = (found.loss - case.loss).abs();
        assert!(error < 1e-12 * case.loss.max(1.0), "{name}: {} {}", found.loss, case.loss);
        // Both sides are rounded to f32 from f64.
        let largest = distance(&found.query_gradients, &case.query_gradients)
            .max(distance(&found.passage_gradients, &case.passage_gradients));
        assert!(largest < 1e-6, "{name}: gradients differ by {largest}");
    }
}
