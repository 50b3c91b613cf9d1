//! The corpus from the outside: small files written by the tests, and the real data where it is present.

mod aligned;
mod archives;
mod bucc;
mod judged;
mod leaks;
mod mewsli;
mod mistakes;
mod negatives;
mod pools;
mod properties;
mod real;
mod rows;
mod subset;
mod user;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{EvaluationData, TrainingData, read_evaluation, read_training, read_validation};
use crate::error::Result;
use crate::manifest::{LoadOptions, Manifest, Source};

/// A folder that holds `files`; a name that ends in `.gz` is packed.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, if name.ends_with(".gz") { gzip(text) } else { (*text).into() })
            .unwrap();
    }
    folder
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A SQuAD file of one article: paragraphs of (context, questions of (id, answer_start)).
fn squad(paragraphs: &[(&str, &[(&str, i64)])]) -> String {
    let paragraphs: Vec<Value> = paragraphs
        .iter()
        .map(|(context, questions)| {
            let ask = |(id, start): &(&str, i64)| {
                json!({"id": id, "question": format!("{id}?"), "answers": [{"text": "x", "answer_start": start}]})
            };
            json!({"context": context, "qas": questions.iter().map(ask).collect::<Vec<_>>()})
        })
        .collect();
    json!({"data": [{"title": "t", "paragraphs": paragraphs}]}).to_string()
}

/// A TSV file with groups: (id, language, group), its texts derived from these.
fn tsv(records: &[(&str, &str, &str)]) -> String {
    let mut text = "id\tlanguage\tquery\tpassage\tgroup\n".to_owned();
    for (id, language, group) in records {
        writeln!(text, "{id}\t{language}\tq {id} {language}\tp {id} {language}\t{group}").unwrap();
    }
    text
}

fn train(data_dir: &Path, tables: &str) -> Result<TrainingData> {
    let manifest = manifest(tables)?;
    let train = manifest.experiment.train.clone().unwrap();
    read_training(&manifest, &train.data, data_dir)
}

fn evaluate(data_dir: &Path, keys: &str) -> Result<EvaluationData> {
    let manifest = manifest(&format!(
        "[[train.data]]\nname = \"d\"\nreader = \"tsv\"\npath = \"d\"\n\
         [[evaluate]]\nmetrics = [\"map\"]\n{keys}"
    ))?;
    let evaluation = manifest.experiment.evaluate[0].clone();
    read_evaluation(&manifest, "evaluate.0", &evaluation, data_dir)
}

fn manifest(tables: &str) -> Result<Manifest> {
    let text = format!(
        "name = \"x\"\nmodel = {{ use = \"a/b\" }}\n{tables}\n[[train.stage]]\nname = \"s\"\nsteps = 1\n\
         batch_size = 2\nlearning_rate = 0.1\nobjective = [{{ use = \"a/b\" }}]\nmix = [{{ name = \"m\", use = \"a/b\" }}]\n"
    );
    Manifest::from_source(&Source { path: "x.toml".into(), text }, &LoadOptions::default())
}
