//! Tests over the whole encoder, and what they share.

mod determinism;
mod export;
mod gradients;
mod import;
mod life;
mod state;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use triglot_sdk::{
    Backend, Context, Matrix, MatrixMut, Mode, Result, Role, Step, Text, TextStream, Texts,
};

use super::StaticEncoder;
use super::options::Options;

const SENTENCES: [&str; 12] = [
    "The river flows through three countries before it reaches the sea.",
    "Which sea does the river reach?",
    "El río atraviesa tres países antes de llegar al mar.",
    "¿A qué mar llega el río?",
    "Der Fluss durchquert drei Länder, bevor er das Meer erreicht.",
    "Joki virtaa kolmen maan läpi ennen kuin se laskee mereen.",
    "Река протекает через три страны, прежде чем впасть в море.",
    "В какое море впадает река?",
    "这条河流经三个国家后入海。",
    "แม่น้ำไหลผ่านสามประเทศก่อนถึงทะเล",
    "النهر يمر بثلاث دول قبل أن يصل إلى البحر.",
    "नदी समुद्र तक पहुँचने से पहले तीन देशों से होकर बहती है।",
];

const STEP: Step = Step { learning_rate: 0.01, weight_decay: 0.01, clip: Some(1.0) };

/// Texts by turns a query and a passage.
fn texts<'a>(texts: &[&'a str]) -> Texts<'a> {
    let role = |i: usize| [Role::Query, Role::Passage][i % 2];
    let text =
        |(i, text): (usize, &&'a str)| Text { text, language: "xx", role: role(i), key: i as u64 };
    Texts::new(texts.iter().enumerate().map(text).collect())
}

fn options(options: Value) -> Options {
    serde_json::from_value(options).unwrap()
}

fn fresh(given: Value) -> StaticEncoder {
    StaticEncoder::create(options(given), &Context::detached(7)).unwrap()
}

fn prepared(options: Value) -> StaticEncoder {
    let mut encoder = fresh(options);
    let mut stream = TextStream::new(vec![texts(&SENTENCES[..5]), texts(&SENTENCES[5..])]);
    encoder.prepare(Some(&mut stream)).unwrap();
    encoder
}

fn encode(encoder: &mut StaticEncoder, mode: Mode, texts: &Texts<'_>) -> Vec<f32> {
    let dim = encoder.info().unwrap().dim;
    let mut out = vec![f32::NAN; texts.len() * dim];
    let mut view = MatrixMut::new(&mut out, texts.len(), dim).unwrap();
    encoder.encode(mode, texts, &mut view).unwrap();
    out
}

/// Some gradient of `rows` embeddings.
fn gradient(rows: usize, cols: usize) -> Vec<f32> {
    (0..rows * cols).map(|i| (i as f32 * 0.7 + 0.2).sin()).collect()
}

fn backward(encoder: &mut StaticEncoder, gradient: &[f32], rows: usize) -> Result<()> {
    encoder.backward(Matrix::new(gradient, rows, gradient.len() / rows).unwrap())
}

fn train(encoder: &mut StaticEncoder, texts: &Texts<'_>, steps: usize) {
    for _ in 0..steps {
        let embeddings = encode(encoder, Mode::Tape, texts);
        let gradient = gradient(texts.len(), embeddings.len() / texts.len());
        backward(encoder, &gradient, texts.len()).unwrap();
        encoder.step(STEP).unwrap();
    }
}

/// Every file below a folder, by its path within.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(
                files(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else {
            found.insert(name, std::fs::read(path).unwrap());
        }
    }
    found
}

fn saved(encoder: &mut StaticEncoder) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    encoder.save(folder.path()).unwrap();
    files(folder.path())
}
