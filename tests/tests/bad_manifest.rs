//! Mistakes in a manifest or in an argument: exit code 2, and a message that names place, mistake and remedy.

use triglot_tests::{Bench, SMALL};

use crate::failure::snapshot;

/// Runs the small experiment with one piece of it replaced.
fn run_with(name: &str, piece: &str, replacement: &str) {
    assert!(SMALL.contains(piece), "{piece}");
    let bench = Bench::new();
    bench.write("m.toml", SMALL.replacen(piece, replacement, 1));
    let output = bench.triglot(["run", "m.toml"]);
    snapshot(&bench, name, &output);
    assert_eq!(output.code, Some(2));
    let runs = std::fs::read_dir(bench.runs_dir().join("small"));
    assert_eq!(runs.map_or(0, Iterator::count), 0, "a mistake of the user's left a run behind");
}

#[test]
fn an_unknown_key_offers_the_nearest_name() {
    run_with("unknown_key", "learning_rate = 0.01", "learning_rat = 0.01");
}

#[test]
fn a_value_of_the_wrong_type_is_shown_with_what_is_wanted() {
    run_with("wrong_type", "steps = 2", "steps = \"two\"");
}

#[test]
fn a_value_outside_its_range_is_shown_with_the_range() {
    run_with("out_of_range", "batch_size = 8", "batch_size = 0");
}

#[test]
fn text_that_is_no_toml_names_its_line() {
    run_with("no_toml", "seed = 13", "seed = ");
}

#[test]
fn an_unknown_plugin_library_is_told_apart_from_an_unknown_component() {
    run_with("unknown_library", "language/monolingual", "langauge/monolingual");
    run_with("unknown_component", "language/monolingual", "language/monolignual");
    run_with("unknown_metric", "\"map\"", "\"mapp\"");
    run_with("metric_twice", "\"map\"", "\"map\", \"ranking/map\"");
}

#[test]
fn options_that_break_the_schema_of_a_component_are_refused_before_it_is_made() {
    run_with("unknown_option", "vocab_size = 600", "vocabsize = 600");
    run_with("option_of_wrong_type", "dim = 16", "dim = \"wide\"");
    run_with("metric_without_cutoff", "\"map\"", "\"recall\"");
    run_with("option_out_of_range", "dim = 16", "dim = 0");
    run_with(
        "option_of_an_objective",
        "{ use = \"contrastive/info-nce\" }",
        "{ use = \"contrastive/info-nce\", options = { temperature = 0 } }",
    );
}

#[test]
fn several_mistakes_are_reported_at_once() {
    let bench = Bench::new();
    let text = SMALL.replace("steps = 2", "step = 2").replace("seed = 13", "seed = -1");
    bench.write("m.toml", text);
    snapshot(&bench, "several_mistakes", &bench.triglot(["run", "m.toml"]));
}

#[test]
fn a_missing_manifest_is_named() {
    let bench = Bench::new();
    snapshot(&bench, "missing_manifest", &bench.triglot(["run", "m.toml"]));
}

#[test]
fn an_override_is_named_as_the_place_of_its_mistake() {
    let bench = Bench::new();
    bench.write("m.toml", SMALL);
    let set = |value: &str| bench.triglot(["run", "m.toml", "--set", value]);
    snapshot(&bench, "override_of_unknown_key", &set("train.stage.mian.steps=3"));
    snapshot(&bench, "override_of_wrong_type", &set("seed=early"));
    snapshot(&bench, "override_without_value", &set("seed"));
    let mut command = bench.triglot_command(["run", "m.toml"]);
    let output = triglot_tests::Output::of(command.env("TRIGLOT_SEED", "early"));
    snapshot(&bench, "variable_of_wrong_type", &output);
}

#[test]
fn a_sweep_needs_a_table_that_says_what_to_sweep() {
    let bench = Bench::new();
    bench.write("m.toml", SMALL);
    snapshot(&bench, "sweep_without_table", &bench.triglot(["sweep", "m.toml"]));
}

#[test]
fn a_run_that_is_not_there_is_named_with_what_would_name_one() {
    let bench = Bench::new();
    for command in [&["runs", "show", "2026"][..], &["encode", "last", "--output", "x.npy"]] {
        let output = bench.triglot(command);
        snapshot(&bench, &format!("unknown_run_of_{}", command[0]), &output);
    }
}

#[test]
fn unknown_arguments_are_refused() {
    let bench = Bench::new();
    let output = bench.triglot(["run", "m.toml", "--thread", "2"]);
    snapshot(&bench, "unknown_argument", &output);
}
