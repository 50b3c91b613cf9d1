//! What is refused, and in which words.

use serde_json::{Value, json};
use triglot_sdk::Component;

use super::*;

fn refusal<S: Ours>(options: Value, examples: &[u128], batch_size: usize) -> String {
    let rows: Vec<(u128, u32)> = examples.iter().map(|bits| (*bits, 0)).collect();
    let data = Data::new(&CODES[..3], &rows);
    match create::<S>(&options, &data.view(), batch_size) {
        Ok(_) => panic!("{} was made", S::ID),
        Err(error) => error.message().to_owned(),
    }
}

#[test]
fn an_unknown_language_or_data_set_is_named_beside_those_that_there_are() {
    let message = refusal::<SameLanguage>(json!({ "languages": ["en", "fr"] }), &[0b111; 4], 2);
    assert_eq!(message, "languages: found `fr`; the training data has de, en, es");
    let message = refusal::<SameLanguage>(json!({ "data_sets": ["third"] }), &[0b111; 4], 2);
    assert_eq!(message, "data_sets: found `third`; the training data has first, second");
    let message = refusal::<CrossLingual>(json!({ "pivot": "fr" }), &[0b111; 4], 2);
    assert_eq!(message, "pivot: found `fr`; the training data has de, en, es");
}

#[test]
fn a_choice_of_no_languages_is_refused() {
    let message = refusal::<Monolingual>(json!({ "languages": [] }), &[0b111; 4], 2);
    assert_eq!(message, "languages: the list is empty; the training data has de, en, es");
}

#[test]
fn languages_too_small_for_a_batch_are_named_with_their_counts() {
    let message = refusal::<Monolingual>(json!({}), &[0b111, 0b111, 0b101], 4);
    assert_eq!(
        message,
        "language `de` has 3 examples, language `en` has 2 examples, language `es` has 3 examples; a batch needs 4"
    );
}

#[test]
fn a_corpus_without_parallel_examples_is_refused_by_cross_lingual() {
    let message = refusal::<CrossLingual>(json!({}), &[0b001, 0b010, 0b100], 1);
    assert_eq!(
        message,
        "0 examples exist in two or more of the languages de, en, es; a batch needs 1"
    );
    let message = refusal::<CrossLingual>(json!({ "languages": ["es"] }), &[0b111; 9], 4);
    assert_eq!(message, "0 examples exist in two or more of the languages es; a batch needs 4");
}

#[test]
fn a_batch_larger_than_the_data_is_refused_by_same_language() {
    let options = json!({ "languages": ["de", "en"] });
    let message = refusal::<SameLanguage>(options, &[0b001, 0b010, 0b100], 3);
    assert_eq!(message, "2 examples exist in any of the languages de, en; a batch needs 3");
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let refused = |options| refusal::<CrossLingual>(options, &[0b111; 9], 4);
    let message = refused(json!({ "over": "examples", "pairs": "uniform" }));
    assert!(
        message.starts_with("over: of \"examples\"") && message.contains("`pairs`"),
        "{message}"
    );
    let message = refused(json!({ "over": "examples", "batch": "one-pair" }));
    assert!(
        message.starts_with("over: of \"examples\"") && message.contains("`batch`"),
        "{message}"
    );
    let message = refused(json!({ "languages": ["de", "en"], "pivot": "es" }));
    assert_eq!(message, "pivot: found `es`; the languages to draw from are de, en");
    let message = refused(json!({ "query_languages": ["de"], "passage_languages": ["de"] }));
    assert!(message.starts_with("query_languages: "), "{message}");
    assert!(message.ends_with("allow no pair of two languages"), "{message}");
    let options = json!({ "over": "examples", "weight": 0.5 });
    let message = refusal::<SameLanguage>(options, &[0b111; 9], 4);
    assert!(
        message.starts_with("over: of \"examples\"") && message.contains("`weight`"),
        "{message}"
    );
}

#[test]
fn an_exponent_below_zero_is_refused() {
    let message = refusal::<Monolingual>(json!({ "weight": -0.5 }), &[0b111; 9], 4);
    assert!(message.starts_with("weight: the exponent is -0.5"), "{message}");
}

#[test]
fn an_unknown_option_is_refused_and_the_schema_describes_the_known_ones() {
    type Options = <Monolingual as Component>::Options;
    assert!(serde_json::from_value::<Options>(json!({ "langauges": ["en"] })).is_err());
    let schema = schemars::schema_for!(Options);
    let schema = schema.as_value();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["languages"]["minItems"], 1);
}
