//! `triglot plan --estimate`: what a run will cost, measured, with nothing left behind.

use std::path::Path;
use std::time::Instant;

use serde_json::Value;
use triglot_tests::{Bench, experiment, files_under};

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
        "train.stage.main.validation={ every = 100, evaluate = ['facts'] }",
    ];
    let plan = plan.into_iter().chain(further.iter().map(AsRef::as_ref));
    let plan = bench.triglot(plan).succeeded().json();
    assert!(!plan["data"].as_array().unwrap().is_empty());

    let estimate = &plan["estimate"];
    let stage = &estimate["stages"][0];
    assert_eq!((&stage["name"], &stage["steps"]), (&"main".into(), &300.into()));
    let steps = 299.0 * positive(&stage["step_seconds"]) + positive(&stage["validation_seconds"]);
    assert!(positive(&stage["seconds"]) > steps);
    // The data set is encoded at each of the three validations, and at the end.
    let on_data_sets = 3.0 * positive(&estimate["sets"][0]["seconds"]);
    assert!(positive(&stage["validation_seconds"]) > on_data_sets, "{estimate}");
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

    // Of those after 70, 140, 210, 280 and 300 steps two are kept, and a third lies beside them while the oldest goes.
    assert_eq!(estimate["checkpoints"], 3);
    let disk = estimate["disk_bytes"].as_u64().unwrap();
    assert!(disk > 3 * estimate["checkpoint_bytes"].as_u64().unwrap(), "{estimate}");
    if cfg!(target_os = "linux") {
        assert!(positive(&estimate["peak_memory"]) > 1e6);
        let parts = ["peak_memory", "embedding_bytes"].map(|part| positive(&estimate[part]));
        assert_eq!(positive(&estimate["memory"]), parts.iter().sum::<f64>());
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
        "for a checkpoint of at most",
        "of embeddings to search",
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    assert_eq!(std::fs::read_dir(bench.path("")).unwrap().count(), 0);
}

/// The bytes of the tensors under a folder.
fn tensors(folder: &Path) -> u64 {
    let files = files_under(folder).into_iter();
    let tensors = files.filter(|file| file.extension() == Some("safetensors".as_ref()));
    tensors.map(|file| std::fs::metadata(folder.join(file)).unwrap().len()).sum()
}

#[test]
fn a_run_does_what_was_estimated_and_saves_no_more() {
    let bench = Bench::new();
    let manifest = experiment("quickstart.toml");
    let set =
        ["--set", "train.stage.main.steps=12", "--set", "train.stage.main.checkpoint_every=5"];
    let plan = ["plan".as_ref(), manifest.as_os_str(), "--estimate".as_ref(), "--json".as_ref()];
    let began = Instant::now();
    let plan = bench.triglot(plan.into_iter().chain(set.iter().map(AsRef::as_ref)));
    let took = began.elapsed().as_secs_f64();
    let plan = plan.succeeded().json();
    let (estimate, stage) = (&plan["estimate"], &plan["estimate"]["stages"][0]);
    let run = bench.run(&manifest, &set);

    // What is extrapolated is what the command itself has done: it cannot have taken longer than the command. The time
    // of the run is not held against it, since who else uses the processors changes from one command to the next.
    let step = positive(&stage["step_seconds"]);
    let done = [&estimate["prepare_seconds"], &stage["first_step_seconds"]].map(positive);
    assert!(done.iter().sum::<f64>() + 3.0 * step < took, "{took} {estimate}");
    let steps = positive(&stage["first_step_seconds"]) + 11.0 * step;
    let validation = stage["validation_seconds"].as_f64().unwrap();
    assert!(near(positive(&stage["seconds"]), steps + validation), "{estimate}");

    // As many texts a step, and in the data set, as the run had; its tokens differ from step to step.
    let training = &run.record["training"];
    let texts = positive(&training["texts"]) / 12.0;
    // A duration is counted in whole nanoseconds.
    let estimated = positive(&stage["texts_per_second"]) * step;
    assert!((estimated / texts - 1.0).abs() < 1e-3, "{stage} {training}");
    let tokens = positive(&stage["tokens_per_second"]) * step * 12.0;
    let counted = positive(&training["tokens"]);
    assert!((counted / 1.5..counted * 1.5).contains(&tokens), "{tokens} {counted}");
    let languages = run.record["evaluation"][0]["languages"].as_object().unwrap().values();
    let sizes = languages.flat_map(|size| [&size["queries"], &size["passages"]]);
    let texts: u64 = sizes.map(|size| size.as_u64().unwrap()).sum();
    assert_eq!(estimate["sets"][0]["texts"], texts);
    let dim = run.record["dim"].as_u64().unwrap();
    assert_eq!(estimate["embedding_bytes"], texts * dim * 4);

    // Those after 10 and 12 steps are left. Of few steps a backend may save less than all, but not so much less.
    let checkpoints = std::fs::read_dir(run.path("checkpoints")).unwrap();
    assert_eq!(estimate["checkpoints"], 1 + checkpoints.count());
    let (most, headers) = (estimate["checkpoint_bytes"].as_u64().unwrap(), 10_000);
    let saved = tensors(&run.path("checkpoints/step-000012"));
    assert!((most / 4..most + headers).contains(&saved), "{saved} {most}");
    let (most, saved) = (estimate["disk_bytes"].as_u64().unwrap(), tensors(&run.folder));
    assert!((most / 4..most + 4 * headers).contains(&saved), "{saved} {most}");
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
