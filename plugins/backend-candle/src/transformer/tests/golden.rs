//! Pretrained encoders held against PyTorch: embeddings, gradients and one step of every parameter.
//!
//! tests/golden/make_encoder.py made the values and says what stands in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;
use triglot_sdk::{Backend, Component, Context, Matrix, MatrixMut, Mode, Role, Step, Text, Texts};

use super::sketch::{Sketch, norm, of_gradient};
use crate::parameter::Parameter;
use crate::transformer::TransformerEncoder;

/// Largest difference of a number of an embedding; PyTorch's own float32 stays below 2e-7.
const EMBEDDING_TOLERANCE: f64 = 1e-5;
/// Largest norm of a difference, relative to the norm; PyTorch's own float32 stays below 2e-5.
const TOLERANCE: f64 = 1e-4;
/// Largest norm of what is zero but for rounding, the key's bias, relative to that of the key's weight.
const NOTHING: f64 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    query_prefix: String,
    passage_prefix: String,
    max_query_tokens: usize,
    max_passage_tokens: usize,
    learning_rate: f64,
    weight_decay: f64,
    clip: f64,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    texts: Vec<GoldenText>,
    embeddings: Vec<Vec<f64>>,
    gradient_norm: f64,
    witness: Witness,
    parameters: Vec<GoldenParameter>,
}

#[derive(Deserialize)]
struct GoldenText {
    role: String,
    text: String,
    tokens: Vec<u32>,
}

/// A parameter by which the weights are known: the same model may be had in several precisions.
#[derive(Deserialize)]
struct Witness {
    name: String,
    values: Sketch,
}

#[derive(Deserialize)]
struct GoldenParameter {
    name: String,
    gradient: Sketch,
    change: Sketch,
}

/// The folder of a pretrained encoder, where there is one.
fn pretrained(name: &str) -> Option<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("TRIGLOT_TEST_MODELS")
        .map_or_else(|| repository.join("target/models"), PathBuf::from)
        .join(name);
    if !folder.join("model.safetensors").is_file() {
        eprintln!("skipped: there is no encoder `{name}` in TRIGLOT_TEST_MODELS or target/models");
        return None;
    }
    Some(folder)
}

fn encoder(golden: &Golden, folder: &Path) -> TransformerEncoder {
    let options = json!({
        "weights": folder,
        "pooling": "mean",
        "query_prefix": golden.query_prefix,
        "passage_prefix": golden.passage_prefix,
        "max_query_tokens": golden.max_query_tokens,
        "max_passage_tokens": golden.max_passage_tokens,
        "dropout": 0.0,
        "optimizer": { "beta1": golden.beta1, "beta2": golden.beta2, "epsilon": golden.epsilon },
    });
    let options: <TransformerEncoder as Component>::Options =
        serde_json::from_value(options).unwrap();
    let mut encoder = TransformerEncoder::create(options, &Context::detached(7)).unwrap();
    encoder.prepare(None).unwrap();
    encoder
}

/// Embeddings of the texts, with a tape.
fn encode(encoder: &mut TransformerEncoder, texts: &[GoldenText]) -> Vec<f32> {
    fn text((key, given): (u64, &GoldenText)) -> Text<'_> {
        let role = if given.role == "query" { Role::Query } else { Role::Passage };
        Text { text: &given.text, language: "xx", role, key }
    }
    let dim = encoder.info().unwrap().dim;
    let mut embeddings = vec![f32::NAN; texts.len() * dim];
    let mut out = MatrixMut::new(&mut embeddings, texts.len(), dim).unwrap();
    let texts = Texts::new((0..).zip(texts).map(text).collect());
    encoder.encode(Mode::Tape, &texts, &mut out).unwrap();
    embeddings
}

/// All numbers of a parameter, in rows.
fn values(parameter: &Parameter) -> Vec<(u32, Vec<f64>)> {
    let rows = (0..).zip(parameter.values.chunks(parameter.cols()));
    rows.map(|(row, values)| (row, values.iter().copied().map(f64::from).collect())).collect()
}

/// How far the rows of a parameter are from what they were.
fn change(parameter: &Parameter, before: &[(u32, Vec<f32>)]) -> Vec<(u32, Vec<f64>)> {
    let moved = |(row, before): &(u32, Vec<f32>)| {
        let pairs = parameter.row(*row).iter().zip(before);
        (*row, pairs.map(|(after, before)| f64::from(*after) - f64::from(*before)).collect())
    };
    before.iter().map(moved).collect()
}

fn assert_as_in_pytorch(name: &str, golden: &str) {
    let Some(folder) = pretrained(name) else { return };
    let golden: Golden = serde_json::from_str(golden).unwrap();
    let mut encoder = encoder(&golden, &folder);
    let witness = encoder.parameters().into_iter().find(|p| p.name == golden.witness.name).unwrap();
    if golden.witness.values.distance(&values(witness)) > 1e-5 {
        eprintln!("skipped: `{name}` is not of the weights that the golden values were made of");
        return;
    }

    let embeddings = encode(&mut encoder, &golden.texts);
    assert!(embeddings.iter().all(|value| value.is_finite()));
    let pairs = embeddings.iter().zip(golden.embeddings.iter().flatten());
    let off = pairs.map(|(found, expected)| (f64::from(*found) - expected).abs());
    let off = off.fold(0.0, f64::max);
    assert!(off < EMBEDDING_TOLERANCE, "embeddings are off by {off:.1e}");
    println!("an embedding is off by {off:.1e} at most");

    let upstream: Vec<f32> =
        (0..embeddings.len()).map(|i| (0.7 * i as f64 + 0.2).sin() as f32).collect();
    let (rows, cols) = (golden.embeddings.len(), golden.embeddings[0].len());
    assert_eq!(embeddings.len(), rows * cols);
    encoder.backward(Matrix::new(&upstream, rows, cols).unwrap()).unwrap();
    let names: Vec<&str> = encoder.parameters().into_iter().map(|p| p.name.as_str()).collect();
    let expected: Vec<&str> = golden.parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, expected);
    let gradients: Vec<_> = encoder.parameters().into_iter().map(of_gradient).collect();
    compare(&golden, "gradient", |parameter| &parameter.gradient, &gradients);
    let tokens = golden.texts.iter().flat_map(|text| &text.tokens).copied();
    let with_gradient: BTreeSet<u32> = gradients[0].iter().map(|(row, _)| *row).collect();
    assert_eq!(with_gradient, tokens.clone().collect(), "the words that have a gradient");

    let held = encoder.parameters().into_iter().zip(&gradients);
    let before: Vec<Vec<(u32, Vec<f32>)>> = held
        .map(|(p, rows)| rows.iter().map(|(row, _)| (*row, p.row(*row).to_vec())).collect())
        .collect();
    let report = encoder
        .step(Step {
            learning_rate: golden.learning_rate,
            weight_decay: golden.weight_decay,
            clip: Some(golden.clip),
        })
        .unwrap();
    assert!((report.gradient_norm / golden.gradient_norm - 1.0).abs() < TOLERANCE);
    assert_eq!(report.tokens, tokens.count() as u64);
    let changes: Vec<_> = encoder
        .parameters()
        .into_iter()
        .zip(&before)
        .map(|(p, before)| change(p, before))
        .collect();
    compare(&golden, "change", |parameter| &parameter.change, &changes);
}

/// Holds every tensor against its sketch.
fn compare(
    golden: &Golden,
    what: &str,
    sketch: fn(&GoldenParameter) -> &Sketch,
    found: &[Vec<(u32, Vec<f64>)>],
) {
    let mut worst = 0.0;
    let mut weight = 0.0;
    for (parameter, found) in golden.parameters.iter().zip(found) {
        let name = &parameter.name;
        // A softmax does not change when all its inputs grow alike, so this gradient is zero but for rounding.
        if name.ends_with("attention.self.key.bias") {
            assert!(norm(found) < NOTHING * weight, "{what} of {name}: {}", norm(found));
            continue;
        }
        // What precedes the key's bias is the key's weight.
        weight = sketch(parameter).norm;
        let off = sketch(parameter).distance(found);
        assert!(off < TOLERANCE, "{what} of {name} is off by {off:.1e}");
        worst = f64::max(worst, off);
    }
    println!("a {what} is off by {worst:.1e} at most");
}

#[test]
fn a_batch_through_minilm_is_pytorchs_in_embeddings_gradients_and_step() {
    assert_as_in_pytorch("minilm", include_str!("../../../tests/golden/encoder-minilm.json"));
}

#[test]
fn a_batch_through_e5_small_is_pytorchs_in_embeddings_gradients_and_step() {
    assert_as_in_pytorch("e5-small", include_str!("../../../tests/golden/encoder-e5-small.json"));
}
