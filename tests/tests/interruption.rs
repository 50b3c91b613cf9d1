//! Runs that are stopped: by the user, who finds a checkpoint, and by force, which spares the journal.
#![cfg(unix)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use triglot_tests::{Bench, SMALL};
use triglot_track::State;

use crate::journal;

/// A run of more steps than anybody waits for, after at least three of them; and its folder.
fn long_run(bench: &Bench, command: &str) -> (Child, PathBuf) {
    bench.write("m.toml", format!("{SMALL}\n[sweep]\nseeds = [1, 2]\n"));
    let args = [command, "m.toml", "--set", "train.stage.main.steps=10000000"];
    let mut command = bench.triglot_command(args);
    let said = File::create(bench.path("stderr.txt")).unwrap();
    let mut child = command.stdout(Stdio::null()).stderr(said).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let runs = std::fs::read_dir(bench.runs_dir().join("small"));
        let mut runs = runs.into_iter().flatten().map(|run| run.unwrap().path());
        let run = runs.find(|run| !run.ends_with("sweeps"));
        let journal = run.as_ref().map(|run| run.join("journal.jsonl"));
        let lines = journal.and_then(|journal| std::fs::read_to_string(journal).ok());
        if let Some(run) = run.filter(|_| lines.is_some_and(|text| text.lines().count() > 4)) {
            return (child, run);
        }
        assert_eq!(child.try_wait().unwrap(), None, "the run ended by itself");
        assert!(Instant::now() < patience, "no step within a minute");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What the run wrote to standard error.
fn said(bench: &Bench) -> String {
    std::fs::read_to_string(bench.path("stderr.txt")).unwrap()
}

fn record(run: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(run.join("run.json")).unwrap()).unwrap()
}

/// Interrupts a child as Ctrl-C does, and holds its exit code against the promised one.
fn interrupt(child: &mut Child) {
    let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn an_interrupted_sweep_ends_with_its_trial_and_keeps_what_it_reached() {
    let bench = Bench::new();
    let (mut child, run) = long_run(&bench, "sweep");
    interrupt(&mut child);
    assert_eq!(record(&run)["status"], "interrupted");
    let sweeps = bench.runs_dir().join("small/sweeps");
    let sweep = std::fs::read_dir(sweeps).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(sweep.join("sweep.json")).unwrap();
    let kept: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(kept["trials"].as_array().unwrap().len(), 0);
    assert_eq!(journal::status(&journal::events(&sweep)).status, State::Interrupted);
}

#[test]
fn an_interrupted_run_says_so_and_leaves_a_checkpoint() {
    let bench = Bench::new();
    let (mut child, run) = long_run(&bench, "run");
    interrupt(&mut child);

    assert_eq!(record(&run)["status"], "interrupted");
    let events = journal::events(&run);
    assert_eq!(journal::status(&events).status, State::Interrupted);
    let (last, _) = *journal::values(&events, "train/loss").last().unwrap();
    let checkpoint = run.join(format!("checkpoints/step-{last:06}"));
    assert!(checkpoint.join("checkpoint.json").is_file(), "{}", checkpoint.display());
    let saved = format!("interrupted; the state is saved in {}", checkpoint.display());
    assert_eq!(said(&bench), format!("error: {saved}\n  run: {}\n", run.display()));
    assert_eq!(record(&run)["error"], saved);
    assert!(!run.join("model").exists() && !run.join("eval").exists());

    let listed = bench.triglot(["runs", "list"]).succeeded();
    assert!(listed.stdout.contains("interrupted"), "{}", listed.stdout);
    let evaluate = ["evaluate", "last", "--on", "m.toml", "--json"];
    let evaluated = bench.finished(evaluate.iter().map(AsRef::as_ref));
    assert!(evaluated.metric("eval/facts/monolingual/map") > 0.0);
}

#[test]
fn an_interrupted_run_whose_state_cannot_be_saved_is_interrupted_all_the_same() {
    let bench = Bench::new();
    let (mut child, run) = long_run(&bench, "run");
    std::fs::write(run.join("checkpoints"), "in the way").unwrap();
    interrupt(&mut child);

    let said = said(&bench);
    assert!(said.contains("WARN") && said.contains("the state could not be saved: "), "{said}");
    let lost = "interrupted; the state could not be saved, there is no checkpoint";
    assert!(said.contains(&format!("error: {lost}\n  run: {}\n", run.display())), "{said}");
    let record = record(&run);
    assert_eq!((&record["status"], &record["error"]), (&"interrupted".into(), &lost.into()));
    let left = std::fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name());
    let mut left: Vec<_> = left.collect();
    left.sort();
    assert_eq!(left, ["checkpoints", "journal.jsonl", "manifest.toml", "run.json"]);
}

#[test]
fn a_run_that_is_killed_leaves_every_step_up_to_its_last_in_the_journal() {
    let bench = Bench::new();
    let (mut child, run) = long_run(&bench, "run");
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None);

    // Only what was being written at that instant may be torn, and it is left out.
    let events = triglot_track::read(run.join("journal.jsonl")).unwrap().events;
    let losses = journal::values(&events, "train/loss");
    assert!(losses.len() >= 3, "{losses:?}");
    assert!(losses.iter().zip(1..).all(|((step, _), expected)| *step == expected));
    assert_eq!(record(&run)["status"], "running");
}
