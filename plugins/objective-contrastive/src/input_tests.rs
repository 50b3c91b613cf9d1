//! What is refused, and in which words; the options' defaults and schema.

use triglot_sdk::similarity::Similarity;
use triglot_sdk::testkit::EmbeddingBatch;
use triglot_sdk::{Component, Context, Objective};

use crate::additive_margin::{self, AdditiveMargin};
use crate::info_nce::InfoNce;
use crate::options::{Direction, Negatives, Options};
use crate::testing::Evaluate;

fn pair() -> EmbeddingBatch {
    EmbeddingBatch::in_line(&[&[1.0, 0.0], &[0.0, 1.0]], &[&[1.0, 0.1], &[0.1, 1.0]])
}

fn refusal(batch: &EmbeddingBatch) -> String {
    let error = batch.evaluate(&Options::default()).unwrap_err();
    error.message().to_owned()
}

#[test]
fn an_embedding_that_is_not_finite_is_named() {
    let mut batch = pair();
    batch.queries[1][0] = f32::NAN;
    assert_eq!(refusal(&batch), "the embedding of query 1 has NaN in column 0");
    let mut batch = pair();
    batch.passages[0][1] = f32::INFINITY;
    assert_eq!(refusal(&batch), "the embedding of passage 0 has inf in column 1");
}

#[test]
fn a_query_without_a_positive_is_named() {
    let mut batch = pair();
    batch.positives[1].clear();
    assert_eq!(refusal(&batch), "query 1 has no positive passage");
}

#[test]
fn a_passage_cannot_be_positive_and_ignored() {
    let mut batch = pair();
    batch.ignored[0].push(0);
    assert_eq!(refusal(&batch), "passage 0 is both positive and ignored for query 0");
}

#[test]
fn a_batch_without_queries_is_refused() {
    let batch = EmbeddingBatch::in_line(&[], &[&[1.0]]);
    assert_eq!(refusal(&batch), "a batch without queries has no loss");
}

#[test]
fn similarities_beyond_all_numbers_are_an_error_and_not_a_loss() {
    let options = Options { temperature: 1e-310, ..Options::default() };
    let error = pair().evaluate(&options).unwrap_err();
    assert!(error.message().contains("too large for a temperature"), "{}", error.message());
}

#[test]
fn a_temperature_must_be_larger_than_zero() {
    for temperature in [0.0, -0.1, f64::NAN, f64::INFINITY] {
        let options = Options { temperature, ..Options::default() };
        assert!(InfoNce::create(options, &Context::detached(0)).is_err(), "{temperature}");
    }
}

#[test]
fn a_temperature_is_learnt_from_a_hundredth_upwards_and_only_where_asked() {
    let options = Options { temperature: 0.009, learn_temperature: true, ..Options::default() };
    let error = InfoNce::create(options.clone(), &Context::detached(0)).err().unwrap();
    assert!(error.message().ends_with("begins with 0.01 or more"), "{}", error.message());
    let fixed = Options { learn_temperature: false, ..options };
    let mut fixed = InfoNce::create(fixed, &Context::detached(0)).unwrap();
    assert_eq!(fixed.parameters(), 0);
    assert!(fixed.step(0.1, 1.0).is_err());
    let outcome = pair().evaluate(&Options { learn_temperature: true, ..Options::default() });
    let temperature = outcome.unwrap().scalar("temperature").unwrap();
    assert!((temperature - 0.05).abs() < 1e-15);
    assert_eq!(pair().evaluate(&Options::default()).unwrap().scalar("temperature"), None);
}

#[test]
fn passages_have_no_negatives_of_their_own_to_ask_among() {
    let options =
        Options { negatives: Negatives::Own, direction: Direction::Both, ..Options::default() };
    let error = InfoNce::create(options, &Context::detached(0)).err().unwrap();
    assert!(error.message().contains("`direction` must be"), "{}", error.message());
}

#[test]
fn a_margin_is_not_below_zero_and_a_scale_above_it() {
    let refused = |options: additive_margin::Options| {
        AdditiveMargin::create(options, &Context::detached(0)).err().unwrap().message().to_owned()
    };
    let usual = additive_margin::Options::default;
    assert!(refused(additive_margin::Options { margin: -0.1, ..usual() }).contains("`margin`"));
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(refused(additive_margin::Options { scale, ..usual() }).contains("`scale`"));
    }
}

#[test]
fn options_have_defaults_and_refuse_unknown_keys() {
    let options: Options = serde_json::from_str("{}").unwrap();
    assert_eq!((options.temperature, options.similarity), (0.05, Similarity::Cosine));
    assert!(serde_json::from_str::<Options>(r#"{ "temprature": 1.0 }"#).is_err());
    assert!(serde_json::from_str::<Options>(r#"{ "similarity": "euclid" }"#).is_err());

    let schema = schemars::schema_for!(<InfoNce as Component>::Options);
    let schema = schema.as_value();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["temperature"]["exclusiveMinimum"], 0);
    assert_eq!(schema["properties"]["temperature"]["default"], 0.05);
    assert_eq!(schema["properties"]["similarity"]["default"], "cosine");
    assert_eq!(schema["properties"]["direction"]["default"], "query-to-passage");
}
