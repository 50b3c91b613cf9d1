//! What each call of an instance promises.

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use triglot_sdk::{Backend, Context, Matrix, Mode, Role, Text, Texts, Variable};

use super::import::options;
use super::tiny;
use crate::encoder::Network;
use crate::testing::{
    SENTENCES, STEP, assert_forgets_its_optimizer, backward, encode, gradient, texts, train,
};
use crate::transformer::TransformerEncoder;

/// An instance on a tiny folder.
pub(super) fn prepared(changes: Value, given: Value) -> TransformerEncoder {
    prepared_in(&tiny::folder(changes), given)
}

/// An instance on a folder.
pub(super) fn prepared_in(folder: &TempDir, given: Value) -> TransformerEncoder {
    let options = options(folder.path(), given);
    let mut encoder = TransformerEncoder::create(options, &Context::detached(7)).unwrap();
    encoder.prepare(None).unwrap();
    encoder
}

#[test]
fn a_folder_that_is_none_makes_no_model_and_is_named() {
    let options = serde_json::from_value(json!({ "weights": "no/such/folder" })).unwrap();
    let mut encoder = TransformerEncoder::create(options, &Context::detached(7)).unwrap();
    let error = encoder.prepare(None).unwrap_err();
    assert!(error.message().contains("no/such/folder"), "{}", error.message());
    assert!(encoder.info().is_err());
}

#[test]
fn embeddings_are_of_unit_length_unless_told_otherwise() {
    for (normalize, unit) in [(true, true), (false, false)] {
        let mut encoder = prepared(json!({}), json!({ "normalize": normalize }));
        let embeddings = encode(&mut encoder, Mode::Inference, &texts(&SENTENCES));
        for embedding in embeddings.chunks(16) {
            let length = embedding.iter().map(|e| e * e).sum::<f32>().sqrt();
            assert_eq!((length - 1.0).abs() < 1e-6, unit, "{length}");
        }
    }
}

#[test]
fn training_drops_out_by_the_key_and_inference_does_not() {
    let mut encoder = prepared(json!({}), json!({ "dropout": 0.3 }));
    let text =
        |key| Texts::new(vec![Text { text: "the sea", language: "en", role: Role::Query, key }]);
    let mut of = |mode, key| encode(&mut encoder, mode, &text(key));
    assert_eq!(of(Mode::Inference, 1), of(Mode::Inference, 2));
    assert_eq!(of(Mode::Training, 1), of(Mode::Tape, 1), "the tape changes nothing");
    assert_ne!(of(Mode::Training, 1), of(Mode::Training, 2));
    assert_ne!(of(Mode::Training, 1), of(Mode::Inference, 1));
    let mut plain = prepared(json!({}), json!({ "dropout": 0.0 }));
    assert_eq!(encode(&mut plain, Mode::Tape, &text(3)), of(Mode::Inference, 3));
}

#[test]
fn a_tape_serves_one_backward_and_its_tokens_are_told_with_the_step() {
    let mut encoder = prepared(json!({}), json!({}));
    let texts = texts(&["the sea", "which river flows"]);
    let gradient = gradient(2, 16);
    assert!(backward(&mut encoder, &gradient, 2).is_err());
    encode(&mut encoder, Mode::Tape, &texts);
    encode(&mut encoder, Mode::Training, &texts);
    backward(&mut encoder, &gradient, 2).unwrap();
    assert!(backward(&mut encoder, &gradient, 2).unwrap_err().message().contains("no tape"));
    // Two words and three, each text between two special tokens.
    assert_eq!(encoder.step(STEP).unwrap().tokens, 9);
    encode(&mut encoder, Mode::Inference, &texts);
    assert_eq!(encoder.step(STEP).unwrap().tokens, 0);
}

#[test]
fn the_variables_show_what_is_trained_and_the_gradient_that_the_next_step_reports() {
    let mut encoder = prepared(json!({}), json!({}));
    let shown = |encoder: &TransformerEncoder| {
        let mut all = Vec::new();
        let mut take = |variable: Variable<'_>| {
            all.push((variable.values.to_vec(), variable.gradient_norm));
            Ok(())
        };
        encoder.variables(&mut take).unwrap();
        all
    };
    let before = shown(&encoder);
    let numbers: usize = before.iter().map(|(values, _)| values.len()).sum();
    assert_eq!(numbers as u64, encoder.info().unwrap().parameters);
    assert!(before.iter().all(|(_, norm)| *norm == 0.0));
    encode(&mut encoder, Mode::Tape, &texts(&["the sea", "which river flows"]));
    backward(&mut encoder, &gradient(2, 16), 2).unwrap();
    let held = shown(&encoder);
    assert!(held.iter().all(|(_, norm)| *norm > 0.0));
    let whole = held.iter().map(|(_, norm)| norm * norm).sum::<f64>().sqrt();
    let reported = encoder.step(STEP).unwrap().gradient_norm;
    assert!((whole - reported).abs() < 1e-12 * reported, "{whole}, {reported}");
    let after = shown(&encoder);
    assert!(after.iter().zip(&before).all(|((now, norm), (then, _))| now != then && *norm == 0.0));
}

#[test]
fn the_fingerprint_changes_with_a_step_and_with_how_embeddings_are_made() {
    let folder = tiny::folder(json!({}));
    let of = |given: Value| {
        let options = options(folder.path(), given);
        let mut encoder = TransformerEncoder::create(options, &Context::detached(7)).unwrap();
        encoder.prepare(None).unwrap();
        encoder
    };
    let mut one = of(json!({}));
    let first = one.fingerprint().unwrap();
    assert_eq!(first, of(json!({})).fingerprint().unwrap());
    assert_ne!(first, of(json!({ "pooling": "cls" })).fingerprint().unwrap());
    assert_ne!(first, of(json!({ "query_prefix": "q: " })).fingerprint().unwrap());
    train(&mut one, &texts(&SENTENCES), 1);
    assert_ne!(first, one.fingerprint().unwrap());
}

#[test]
fn no_texts_are_no_embeddings_and_no_gradient() {
    let mut encoder = prepared(json!({}), json!({}));
    assert!(encode(&mut encoder, Mode::Inference, &texts(&[])).is_empty());
    assert!(encode(&mut encoder, Mode::Tape, &texts(&[])).is_empty());
    encoder.backward(Matrix::new(&[], 0, 16).unwrap()).unwrap();
    assert_eq!(encoder.step(STEP).unwrap().gradient_norm, 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_has_a_finite_embedding_that_does_not_depend_on_its_company(
        mut given in proptest::collection::vec(any::<String>(), 1..8),
        long in 0usize..3000,
        training in any::<bool>(),
    ) {
        given.push("river ".repeat(long));
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let mut encoder = prepared(json!({}), json!({}));
        let mode = if training { Mode::Training } else { Mode::Inference };
        let all = texts(&given);
        let together = encode(&mut encoder, mode, &all);
        prop_assert!(together.iter().all(|value| value.is_finite()));
        for (i, text) in all.iter().enumerate() {
            let alone = encode(&mut encoder, mode, &Texts::new(vec![text]));
            for (a, b) in alone.iter().zip(&together[i * 16..]) {
                prop_assert!((a - b).abs() < 1e-6, "text {i}: {a} {b}");
            }
        }
    }
}

#[test]
fn parameters_that_are_not_finite_are_not_saved() {
    let mut encoder = prepared(json!({}), json!({}));
    encoder.network_mut().parameters_mut()[7].values[3] = f32::INFINITY;
    let name = encoder.parameters()[7].name.clone();
    let folder = tempfile::tempdir().unwrap();
    let error = encoder.save(folder.path()).unwrap_err();
    assert!(error.message().contains(&name), "{}", error.message());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn every_file_of_an_export_may_be_read_by_those_who_may_read_any() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    prepared(json!({}), json!({})).export(folder.path()).unwrap();
    let mode = |name: &str| {
        std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("model.safetensors"), mode("config.json"));
}

#[test]
fn a_reset_makes_the_optimizer_a_new_one_and_moves_nothing() {
    assert_forgets_its_optimizer([(); 2].map(|()| prepared(json!({}), json!({}))));
}
