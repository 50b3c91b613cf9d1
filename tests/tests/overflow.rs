//! Training that runs into numbers that are not finite: it stops, names the batch, and leaves the last good checkpoint.

use serde_json::Value;
use triglot_tests::{Bench, Output, SMALL, library};
use triglot_track::State;

use crate::failure::snapshot;
use crate::journal;

/// A scale that a huge learning rate multiplies at every step, until the embeddings overflow; after a stage of two
/// steps that learns as it should.
const GROWING: &str = r#"
name = "growing"

[model]
use = "specimen/hashing"
options = { dim = 64 }

[[train.data]]
name = "facts"
reader = "embedded"
path = "facts/train"
limit = 4

[[train.stage]]
name = "calm"
steps = 2
batch_size = 16
learning_rate = 0.1
objective = [{ use = "specimen/margin" }]
mix = [{ name = "in-order", use = "specimen/in-order" }]

[[train.stage]]
name = "steep"
steps = 40
batch_size = 16
learning_rate = 1e6
schedule = "constant"
checkpoint_every = 1
objective = [{ use = "specimen/margin" }]
mix = [{ name = "in-order", use = "specimen/in-order" }]

[[evaluate]]
name = "facts"
reader = "embedded"
path = "facts/test"
metrics = ["map"]
"#;

fn run(bench: &Bench, manifest: &str, further: &[&str]) -> Output {
    bench.write("m.toml", manifest);
    let plugin = library("specimen");
    let args = ["run", "m.toml", "--plugin-dir", plugin.to_str().unwrap()];
    bench.triglot(args.iter().chain(further))
}

/// The record of the newest run.
fn last(bench: &Bench) -> Value {
    bench.triglot(["runs", "show", "last", "--json"]).succeeded().json()
}

#[test]
fn a_step_that_overflows_stops_the_run_and_leaves_a_checkpoint_that_works() {
    let bench = Bench::new();
    let output = run(&bench, GROWING, &[]);
    snapshot(&bench, "step_that_overflows", &output);
    assert_eq!(output.code, Some(1));

    let record = last(&bench);
    assert_eq!(record["status"], "failed");
    let said = record["error"].as_str().unwrap();
    assert!(output.stderr.contains(said), "{said}");
    let folder = bench.runs_dir().join("growing").join(record["id"].as_str().unwrap());
    let events = journal::events(&folder);
    assert_eq!(journal::status(&events).status, State::Failed);
    assert_eq!(journal::status(&events).message.as_deref(), Some(said));

    // The step that ruined the model was taken, and no checkpoint was made of it.
    let steps = journal::values(&events, "train/loss").len();
    assert!(!folder.join(format!("checkpoints/step-{steps:06}")).exists());
    assert!(said.contains(&format!("checkpoints/step-{:06}", steps - 1)), "{said}");
    let plugin = library("specimen");
    let plugin = plugin.to_str().unwrap();
    let evaluate = ["evaluate", "last", "--on", "m.toml", "--json", "--plugin-dir", plugin];
    let evaluated = bench.finished(evaluate.iter().map(AsRef::as_ref));
    assert!(evaluated.metric("eval/facts/monolingual/map") > 0.0);
}

#[test]
fn a_gradient_that_its_weight_makes_infinite_is_reported_with_its_batch() {
    let bench = Bench::new();
    let heavy = SMALL.replace(r#"info-nce" }"#, r#"info-nce", weight = 1e300 }"#);
    let output = run(&bench, &heavy, &[]);
    snapshot(&bench, "weight_that_overflows", &output);
    assert_eq!(output.code, Some(1));

    // Who has set what would make checkpoints is not told to set it.
    let often = ["--set", "train.stage.main.checkpoint_every=1"];
    let said = run(&bench, &heavy, &often).stderr;
    assert!(said.contains("checkpoint: none was made yet\n"), "{said}");
}

#[test]
fn a_loss_that_its_weights_make_infinite_is_an_error() {
    let bench = Bench::new();
    let output = run(
        &bench,
        GROWING,
        &[
            "--set",
            "train.stage.calm.objective.0={ use = 'specimen/margin', weight = 1e308, options = { margin = 1000.0 } }",
        ],
    );
    assert_eq!(output.code, Some(1));
    let said = "the weighted sum of the losses is inf\n  step: 1 of 2 of stage `calm`";
    assert!(output.stderr.contains(said), "{}", output.stderr);
}

#[test]
fn a_validation_that_overflows_is_told_from_a_step() {
    let bench = Bench::new();
    let held_out = GROWING.replace("limit = 4", "limit = 8\nholdout = 0.3");
    let output = run(
        &bench,
        &held_out,
        &[
            "--set",
            "train.stage.steep.learning_rate=1e36",
            "--set",
            "train.stage.steep.validation={ every = 1 }",
        ],
    );
    assert_eq!(output.code, Some(1));
    let said = "of stage `steep` (step 4 of the run), in the validation after it\n  batch: number 1 of `validation`";
    assert!(output.stderr.contains(said), "{}", output.stderr);
}
