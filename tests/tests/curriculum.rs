//! The worked example of the chapter for authors: a sampler that reads a difficulty from the user column.
//!
//! Query and passage of an easy pair are the same words, those of a hard pair have none in common. The learning rate is
//! set to next to nothing, so the loss of a batch tells which pairs it held.

use std::path::PathBuf;

use serde_json::json;
use triglot_tests::{Bench, library};

use crate::failure::snapshot;
use crate::journal;

/// The manifest that the chapter shows.
fn manifest() -> &'static str {
    let manifest = crate::chapter::blocks("toml").into_iter().next();
    manifest.expect("the chapter shows a manifest")
}

/// A step that changes next to nothing.
const STANDSTILL: [&str; 2] = ["--set", "train.stage.main.learning_rate=1e-9"];

/// One pair in five is hard.
const PAIRS: usize = 100;

/// The reach √(t·(1 − 0.2²)/100 + 0.2²) leaves the easy four fifths after batch 62.
const ONLY_EASY: usize = 63;

/// A bench with the data, and the folder of the library alone.
fn bench(difficulty: impl Fn(usize) -> Option<f64>) -> (Bench, PathBuf) {
    let bench = Bench::new();
    let library = library("curriculum");
    let folder = bench.path("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&library, folder.join(library.file_name().unwrap())).unwrap();
    let word = |n: usize| -> String {
        [n / 26 % 26, n % 26, n * 7 % 26].map(|n| char::from(b'a' + n as u8)).iter().collect()
    };
    let texts = |i: usize| match is_hard(i) {
        true => (word(i), word(i + PAIRS)),
        false => (word(i), word(i)),
    };
    let records = (0..PAIRS).map(|i| {
        let (query, passage) = texts(i);
        let id = format!("p{i}");
        json!({"id": id, "language": "en", "query": query, "passage": passage, "difficulty": difficulty(i)})
            .to_string()
    });
    bench.write("pairs.jsonl", records.collect::<Vec<_>>().join("\n"));
    (bench, folder)
}

fn is_hard(pair: usize) -> bool {
    pair % 5 == 2
}

fn by_kind(pair: usize) -> Option<f64> {
    Some(if is_hard(pair) { 2.0 } else { 1.0 })
}

#[test]
fn early_batches_are_easy_and_hard_pairs_come_when_competence_reaches_them() {
    let (bench, folder) = bench(by_kind);
    let manifest = bench.write("curriculum.toml", manifest());
    let plugins = ["--plugin-dir", folder.to_str().unwrap()];
    let run = bench.run(&manifest, &[plugins, STANDSTILL].concat());
    let losses: Vec<f64> = journal::values(&journal::events(&run.folder), "train/loss")
        .into_iter()
        .map(|(_, loss)| loss)
        .collect();
    assert_eq!(losses.len(), 120);
    let (easy, later) = losses.split_at(ONLY_EASY);
    assert!(easy.iter().all(|loss| *loss < 1e-4), "{easy:?}");
    // The curriculum is over after 100 batches; the 12 of an epoch then draw at least 16 of the 20 hard pairs.
    let hard = losses[100..112].iter().filter(|loss| **loss > 0.1).count();
    assert!(hard >= 6, "{later:?}");
}

#[test]
fn a_plan_counts_the_pairs_with_a_number_and_a_sampler_may_refuse_those_without() {
    let (bench, folder) = bench(|pair| by_kind(pair).filter(|_| pair != 7));
    bench.write("curriculum.toml", manifest());
    let arguments = ["curriculum.toml", "--plugin-dir", folder.to_str().unwrap()];
    let planned = bench.triglot(["plan", "--data", "--json"].into_iter().chain(arguments));
    let counted = &planned.succeeded().json()["data"][0];
    assert_eq!(counted["header"], json!(["language", "pairs", "with a number"]));
    assert_eq!(counted["rows"], json!([["en", "100", "99"]]));
    let refused = bench.triglot(["run"].into_iter().chain(arguments));
    snapshot(&bench, "curriculum_with_a_pair_of_no_difficulty", &refused);
}

#[test]
fn a_curriculum_without_a_user_column_is_refused_with_what_to_do() {
    let (bench, folder) = bench(|_| None);
    bench.write("curriculum.toml", manifest().replace("user_column", "# user_column"));
    let text = std::fs::read_to_string(bench.path("pairs.jsonl")).unwrap();
    bench.write("pairs.jsonl", text.replace(",\"difficulty\":null", ""));
    let run = ["run", "curriculum.toml", "--plugin-dir", folder.to_str().unwrap()];
    snapshot(&bench, "curriculum_without_a_user_column", &bench.triglot(run));
}

#[test]
fn the_record_of_a_run_changes_with_the_column_and_with_its_numbers() {
    let (bench, folder) = bench(by_kind);
    let manifest = bench.write("curriculum.toml", manifest());
    let record = |further: &[&str]| {
        let arguments =
            ["--plugin-dir", folder.to_str().unwrap(), "--set", "train.stage.main.steps=1"];
        let run = bench.run(&manifest, &[&arguments, further].concat());
        let provenance = &run.record["provenance"];
        (provenance["data"].clone(), provenance["manifest"].clone())
    };
    let first = record(&[]);
    assert_eq!(record(&[]), first);
    let text = std::fs::read_to_string(bench.path("pairs.jsonl")).unwrap();
    bench.write("pairs.jsonl", text.replacen("\"difficulty\":2.0", "\"difficulty\":2.5", 1));
    let other_number = record(&[]);
    assert_ne!(other_number.0, first.0);
    bench.write("pairs.jsonl", text.replace("difficulty", "hardness"));
    let other_name = record(&["--set", "train.data.pairs.user_column=hardness"]);
    assert_ne!(other_name.1, first.1);
}
