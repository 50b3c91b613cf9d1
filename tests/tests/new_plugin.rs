//! `triglot plugins new`: what an author begins with builds, passes its own tests, and runs.

use std::path::PathBuf;

use triglot_tests::{Bench, Output, files_under, repository};

/// Begins a plugin of a kind and does all that its README says; returns the metrics of its experiment.
fn begin(kind: &str) -> serde_json::Value {
    let bench = Bench::new();
    // Always the same place, so that a second test run finds what the first has compiled, dependencies above all.
    let place = repository().join("target/new-plugins");
    let folder = place.join(kind);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let path = folder.to_str().unwrap();
    let made = ["plugins", "new", kind, "mine", "--path", path, "--json"];
    let made = bench.triglot(made).succeeded().json();
    assert_eq!(made["kind"], kind);

    let cargo = |args: &[&str]| {
        let mut command = bench.command("cargo");
        command.current_dir(&folder).env("CARGO_TARGET_DIR", place.join("target"));
        // Nobody debugs these: without what that takes they are a tenth of the size.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        Output::of(command.args(args)).succeeded()
    };
    // An author's formatting is the usual one, not that of the repository above.
    std::fs::write(place.join("rustfmt.toml"), "").unwrap();
    cargo(&["fmt", "--check"]);
    cargo(&["test", "--offline"]);
    let warnings = cargo(&["build", "--offline"]).stderr;
    assert!(!warnings.contains("warning"), "{warnings}");

    let library = place.join(made["library"].as_str().unwrap());
    let library = library.to_str().unwrap();
    let shown = ["plugins", "show", made["name"].as_str().unwrap(), "--plugin-dir", library];
    bench.triglot(shown).succeeded();
    let checked = bench.triglot(["plugins", "check", library]);
    assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
    let run = bench.run(&folder.join("experiment.toml"), &["--plugin-dir", library]);
    run.record["metrics"].clone()
}

/// The mean over queries in their own language; a model that has learnt nothing is near 0.05.
fn map(metrics: &serde_json::Value) -> f64 {
    metrics["eval/facts/monolingual/map"].as_f64().unwrap()
}

#[test]
fn a_new_sampler_passes_its_tests_and_the_checker_and_trains() {
    assert!(map(&begin("sampler")) > 0.5);
}

#[test]
fn a_new_augmenter_passes_its_tests_and_the_checker_and_trains() {
    assert!(map(&begin("augmenter")) > 0.5);
}

#[test]
fn a_new_backend_passes_its_tests_and_the_checker_and_trains() {
    assert!(map(&begin("backend")) > 0.4);
}

#[test]
fn a_new_objective_passes_its_tests_and_the_checker_and_trains() {
    assert!(map(&begin("objective")) > 0.5);
}

#[test]
fn a_new_metric_passes_its_tests_and_the_checker_and_measures() {
    let metrics = begin("metric");
    let at = |k: u32| metrics[format!("eval/facts/monolingual/success@{k}")].as_f64().unwrap();
    assert!(0.0 < at(1) && at(1) < at(5) && at(5) <= 1.0, "{metrics}");
}

#[test]
fn a_name_that_cannot_be_one_or_is_taken_writes_nothing() {
    let bench = Bench::new();
    for (name, problem) in [
        ("Mine", "`Mine` cannot be the name of a plugin library"),
        ("a/b", "`a/b` cannot be"),
        ("language", "there is a plugin library `language` already"),
    ] {
        let output = bench.triglot(["plugins", "new", "sampler", name]);
        assert!(output.failure().starts_with("exit code 2\n"), "{}", output.stderr);
        assert!(output.stderr.contains(problem), "{}", output.stderr);
    }
    assert!(files_under(&bench.path("")).is_empty());
}

#[test]
fn a_folder_that_exists_is_left_as_it_is() {
    let bench = Bench::new();
    bench.write("mine/notes.txt", "mine");
    let output = bench.triglot(["plugins", "new", "metric", "mine"]);
    assert_eq!(
        output.failure(),
        "exit code 2\nerror: mine: exists already; nothing was written\n  allowed: a folder that does not exist yet: `--path DIR`\n"
    );
    assert_eq!(files_under(&bench.path("mine")), [PathBuf::from("notes.txt")]);

    let elsewhere = ["plugins", "new", "metric", "mine", "--path", "a/b"];
    let said = bench.triglot(elsewhere).succeeded().stdout;
    assert!(said.starts_with("a/b is a plugin library with a metric, `mine/success`."), "{said}");
    let written = files_under(&bench.path("a"));
    let expected =
        ["b/.gitignore", "b/Cargo.lock", "b/Cargo.toml", "b/README.md", "b/experiment.toml"];
    assert_eq!(written[..5], expected.map(PathBuf::from));
    assert_eq!(written[5..], ["b/src/lib.rs", "b/src/tests.rs"].map(PathBuf::from));
}

#[test]
fn an_sdk_that_is_not_there_is_asked_for() {
    let bench = Bench::new();
    let output = bench.triglot(["plugins", "new", "metric", "mine", "--sdk", "nowhere"]);
    assert_eq!(
        output.failure(),
        "exit code 2\nerror: nowhere: --sdk does not name the plugin SDK\n  allowed: the folder framework/sdk of triglot's source\n"
    );
    let sdk = repository().join("framework/sdk");
    let given = ["plugins", "new", "metric", "mine", "--sdk", sdk.to_str().unwrap()];
    bench.triglot(given).succeeded();
}
