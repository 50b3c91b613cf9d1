//! `triglot plan --estimate`: what a run will cost, measured, with nothing left behind.

use std::time::Duration;

use serde_json::Value;
use triglot_tests::{Bench, experiment};

/// A positive, finite number.
fn positive(value: &Value) -> f64 {
    let number = value.as_f64().unwrap();
    assert!(number > 0.0 && number.is_finite(), "{value}");
    number
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

#[test]
fn an_estimate_covers_every_stage_and_data_set_and_adds_them_up() {
    let bench = Bench::new();
    let manifest = experiment("quickstart.toml");
    let plan = ["plan".as_ref(), manifest.as_os_str(), "--estimate".as_ref(), "--json".as_ref()];
    let further = [
        "--set",
        "train.stage.main.checkpoint_every=70",
        "--set",
        "train.stage.main.validate_every=100",
    ];
    let plan = plan.into_iter().chain(further.iter().map(AsRef::as_ref));
    let plan = bench.triglot(plan).succeeded().json();
    assert!(!plan["data"].as_array().unwrap().is_empty());

    let estimate = &plan["estimate"];
    let stage = &estimate["stages"][0];
    assert_eq!((&stage["name"], &stage["steps"]), (&"main".into(), &300.into()));
    let steps = 299.0 * positive(&stage["step_seconds"]) + positive(&stage["validation_seconds"]);
    assert!(positive(&stage["seconds"]) > steps);
    assert!(positive(&stage["tokens_per_second"]) > positive(&stage["texts_per_second"]));

    let set = &estimate["sets"][0];
    assert_eq!((&set["name"], &set["texts"]), (&"facts".into(), &820.into()));
    assert!(near(positive(&set["texts_per_second"]) * positive(&set["seconds"]), 820.0));

    let parts = [&estimate["prepare_seconds"], &stage["seconds"], &set["seconds"]];
    let seconds = positive(&estimate["seconds"]);
    assert!(near(seconds, parts.into_iter().map(positive).sum()), "{estimate}");
    assert_eq!(estimate["runs"], 6);
    assert!(near(positive(&estimate["all_seconds"]), 6.0 * seconds));
    // Far from any machine's truth only where something is wrong by orders of magnitude.
    assert!(seconds < 600.0, "{estimate}");

    // After 70, 140, 210, 280 and 300 steps.
    assert_eq!(estimate["checkpoints"], 5);
    let disk = estimate["disk_bytes"].as_u64().unwrap();
    assert!(disk > 5 * estimate["checkpoint_bytes"].as_u64().unwrap(), "{estimate}");
    if cfg!(target_os = "linux") {
        assert!(positive(&estimate["peak_memory"]) > 1e6);
    }
}

#[test]
fn an_estimate_leaves_nothing_behind_and_is_shown_as_a_table() {
    let bench = Bench::new();
    let manifest = experiment("quickstart.toml");
    let output = bench.triglot(["plan".as_ref(), manifest.as_os_str(), "--estimate".as_ref()]);
    let shown = output.succeeded().stdout;
    for part in [
        "estimate from",
        "stage main",
        "encoding facts",
        "a run",
        "6 trials",
        "for a checkpoint of",
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    assert_eq!(std::fs::read_dir(bench.path("")).unwrap().count(), 0);
}

#[test]
fn an_estimate_is_near_what_the_run_then_takes() {
    let bench = Bench::new();
    let manifest = experiment("quickstart.toml");
    let set = ["--set", "train.stage.main.steps=100"];
    let plan = ["plan".as_ref(), manifest.as_os_str(), "--estimate".as_ref(), "--json".as_ref()];
    let plan = bench.triglot(plan.into_iter().chain(set.iter().map(AsRef::as_ref)));
    let estimate = plan.succeeded().json()["estimate"]["stages"][0]["seconds"].as_f64().unwrap();
    let took = bench.run(&manifest, &set).record["seconds"]["train"].as_f64().unwrap();
    // Other tests share the processors, each step waits for the disk, and saving is not counted.
    let slack = Duration::from_secs(5).as_secs_f64();
    assert!(estimate < 10.0 * took + slack && took < 10.0 * estimate + slack, "{estimate} {took}");
}

#[test]
fn a_plan_without_training_is_estimated_too() {
    let bench = Bench::new();
    let text = std::fs::read_to_string(experiment("quickstart.toml")).unwrap();
    let text = text.split("[sweep]").next().unwrap().to_owned();
    let (before, rest) = text.split_once("[[train.data]]").unwrap();
    let (_, evaluate) = rest.split_once("[[evaluate]]").unwrap();
    bench.write(
        "m.toml",
        format!("{before}[[evaluate]]{evaluate}")
            .replace("candle/static", "specimen/hashing")
            .replace(", vocab_size = 4000", ""),
    );
    let plugin = triglot_tests::library("specimen");
    let plan = ["plan", "m.toml", "--estimate", "--json", "--plugin-dir", plugin.to_str().unwrap()];
    let estimate = &bench.triglot(plan).succeeded().json()["estimate"];
    assert_eq!(estimate["stages"], serde_json::json!([]));
    assert_eq!((&estimate["runs"], &estimate["disk_bytes"]), (&1.into(), &0.into()));
    positive(&estimate["sets"][0]["seconds"]);
}
