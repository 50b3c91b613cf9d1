//! A library that breaks the contract, in a run: each misdeed ends it with an error that names the plugin and what it
//! did, the run is recorded as failed, and its journal is whole. Where the process dies or hangs, the next start says so.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use triglot_tests::{Bench, Output, SMALL, library};
use triglot_track::State;

use crate::journal;

/// An experiment in which one kind of component is the faulty library's, and all others are not.
fn manifest(kind: &str) -> String {
    let (honest, faulty) = match kind {
        "sampler" => ("language/monolingual", "faulty/sampler"),
        "objective" => ("contrastive/info-nce", "faulty/objective"),
        "metric" => ("\"map\"", "\"faulty/metric\""),
        "augmenter" => {
            ("learning_rate", "augment = [{ use = \"faulty/augmenter\" }]\nlearning_rate")
        }
        "backend" => {
            ("\"candle/static\"\noptions = { dim = 16, vocab_size = 600 }", "\"faulty/backend\"")
        }
        other => panic!("there is no kind {other}"),
    };
    assert!(SMALL.contains(honest), "{honest}");
    SMALL.replace(honest, faulty)
}

/// A run of an experiment with the faulty library, which is told what to do.
fn command(bench: &Bench, kind: &str, misdeed: &str, further: &[&str]) -> Command {
    let library = library("faulty");
    let folder = bench.path("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&library, folder.join(library.file_name().unwrap())).unwrap();
    bench.write("m.toml", manifest(kind));
    let mut command = bench.triglot_command(["run", "m.toml", "--plugin-dir", "plugins"]);
    command.args(further).env("FAULTY", misdeed);
    command
}

/// The folder of the one run.
fn run_folder(bench: &Bench) -> PathBuf {
    let mut runs = std::fs::read_dir(bench.runs_dir().join("small")).unwrap();
    let run = runs.next().unwrap().unwrap().path();
    assert!(runs.next().is_none(), "there are several runs");
    run
}

fn record(bench: &Bench) -> Value {
    let text = std::fs::read_to_string(run_folder(bench).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Holds a run that failed against its record and its journal, which say the same as it did; returns that.
fn assert_failed(bench: &Bench, output: &Output) -> String {
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    assert_eq!(output.stdout, "");
    let record = record(bench);
    assert_eq!(record["status"], "failed");
    let error = record["error"].as_str().unwrap().to_owned();
    let run = run_folder(bench);
    let said = format!("error: {error}\n  run: {}\n", run.display());
    assert!(output.stderr.ends_with(&said), "{}\n{said}", output.stderr);
    let last = journal::status(&journal::events(&run));
    assert_eq!((last.status, last.message.as_ref()), (State::Failed, Some(&error)));
    error
}

/// Runs with a misdeed and holds the error against the beginning that it should have.
fn fails(kind: &str, misdeed: &str, further: &[&str], told: &str) {
    let bench = Bench::new();
    let output = Output::of(&mut command(&bench, kind, misdeed, further));
    let error = assert_failed(&bench, &output);
    let told = format!("plugin faulty/{kind}: {told}");
    assert!(error.starts_with(&told), "{kind}, {misdeed}:\n{error}\n{told}");
}

#[test]
fn without_a_misdeed_the_library_does_its_work() {
    for kind in ["sampler", "augmenter", "backend", "objective", "metric"] {
        let bench = Bench::new();
        let mut command = command(&bench, kind, "", &["--quiet"]);
        Output::of(command.env_remove("FAULTY")).succeeded();
        assert_eq!(record(&bench)["status"], "finished", "{kind}");
    }
}

#[test]
fn a_panic_is_told_and_fails_the_run() {
    for (kind, doing) in [
        ("sampler", "draw a batch"),
        ("augmenter", "augment texts"),
        ("backend", "encode texts"),
        ("objective", "compute the loss"),
        ("metric", "compute values"),
    ] {
        let told = format!("cannot {doing}: panicked: the call panics, as it was told to");
        fails(kind, "panic", &[], &told);
    }
}

#[test]
fn what_is_written_past_an_end_is_told_with_what_was_overrun() {
    let overrun = [
        ("backend", "encode texts: it wrote 4 bytes past the end of the embeddings"),
        (
            "objective",
            "compute the loss: it wrote 4 bytes past the end of the gradients of queries",
        ),
        ("metric", "compute values: it wrote 8 bytes past the end of the values"),
    ];
    for (kind, told) in overrun {
        fails(kind, "overrun", &[], &format!("cannot {told}"));
    }
    let told = "cannot draw a batch: it wrote 16 bytes past the end of the error text";
    fails("sampler", "error-overrun", &[], told);
}

#[test]
fn what_a_plugin_changed_of_what_it_was_lent_is_told() {
    let changed = [
        ("sampler", "draw a batch: the column `length` of the corpus has changed"),
        ("augmenter", "augment texts: it changed the keys of texts"),
        ("backend", "encode texts: it changed the keys of texts"),
        ("objective", "compute the loss: it changed the embeddings of queries"),
        ("metric", "compute values: it changed the ranks of judged passages"),
    ];
    for (kind, told) in changed {
        fails(kind, "mutated-input", &[], &format!("cannot {told}"));
    }
}

#[test]
fn what_is_not_the_same_twice_is_told() {
    let twice = "cannot draw a batch: batch 0, drawn twice, differs: ";
    fails("sampler", "nondeterminism", &[], twice);
    fails("sampler", "remembers", &[], twice);
    fails(
        "augmenter",
        "nondeterminism",
        &[],
        "cannot augment texts: text 0, augmented twice, differs",
    );
    let twice = "cannot compute values: success@10 of the same ranking, computed twice, differs";
    fails("metric", "nondeterminism", &[], twice);
    let chunks = ["--set", "train.stage.main.chunk=4"];
    let again = "cannot encode texts: text 0 has another embedding with a tape than without one";
    fails("backend", "nondeterminism", &chunks, again);
}

#[test]
fn a_batch_or_value_that_cannot_be_is_told() {
    fails("sampler", "bad-rows", &[], "cannot draw a batch: batch 0: row ");
    fails("sampler", "short-struct", &[], "cannot draw a batch: the batch is malformed");
    fails("augmenter", "wrong-count", &[], "cannot augment texts: 15 texts for 16");
    fails("augmenter", "bad-utf8", &[], "cannot augment texts: a text is not UTF-8");
    fails("metric", "out-of-range", &[], "cannot compute values: success@10 is 2, outside [0, 1]");
}

#[test]
fn a_call_after_destroy_is_answered_harmlessly_and_fails_the_run() {
    // Those that end with the training: the others are given a moment, in which a busy machine may not run their threads.
    for kind in ["sampler", "augmenter", "objective"] {
        fails(kind, "late-call", &[], "it called the host's `");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_that_grows_past_the_limit_is_told_with_the_plugin_it_grew_in() {
    let bench = Bench::new();
    let steps = ["--set", "train.stage.main.steps=100", "--memory-limit", "400MiB"];
    let mut command = command(&bench, "objective", "leak-in-calls", &steps);
    let error = assert_failed(&bench, &Output::of(&mut command));
    assert!(error.starts_with("the process holds "), "{error}");
    assert!(error.contains("more than the limit of 400 MiB (`--memory-limit`)"), "{error}");
    assert!(error.contains(" of it in calls of plugin faulty/objective"), "{error}");
}

#[test]
fn a_call_that_hangs_ends_the_process_when_its_limit_is_reached() {
    let bench = Bench::new();
    let mut command = command(&bench, "sampler", "hang", &["--call-limit", "1"]);
    let error = assert_failed(&bench, &Output::of(&mut command));
    let told = "cannot draw a batch: the call has not come back after 1 s (`--call-limit`)";
    assert_eq!(error, format!("plugin faulty/sampler: {told}"));
}

/// Lists runs, which says on standard error what became of the one.
#[cfg(unix)]
fn next_start(bench: &Bench, how: &str) {
    let said = bench.triglot(["runs", "list"]).succeeded();
    let run = run_folder(bench);
    let record = record(bench);
    let error = record["error"].as_str().unwrap();
    assert_eq!(record["status"], "failed");
    assert_eq!(said.stderr, format!("note: run {} failed: {error}\n", run.display()));
    assert!(error.starts_with(how), "{error}");
    assert!(error.contains("\n  journal: its last event is `"), "{error}");
    let last = journal::status(&journal::events(&run));
    assert_eq!((last.status, last.message.as_deref()), (State::Failed, Some(error)));
    assert!(said.stdout.contains("failed"), "{}", said.stdout);
    assert_eq!(bench.triglot(["runs", "list"]).succeeded().stderr, "");
}

#[test]
#[cfg(unix)]
fn an_abort_is_told_as_the_process_dies_and_the_next_start_finds_the_run() {
    let bench = Bench::new();
    let output = Output::of(&mut command(&bench, "sampler", "abort", &[]));
    assert_eq!(output.code, None, "{}", output.stderr);
    let words = "SIGABRT in plugin faulty/sampler, which was to draw a batch";
    let said = format!("triglot: {words}; the run is {}\n", run_folder(&bench).display());
    assert_eq!(output.stderr, said);
    assert_eq!(record(&bench)["status"], "running");
    next_start(&bench, &format!("the process crashed: {words}\n"));
}

#[test]
#[cfg(unix)]
fn a_run_that_was_killed_as_it_hung_is_found_by_the_next_run() {
    use std::time::{Duration, Instant};

    let bench = Bench::new();
    let mut child = command(&bench, "sampler", "hang", &[]).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    let begun = || bench.triglot(["runs", "list"]).stdout.contains("running");
    while !begun() {
        assert!(Instant::now() < patience, "no run within a minute");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let hung = run_folder(&bench);
    bench.write("m.toml", SMALL);
    let said = bench.triglot(["run", "m.toml", "--quiet"]).succeeded().stderr;
    let how = "the process ended without a word: it was killed, or the machine went down";
    assert!(said.starts_with(&format!("note: run {} failed: {how}\n", hung.display())), "{said}");
    assert_eq!(journal::status(&journal::events(&hung)).status, State::Failed);
}

#[test]
#[cfg(unix)]
fn a_call_that_ignores_an_interruption_ends_with_the_process() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    let bench = Bench::new();
    let mut command = command(&bench, "sampler", "hang", &["--call-grace", "1"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while !bench.triglot(["runs", "list"]).stdout.contains("running") {
        assert!(Instant::now() < patience, "no run within a minute");
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let record = record(&bench);
    let told = "interrupted; plugin faulty/sampler did not look: its call to draw a batch has not come back after 1 s";
    assert_eq!((&record["status"], &record["error"]), (&"interrupted".into(), &told.into()));
    let last = journal::status(&journal::events(&run_folder(&bench)));
    assert_eq!(last.status, State::Interrupted);
}

#[test]
fn a_library_that_cannot_be_opened_ends_the_command_before_a_run_exists() {
    let misdeeds = [
        ("null-table", "returned no table of components"),
        ("short-table", "returned no table of components"),
        ("bad-utf8-name", "its name is malformed"),
        ("description-not-json", "is not JSON"),
    ];
    for (misdeed, told) in misdeeds {
        let bench = Bench::new();
        let output = Output::of(&mut command(&bench, "sampler", misdeed, &[]));
        assert_eq!(output.code, Some(2), "{misdeed}: {}", output.stderr);
        assert!(output.stderr.contains(told), "{misdeed}: {}", output.stderr);
        assert!(!bench.runs_dir().join("small").exists(), "{misdeed}");
    }
}

#[test]
fn a_schema_that_lies_ends_the_command_with_the_plugins_words_beside_the_option() {
    let bench = Bench::new();
    let option = "train.stage.main.mix.monolingual.options.salt=900";
    let output = Output::of(&mut command(&bench, "sampler", "lies-in-schema", &["--set", option]));
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    let told = "faulty/sampler refuses: `salt` is 900; it must be from 0 to 500";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    let runs = bench.runs_dir().join("small");
    assert!(!runs.exists() || std::fs::read_dir(runs).unwrap().next().is_none());
}
