//! A library that a stranger built, found in a folder of its own, with a component of each kind.

use std::path::PathBuf;

use triglot_tests::{Bench, library};

use crate::failure::snapshot;
use crate::journal;

const MANIFEST: &str = r#"
name = "specimen"

[model]
use = "specimen/hashing"
options = { dim = 64 }

[[train.data]]
name = "facts"
reader = "embedded"
path = "facts/train"
limit = 4

[[train.stage]]
name = "main"
steps = 20
batch_size = 16
learning_rate = 1.0
schedule = "constant"
objective = [{ use = "specimen/margin", options = { margin = 0.5 } }]
mix = [{ name = "in-order", use = "specimen/in-order" }]
augment = [{ use = "specimen/shout" }]

[[evaluate]]
name = "facts"
reader = "embedded"
path = "facts/test"
metrics = ["specimen/top-language@5"]
"#;

/// The library alone in a folder, under whatever name it has.
fn plugin_folder(bench: &Bench) -> PathBuf {
    let library = library("specimen");
    let folder = bench.path("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&library, folder.join(library.file_name().unwrap())).unwrap();
    folder
}

#[test]
fn an_experiment_of_a_strangers_components_alone_runs_and_learns() {
    let bench = Bench::new();
    let folder = plugin_folder(&bench);
    let manifest = bench.write("m.toml", MANIFEST);
    let run = bench.run(&manifest, &["--plugin-dir", folder.to_str().unwrap()]);
    let used = run.record["provenance"]["plugins"].as_array().unwrap();
    let used: Vec<&str> = used.iter().map(|plugin| plugin["name"].as_str().unwrap()).collect();
    let all = ["hashing", "in-order", "margin", "shout", "top-language"];
    assert_eq!(used, all.map(|id| format!("specimen/{id}")));

    // 4 examples in 5 languages are 20 pairs: batches of 16 in order come round after 5 steps.
    let events = journal::events(&run.folder);
    let losses = journal::values(&events, "train/loss");
    let round = |steps: std::ops::Range<usize>| losses[steps].iter().map(|(_, l)| l).sum::<f64>();
    assert!(round(15..20) < 0.95 * round(0..5), "{losses:?}");
    assert_eq!(journal::values(&events, "train/margin/active").len(), 20);

    assert_eq!(run.metric("eval/facts/monolingual/top-language@5"), 1.0);
    assert_eq!(run.metric("eval/facts/cross-lingual/top-language@5"), 0.0);
    let multilingual = run.metric("eval/facts/multilingual/top-language@5");
    assert!(multilingual > 0.0 && multilingual < 1.0, "{multilingual}");
}

#[test]
fn the_plugin_path_variable_finds_libraries_too() {
    let bench = Bench::new();
    let folder = plugin_folder(&bench);
    let mut command = bench.triglot_command(["plugins", "show", "specimen/hashing", "--json"]);
    let output = triglot_tests::Output::of(command.env("TRIGLOT_PLUGIN_PATH", &folder));
    let component = output.succeeded().json();
    assert_eq!(component["kind"], "backend");
    assert_eq!(component["options"]["properties"]["dim"]["minimum"], 1);
}

#[test]
fn a_component_of_the_wrong_kind_is_refused_by_name() {
    let bench = Bench::new();
    let folder = plugin_folder(&bench);
    bench.write("m.toml", MANIFEST.replace("specimen/in-order", "specimen/shout"));
    let plan = ["plan", "m.toml", "--plugin-dir", folder.to_str().unwrap()];
    snapshot(&bench, "component_of_another_kind", &bench.triglot(plan));
}
