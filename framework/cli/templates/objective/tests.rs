use proptest::prelude::*;
use triglot_sdk::testkit::strategies::embedding_batches;
use triglot_sdk::testkit::{EmbeddingBatch, Wanted, laws};

use super::*;

fn make(margin: f64) -> Result<Triplet> {
    Triplet::create(Options { margin }, &Context::detached(0))
}

#[test]
fn the_loss_is_the_squared_violation_of_the_margin() {
    let batch = EmbeddingBatch::in_line(&[&[1.0, 0.0]], &[&[0.75, 0.0], &[0.5, 1.0]]);
    let found = batch
        .evaluate_by(&mut make(0.5).unwrap(), Wanted::ALL)
        .unwrap();
    // 0.5 − 0.75 + 0.5 = 0.25, and twice that is the slope.
    assert_eq!(found.loss, 0.0625);
    assert_eq!(found.query_gradients, [[-0.125, 0.5]]);
    assert_eq!(found.passage_gradients, [[-0.5, 0.0], [0.5, 0.0]]);
    assert_eq!(found.scalar("violated"), Some(1.0));

    let kept = batch
        .evaluate_by(&mut make(0.2).unwrap(), Wanted::ALL)
        .unwrap();
    assert_eq!((kept.loss, kept.scalar("violated")), (0.0, Some(0.0)));
}

#[test]
fn options_have_defaults_and_bounds() {
    let options: Options = serde_json::from_value(serde_json::json!({})).unwrap();
    assert_eq!(options.margin, 0.5);
    assert!(make(0.0).is_err() && make(f64::NAN).is_err());
}

proptest! {
    #[test]
    fn gradients_equal_finite_differences(batch in embedding_batches(), margin in 0.1f64..2.0) {
        let mut objective = make(margin).map_err(|e| TestCaseError::fail(e.message().to_owned()))?;
        let error = laws::objective::gradient_error(&mut objective, &batch)?;
        prop_assert!(error < 0.01, "{}", error);
    }

    #[test]
    fn unwanted_gradients_and_validations_change_nothing(batch in embedding_batches()) {
        laws::objective::unwanted_gradients_change_nothing(|| make(0.5), &batch)?;
        laws::objective::validation_changes_nothing(|| make(0.5), &batch)?;
    }
}
