//! What is refused, and in which words.

use triglot_sdk::Component;

use crate::cross_lingual::CrossLingual;
use crate::languages::Options;
use crate::monolingual::Monolingual;
use crate::same_language::SameLanguage;
use crate::testing::*;

fn refusal<S: triglot_sdk::Sampler<Options = Options>>(
    languages: Option<&[&str]>,
    examples: &[u8],
    batch_size: usize,
) -> String {
    let options = Options {
        languages: languages.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect()),
    };
    let builder = corpus(3, examples);
    match create::<S>(&options, &builder.view(), batch_size) {
        Ok(_) => panic!("{} was made", S::ID),
        Err(error) => error.message().to_owned(),
    }
}

#[test]
fn an_unknown_language_is_named_beside_those_that_there_are() {
    let message = refusal::<SameLanguage>(Some(&["en", "fr"]), &[0b111; 4], 2);
    assert_eq!(message, "`languages` names `fr`; the training data has de, en, es");
}

#[test]
fn a_choice_of_no_languages_is_refused() {
    let message = refusal::<Monolingual>(Some(&[]), &[0b111; 4], 2);
    assert_eq!(message, "`languages` is empty; the training data has de, en, es");
}

#[test]
fn a_language_too_small_for_a_batch_is_named_with_its_count() {
    let message = refusal::<Monolingual>(None, &[0b111, 0b111, 0b101], 3);
    assert_eq!(message, "language `en` has 2 examples; a batch needs 3");
}

#[test]
fn a_corpus_without_parallel_examples_is_refused_by_cross_lingual() {
    let message = refusal::<CrossLingual>(None, &[0b001, 0b010, 0b100], 1);
    assert_eq!(
        message,
        "0 examples exist in two or more of the languages de, en, es; a batch needs 1"
    );
    let message = refusal::<CrossLingual>(Some(&["es"]), &[0b111; 9], 4);
    assert_eq!(message, "0 examples exist in two or more of the languages es; a batch needs 4");
}

#[test]
fn a_batch_larger_than_the_data_is_refused_by_same_language() {
    let message = refusal::<SameLanguage>(Some(&["de", "en"]), &[0b001, 0b010, 0b100], 3);
    assert_eq!(message, "2 examples exist in any of the languages de, en; a batch needs 3");
}

#[test]
fn an_unknown_option_is_refused_and_the_schema_describes_the_known_one() {
    let options = r#"{ "langauges": ["en"] }"#;
    assert!(serde_json::from_str::<Options>(options).is_err());
    let schema = schemars::schema_for!(<Monolingual as Component>::Options);
    let schema = schema.as_value();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["languages"]["minItems"], 1);
}
