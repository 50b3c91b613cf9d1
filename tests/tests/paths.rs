//! Options that are paths: looked for before anything begins, and fingerprinted in the record.

use std::process::Command;

use triglot_tests::{Bench, Output, Run, SMALL};

use crate::failure::snapshot;

/// The small experiment, begun from the weights of a folder.
fn small_from(weights: &str) -> String {
    SMALL.replace("dim = 16, vocab_size = 600", &format!("weights = '{weights}'"))
}

/// A bench with a model in `models/first`, and a manifest elsewhere that begins from it.
fn bench_with_model() -> (Bench, Run) {
    let bench = Bench::new();
    let manifest = bench.write("small.toml", SMALL);
    let run = bench.run(&manifest, &[]);
    std::fs::create_dir(bench.path("models")).unwrap();
    std::fs::rename(run.path("model"), bench.path("models/first")).unwrap();
    bench.write("experiments/m.toml", small_from("first"));
    (bench, run)
}

#[test]
fn the_record_tells_the_folder_of_the_starting_weights_and_its_hash() {
    let (bench, _) = bench_with_model();
    let manifest = bench.path("experiments/m.toml");
    let run = |bench: &Bench| bench.run(&manifest, &["--model-dir", "models"]).record;
    let from = |record: &serde_json::Value| record["provenance"]["paths"].clone();
    let first = from(&run(&bench));
    assert_eq!(first.as_object().unwrap().len(), 1, "{first}");
    let weights = &first["model.options.weights"];
    assert_eq!(weights["path"].as_str(), bench.path("models/first").to_str());
    let hash = weights["hash"].as_str().unwrap();
    assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{hash}");

    assert_eq!(from(&run(&bench)), first);
    bench.write("models/first/note.txt", "changed");
    assert_ne!(from(&run(&bench))["model.options.weights"]["hash"], weights["hash"]);
}

#[test]
fn a_model_that_was_saved_needs_its_starting_weights_no_longer() {
    let (bench, _) = bench_with_model();
    let manifest = bench.path("experiments/m.toml");
    bench.run(&manifest, &["--model-dir", "models"]);
    std::fs::remove_dir_all(bench.path("models")).unwrap();
    let on = ["evaluate", "last", "--on", "small.toml", "--json"];
    let evaluated = bench.finished(on.iter().map(AsRef::as_ref));
    assert_eq!(evaluated.record["provenance"].get("paths"), None);
}

/// Fails with exit code 2, before there is a run.
fn refused(bench: &Bench, args: &[&str]) -> Output {
    let output = bench.triglot(args);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    let experiment = bench.runs_dir().join("small");
    assert!(!experiment.is_dir() || std::fs::read_dir(experiment).unwrap().count() == 0);
    output
}

#[test]
fn a_path_that_leads_nowhere_is_named_with_its_key_and_where_it_starts() {
    let bench = Bench::new();
    bench.write("experiments/m.toml", small_from("frist"));
    std::fs::create_dir_all(bench.path("models/first")).unwrap();
    let run = ["run", "experiments/m.toml"];
    snapshot(&bench, "missing_path", &refused(&bench, &run));
    let run = [&run[..], &["--model-dir", "models"]].concat();
    snapshot(&bench, "missing_path_in_model_dir", &refused(&bench, &run));
    for further in ["--data", "--estimate"] {
        refused(&bench, &["plan", "experiments/m.toml", further]);
    }
    bench.triglot(["plan", "experiments/m.toml"]).succeeded();
}

/// A manifest that measures the model in `weights` and trains nothing.
fn measuring(weights: &str) -> String {
    let manifest = small_from(weights);
    let (model, rest) = manifest.split_once("[[train.data]]").unwrap();
    let (_, evaluate) = rest.split_once("[[evaluate]]").unwrap();
    format!("{model}[[evaluate]]{evaluate}")
}

#[test]
fn what_a_run_measured_is_found_again_unless_it_has_changed() {
    let (bench, _) = bench_with_model();
    let manifest = bench.write("experiments/measured.toml", measuring("first"));
    let first = bench.run(&manifest, &["--model-dir", "models"]);
    let on = ["evaluate", first.record["id"].as_str().unwrap(), "--on", "small.toml", "--json"];
    let again = bench.finished(on.iter().map(AsRef::as_ref));
    assert_eq!(again.record["metrics"], first.record["metrics"]);
    assert_eq!(again.record["provenance"]["paths"], first.record["provenance"]["paths"]);

    bench.write("models/first/note.txt", "changed");
    let output = bench.triglot(on);
    snapshot(&bench, "model_changed_since_its_run", &output);
    assert_eq!(output.code, Some(2));
    bench.write("texts.txt", "a text\n");
    let encode = ["encode", on[1], "--input", "texts.txt", "--output", "texts.npy"];
    assert_eq!(bench.triglot(encode).stderr, output.stderr);
}

#[test]
fn an_empty_path_is_refused_where_it_stands() {
    let bench = Bench::new();
    bench.write("experiments/m.toml", small_from(""));
    snapshot(&bench, "empty_path", &refused(&bench, &["plan", "experiments/m.toml"]));
}

#[test]
#[cfg(unix)]
fn what_cannot_be_read_to_its_end_is_refused_and_not_opened() {
    let (bench, _) = bench_with_model();
    std::fs::remove_dir_all(bench.runs_dir()).unwrap();
    let first = bench.path("models/first");
    let pipe = first.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, bench.path(name)).unwrap();
    link("circle", "models/circle");
    std::fs::create_dir(bench.path("models/itself")).unwrap();
    link(".", "models/itself/inside");
    link("/dev/zero", "models/device");
    for (weights, name) in [
        ("first", "path_to_a_folder_with_a_pipe"),
        ("first/pipe", "path_to_a_pipe"),
        ("device", "path_to_a_device"),
        ("circle", "path_that_leads_in_a_circle"),
        ("itself", "path_to_a_folder_that_contains_itself"),
    ] {
        bench.write("experiments/m.toml", small_from(weights));
        let args = ["experiments/m.toml", "--model-dir", "models"];
        snapshot(&bench, name, &refused(&bench, &[&["run"], &args[..]].concat()));
        refused(&bench, &[&["plan", "--estimate"], &args[..]].concat());
    }
}
