//! What triglot trains is what sentence-transformers trains on the same batches.

use triglot_tests::{Bench, Output, binary, check_python, repository, shared_data, shared_models};

const ENCODER: &str = "minilm";

/// A small form of what CONTRIBUTING.md says how to run in full: the script holds all losses and mAPs against each other.
#[test]
fn fifty_batches_end_where_sentence_transformers_ends() {
    let (Some(data), Some(models)) = (shared_data(), shared_models(ENCODER)) else { return };
    let Some(python) = check_python("sentence_transformers, accelerate, datasets") else { return };
    let bench = Bench::new();
    let mut parity = bench.command(python);
    parity.arg(repository().join("tests/parity.py")).arg(binary());
    parity.arg("--models").arg(models).arg("--data").arg(data).args(["--encoder", ENCODER]);
    parity.args(["--batch-size", "8", "--tokens", "32", "--threads", "1"]);
    parity.args(["--languages", "de,en,es", "--limit", "30"]);
    let output = Output::of(&mut parity);
    assert_eq!(output.code, Some(0), "{}\n{}", output.stdout, output.stderr);
    assert!(output.stdout.contains("\n  50  "), "{}", output.stdout);
}
