//! The same manifest and seed give the same bytes, on any number of threads.

use triglot_tests::{Bench, Run, assert_same_files, experiment};

fn run(further: &[&str]) -> (Bench, Run) {
    let bench = Bench::new();
    let steps = ["--set", "train.stage.main.steps=6"];
    let run = bench.run(&experiment("quickstart.toml"), &[&steps, further].concat());
    (bench, run)
}

fn assert_same(a: &Run, b: &Run) {
    assert_eq!(a.record["metrics"].to_string(), b.record["metrics"].to_string());
    assert_eq!(a.record["training"], b.record["training"]);
    for folder in ["model", "checkpoints", "eval"] {
        assert_same_files(&a.path(folder), &b.path(folder));
    }
}

#[test]
fn the_same_seed_twice_gives_the_same_bytes() {
    let (first, second) = (run(&[]), run(&[]));
    assert_same(&first.1, &second.1);
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let (one, two) = (run(&["--threads", "1"]), run(&["--threads", "2"]));
    assert_same(&one.1, &two.1);
}

#[test]
fn another_seed_gives_other_weights() {
    let (one, other) = (run(&["--set", "seed=1"]), run(&["--set", "seed=2"]));
    assert_ne!(one.1.record["provenance"]["model"], other.1.record["provenance"]["model"]);
    assert_ne!(one.1.record["metrics"], other.1.record["metrics"]);
}
