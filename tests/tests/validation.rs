//! Validation while training: what is measured, the best checkpoint, the early end of a stage.

use triglot_tests::{Bench, Run, SMALL, assert_same_files};

use crate::journal;

/// The small experiment with eight steps, something held out and a set of its own, in languages that are not trained
/// on; `validation` is a line of its stage.
fn manifest(validation: &str) -> String {
    let data = "languages = [\"en\", \"es\"]\n\n[[train.stage]]";
    assert!(SMALL.contains(data));
    let dev = "languages = [\"en\", \"es\"]\nholdout = 0.1\n\n[[train.validation]]\nname = \"dev\"\n\
               reader = \"embedded\"\npath = \"facts/test\"\nlanguages = [\"de\", \"en\", \"ru\"]\n\
               limit = 20\n\n[[train.stage]]";
    let text = SMALL.replacen(data, dev, 1).replacen("steps = 2", "steps = 8", 1);
    text.replacen("mix = [", &format!("{validation}\nmix = ["), 1)
}

fn run(bench: &Bench, validation: &str, further: &[&str]) -> Run {
    let manifest = bench.write("m.toml", manifest(validation));
    bench.run(&manifest, further)
}

/// Steps so small that no weight moves: nothing ever gets better than it was at first.
const STILL: [&str; 2] = ["--set", "train.stage.main.learning_rate=1e-30"];

#[test]
fn what_a_stage_measures_stands_in_the_journal_and_changes_nothing_in_training() {
    let bench = Bench::new();
    let all = "validation = { every = 3, loss = [\"holdout\", \"dev\"], evaluate = [\"facts\"], \
               best = \"validation/dev/loss\", restore_best = false }";
    let (with, without) = (run(&bench, all, &[]), run(&bench, "", &[]));
    assert_same_files(&with.path("model"), &without.path("model"));
    let (one, other) = (&with.record["provenance"], &without.record["provenance"]);
    assert_eq!(one["model"], other["model"]);
    assert_eq!(with.record["metrics"], without.record["metrics"]);

    let events = journal::events(&with.folder);
    for name in [
        "validation/loss",
        "validation/dev/loss",
        "validation/facts/monolingual/map",
        "validation/facts/cross-lingual/map",
        "validation/facts/multilingual/map",
    ] {
        let steps = journal::values(&events, name).into_iter().map(|(step, _)| step);
        assert_eq!(steps.collect::<Vec<_>>(), [3, 6, 8], "{name}");
    }
    // The last model is the one that the run is measured with.
    let last = journal::values(&events, "validation/facts/multilingual/map").pop();
    assert_eq!(last, Some((8, with.metric("eval/facts/multilingual/map"))));
    let expected = serde_json::json!([{ "stage": "main", "steps": 8, "reason": "steps" }]);
    assert_eq!(with.record["training"]["stages"], expected);

    let events = journal::events(&without.folder);
    let held_out = journal::values(&events, "validation/loss");
    assert_eq!(held_out.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [8]);
    assert_eq!(without.record["training"]["validation_loss"], held_out[0].1);
    assert_eq!(without.record["training"].get("best"), None);
}

#[test]
fn a_stage_ends_with_its_best_checkpoint_and_the_run_goes_on_from_it() {
    let bench = Bench::new();
    let best = "schedule = \"constant\"\nvalidation = { every = 1, evaluate = [\"facts\"], \
                best = \"validation/facts/multilingual/map\" }";
    // So fast that it forgets again.
    let run = run(&bench, best, &["--set", "train.stage.main.learning_rate=2.0"]);
    let events = journal::events(&run.folder);
    let values = journal::values(&events, "validation/facts/multilingual/map");
    assert_eq!(values.len(), 8);
    // The first of equals.
    let mut sorted = values.clone();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let (step, value) = sorted[0];
    assert!(step < 8, "this test is about a best that is not the last: {values:?}");

    let training = &run.record["training"];
    let metric = "validation/facts/multilingual/map";
    let best =
        serde_json::json!({ "stage": "main", "step": step, "metric": metric, "value": value });
    assert_eq!(training["best"], serde_json::json!([best]));
    let end =
        serde_json::json!({ "stage": "main", "steps": 8, "reason": "steps", "restored": step });
    assert_eq!(training["stages"], serde_json::json!([end]));
    // What is measured, exported and saved at the end is the best.
    assert_eq!(run.metric("eval/facts/multilingual/map"), value);
    let backend = |step: u64| run.path(&format!("checkpoints/step-{step:06}/backend"));
    assert_same_files(&backend(step), &backend(8));
    let evaluate = ["evaluate", "last", "--on", "m.toml", "--json"];
    let again = bench.finished(evaluate.iter().map(AsRef::as_ref));
    assert_eq!(again.metric("eval/facts/multilingual/map"), value);
    let shown = bench.triglot(["runs", "show", run.record["id"].as_str().unwrap()]).succeeded();
    assert!(shown.stdout.contains(metric), "{}", shown.stdout);
}

#[test]
fn a_stage_ends_when_its_patience_does_and_the_next_is_numbered_on_from_there() {
    let bench = Bench::new();
    let patient = "validation = { every = 1, best = \"validation/loss\", patience = 3 }";
    let text = manifest(patient);
    let (before, stage) = text.split_once("[[train.stage]]").unwrap();
    let (stage, after) = stage.split_once("[[evaluate]]").unwrap();
    let second = stage.replace("name = \"main\"", "name = \"second\"").replace(patient, "");
    let stages = format!("[[train.stage]]{stage}[[train.stage]]{second}");
    let manifest = bench.write("m.toml", format!("{before}{stages}[[evaluate]]{after}"));
    let run =
        bench.run(&manifest, &[&STILL[..], &["--set", "train.stage.second.steps=2"]].concat());

    // Nothing is better than the first of equals, and three more are waited for.
    let training = &run.record["training"];
    assert_eq!(training["best"][0]["step"], 1);
    let ends = serde_json::json!([
        { "stage": "main", "steps": 4, "reason": "patience", "restored": 1 },
        { "stage": "second", "steps": 2, "reason": "steps" },
    ]);
    assert_eq!((&training["stages"], &training["steps"]), (&ends, &6.into()));
    let events = journal::events(&run.folder);
    let steps = |name: &str| {
        let values = journal::values(&events, name).into_iter();
        values.map(|(step, _)| step).collect::<Vec<_>>()
    };
    assert_eq!(steps("train/loss"), [1, 2, 3, 4, 5, 6]);
    assert_eq!(steps("validation/loss"), [1, 2, 3, 4, 6]);
    // The schedule is that of all eight steps: a line that would reach zero after them.
    let rates = journal::values(&events, "train/learning-rate");
    assert!((rates[3].1 / rates[0].1 - 5.0 / 8.0).abs() < 1e-9, "{rates:?}");
}

#[test]
fn what_is_undefined_is_never_the_best() {
    let bench = Bench::new();
    // One relevant passage a query: there is no distance between two.
    let metric = "validation/facts/monolingual/rank-distance";
    let text = manifest(&format!(
        "validation = {{ every = 1, evaluate = [\"facts\"], best = \"{metric}\", patience = 2 }}"
    ));
    bench.write(
        "m.toml",
        text.replace("metrics = [\"map\"]", "metrics = [\"map\", \"rank-distance\"]"),
    );
    let output = bench.triglot(["run", "m.toml", "--json"]).succeeded();
    let record = output.json();
    let end = serde_json::json!([{ "stage": "main", "steps": 2, "reason": "patience" }]);
    assert_eq!(record["training"]["stages"], end);
    assert_eq!(record["training"].get("best"), None);
    let said = output.stderr;
    assert!(said.contains(&format!("{metric} is undefined after step 1")), "{said}");
    assert!(said.contains("was never defined"), "{said}");
}

#[test]
fn names_that_mean_nothing_are_refused_before_anything_is_trained() {
    let bench = Bench::new();
    let cases = [
        (
            "loss = [\"def\"]",
            "no `[[train.validation]]` is named `def`; did you mean `dev`?\n  allowed: holdout, dev",
        ),
        ("evaluate = [\"fact\"]", "no `[[evaluate]]` is named `fact`; did you mean `facts`?"),
        (
            "best = \"validation/dev/loss\"",
            "found \"validation/dev/loss\", which is no number that this stage measures",
        ),
        (
            "best = \"validation/facts/multilingual/map\"",
            "`evaluate` of this validation does not list `facts`",
        ),
        (
            "evaluate = [\"facts\"], best = \"validation/facts/multilingal/map\"",
            "`facts` is not measured in a setting `multilingal`; did you mean `validation/facts/multilingual/map`?",
        ),
        (
            "evaluate = [\"facts\"], best = \"validation/facts/multilingual/mapp\"",
            "no metric of `facts` gives `mapp`; did you mean `validation/facts/multilingual/map`?",
        ),
        ("loss = []", "there is nothing to measure"),
        ("patience = 2", "there is no `best` to wait for"),
    ];
    for (validation, message) in cases {
        bench.write("m.toml", manifest(&format!("validation = {{ {validation} }}")));
        for command in ["plan", "run"] {
            let output = bench.triglot([command, "m.toml"]);
            assert_eq!(output.code, Some(2), "{}", output.stderr);
            assert!(output.stderr.contains("m.toml:"), "{}", output.stderr);
            assert!(output.stderr.contains(message), "{message:?} in {}", output.stderr);
        }
        let runs = std::fs::read_dir(bench.runs_dir().join("small"));
        assert_eq!(runs.map_or(0, Iterator::count), 0, "a mistake of the user's left a run behind");
    }
    let nothing = manifest("validation = { loss = [\"holdout\"] }").replace("holdout = 0.1\n", "");
    bench.write("m.toml", nothing);
    let said = bench.triglot(["plan", "m.toml"]).stderr;
    assert!(said.contains("nothing is held out"), "{said}");
}

#[test]
fn a_plan_counts_validations_and_the_pairs_of_their_sets() {
    let bench = Bench::new();
    let validation = "validation = { every = 3, loss = [\"dev\"], evaluate = [\"facts\"] }";
    bench.write("m.toml", manifest(validation));
    let plan = bench.triglot(["plan", "m.toml", "--data", "--json"]).succeeded().json();
    let of = serde_json::json!(["validation/dev/loss", "facts"]);
    let expected = serde_json::json!([{ "stage": "main", "validations": 3, "of": of }]);
    assert_eq!(plan["validations"], expected);
    let dev =
        plan["data"].as_array().unwrap().iter().find(|table| table["data"] == "dev: 20 examples");
    let rows = serde_json::json!([["de", "20"], ["en", "20"], ["ru", "20"]]);
    assert_eq!(dev.unwrap()["rows"], rows);
}
