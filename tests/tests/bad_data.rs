//! Mistakes in data files: exit code 2, with the file and the place in it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use triglot_tests::{Bench, SMALL};

use crate::failure::snapshot;

/// A SQuAD file of one paragraph; `context` is 26 code points long.
const SQUAD: &str = r#"{"data": [{"title": "t", "paragraphs": [{"context": "It rains. The sun was out.",
  "qas": [{"id": "q1", "question": "What was out?", "answers": [{"text": "The sun", "answer_start": 10}]}]}]}]}"#;

/// The small experiment with its training data replaced.
fn manifest(data: &str) -> String {
    let embedded = "reader = \"embedded\"\npath = \"facts/train\"\nlanguages = [\"en\", \"es\"]";
    assert!(SMALL.contains(embedded));
    SMALL.replacen(embedded, data, 1)
}

fn squad() -> String {
    manifest("reader = \"squad\"\npath = \"{lang}.json.gz\"\npassage = \"sentence\"")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Runs `manifest` over `files` in the folder `data`.
fn fails(name: &str, manifest: &str, files: &[(&str, &[u8])]) {
    let bench = Bench::new();
    bench.write("m.toml", manifest);
    bench.write("data/README", "");
    for (file, contents) in files {
        bench.write(&format!("data/{file}"), contents);
    }
    let output = bench.triglot(["run", "m.toml", "--data-dir", "data"]);
    snapshot(&bench, name, &output);
    assert_eq!(output.code, Some(2));
}

#[test]
fn missing_files_are_named() {
    fails("missing_data_file", &manifest("reader = \"jsonl\"\npath = \"pairs.jsonl\""), &[]);
    fails("no_file_matches", &squad(), &[]);
}

#[test]
fn a_language_without_data_is_named_with_those_that_have_some() {
    let unknown =
        manifest("reader = \"embedded\"\npath = \"facts/train\"\nlanguages = [\"en\", \"fi\"]");
    fails("language_without_embedded_data", &unknown, &[]);
    let wanted = squad().replacen("passage =", "languages = [\"en\", \"fi\"]\npassage =", 1);
    fails("language_without_file", &wanted, &[("en.json.gz", &gzip(SQUAD))]);
}

#[test]
fn truncated_gzip_is_told_apart_from_malformed_json() {
    let packed = gzip(SQUAD);
    fails("truncated_gzip", &squad(), &[("en.json.gz", &packed[..packed.len() - 20])]);
    fails("json_cut_short", &squad(), &[("en.json.gz", &gzip(&SQUAD[..SQUAD.len() - 4]))]);
    let comma = SQUAD.replace("\"qas\": [", "\"qas\": [,");
    fails("malformed_json", &squad(), &[("en.json.gz", &gzip(&comma))]);
    let other = SQUAD.replace("\"question\"", "\"query\"");
    fails("json_of_another_shape", &squad(), &[("en.json.gz", &gzip(&other))]);
    fails("not_utf8", &squad(), &[("en.json.gz", b"{\"data\": \"\xff\"}")]);
}

#[test]
fn an_answer_outside_its_context_names_question_and_range() {
    let text = SQUAD.replace("\"answer_start\": 10", "\"answer_start\": 26");
    fails("answer_outside_its_context", &squad(), &[("en.json.gz", &gzip(&text))]);
}

#[test]
fn a_malformed_record_names_its_line() {
    let jsonl = manifest("reader = \"jsonl\"\npath = \"pairs.jsonl\"");
    let record = "{\"id\": \"1\", \"language\": \"en\", \"query\": \"q\", \"passage\": \"p\"}\n";
    let missing = format!("{record}{}", record.replace("query", "question"));
    fails("jsonl_with_an_unknown_key", &jsonl, &[("pairs.jsonl", missing.as_bytes())]);
    let tsv = manifest("reader = \"tsv\"\npath = \"pairs.tsv\"");
    let rows = "id\tlanguage\tquery\tpassage\n1\ten\tq\tp\n2\ten\tq\n";
    fails("tsv_with_a_short_line", &tsv, &[("pairs.tsv", rows.as_bytes())]);
}

#[test]
fn a_batch_larger_than_the_data_names_both_sizes() {
    let large = SMALL.replacen("batch_size = 8", "batch_size = 100000", 1);
    fails("batch_larger_than_the_data", &large, &[]);
}
