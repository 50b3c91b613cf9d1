//! A library that breaks the contract, in a run. What a run can see ends it with an error that names the plugin and what
//! it did, the run is recorded as failed, and its journal is whole; where the process dies or hangs, the next start says
//! so. Of what a run cannot see, the [`table`] says why, and the checker finds it.

mod table;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use triglot_tests::{Bench, Output, SMALL, library};
use triglot_track::State;

use self::table::{Outcome, ROWS, Row};
use crate::journal;

/// An experiment in which the components of these kinds are the faulty library's, and all others are not.
fn manifest(kinds: &[&str]) -> String {
    kinds.iter().fold(SMALL.to_owned(), |manifest, kind| {
        let (honest, faulty) = component(kind);
        assert!(manifest.contains(honest), "{honest}");
        manifest.replace(honest, faulty)
    })
}

/// What stands in the manifest for an honest component of a kind, and for that of the faulty library.
fn component(kind: &str) -> (&'static str, &'static str) {
    match kind {
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
    }
}

/// A run of an experiment with the faulty library, which is told what to do.
fn command(bench: &Bench, kinds: &[&str], misdeed: &str, further: &[&str]) -> Command {
    let library = library("faulty");
    let folder = bench.path("plugins");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(&library, folder.join(library.file_name().unwrap())).unwrap();
    bench.write("m.toml", manifest(kinds));
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

impl Row {
    /// Runs with the misdeed and holds what comes of it against the row.
    fn hold(&self) {
        let bench = Bench::new();
        let output = Output::of(&mut command(&bench, self.kinds, self.misdeed, self.further));
        match self.outcome {
            Outcome::Fails(told) => {
                let (error, told) = (assert_failed(&bench, &output), self.against_plugin(told));
                assert!(error.starts_with(&told), "{error}\n{told}");
            }
            Outcome::FailsBefore(told) => {
                assert_eq!(output.code, Some(1), "{}", output.stderr);
                let told = format!("error: {}", self.against_plugin(told));
                assert!(output.stderr.contains(&told), "{}", output.stderr);
                assert_no_run(&bench);
            }
            Outcome::Refused(told) => {
                assert_eq!(output.code, Some(2), "{}", output.stderr);
                assert!(output.stderr.contains(told), "{}", output.stderr);
                assert_no_run(&bench);
            }
            Outcome::Outgrows if cfg!(target_os = "linux") => {
                let error = assert_failed(&bench, &output);
                assert!(error.starts_with("the process holds "), "{error}");
                assert!(
                    error.contains("more than the limit of 400 MiB (`--memory-limit`)"),
                    "{error}"
                );
                let told = format!(" of it in calls of plugin faulty/{}", self.kinds[0]);
                assert!(error.contains(&told), "{error}");
            }
            Outcome::Dies(doing) if cfg!(unix) => {
                assert_eq!(output.code, None, "{}", output.stderr);
                let words =
                    format!("SIGABRT in plugin faulty/{}, which was to {doing}", self.kinds[0]);
                let said =
                    format!("triglot: {words}; the run is {}\n", run_folder(&bench).display());
                assert!(output.stderr.ends_with(&said), "{}", output.stderr);
                assert_eq!(record(&bench)["status"], "running");
                found_by_the_next_start(&bench, &format!("the process crashed: {words}\n"));
            }
            Outcome::Exits(doing) if cfg!(unix) => {
                assert_eq!((output.code, output.stdout.as_str()), (Some(1), ""));
                let plugin = format!("faulty/{}", self.kinds[0]);
                let words = format!(
                    "the process was ended by exit() in plugin {plugin}, which was to {doing}"
                );
                let said =
                    format!("triglot: {words}; the run is {}\n", run_folder(&bench).display());
                assert!(output.stderr.ends_with(&said), "{}", output.stderr);
                found_by_the_next_start(&bench, &format!("{words}\n"));
            }
            Outcome::Unseen(why) => {
                assert_eq!(output.code, Some(0), "{why}, and yet:\n{}", output.stderr);
                assert_eq!(record(&bench)["status"], "finished");
                let last = journal::status(&journal::events(&run_folder(&bench)));
                assert_eq!(last.status, State::Finished);
            }
            Outcome::Outgrows | Outcome::Dies(_) | Outcome::Exits(_) => {}
        }
    }

    /// An error against the one component.
    fn against_plugin(&self, told: &str) -> String {
        format!("plugin faulty/{}: {told}", self.kinds[0])
    }
}

/// Holds that the command ended before there was a run.
fn assert_no_run(bench: &Bench) {
    let runs = bench.runs_dir().join("small");
    assert!(!runs.exists() || std::fs::read_dir(runs).unwrap().next().is_none());
}

/// Lists runs, which says on standard error what became of the one.
fn found_by_the_next_start(bench: &Bench, how: &str) {
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
fn without_a_misdeed_the_library_does_its_work() {
    for kind in ["sampler", "augmenter", "backend", "objective", "metric"] {
        let bench = Bench::new();
        let mut command = command(&bench, &[kind], "", &["--quiet"]);
        Output::of(command.env_remove("FAULTY")).succeeded();
        assert_eq!(record(&bench)["status"], "finished", "{kind}");
    }
}

#[test]
fn each_misdeed_ends_its_run_with_an_error_or_is_left_to_the_checker() {
    let (rows, missed) = (Mutex::new(ROWS.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(row) = { rows.lock().unwrap().next() } {
                    if std::panic::catch_unwind(|| row.hold()).is_err() {
                        missed.lock().unwrap().push((row.misdeed, row.kinds));
                    }
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{missed:?}, for which see above");
}

#[test]
fn no_misdeed_of_the_faulty_library_goes_without_a_run() {
    let bench = Bench::new();
    let output = Output::of(&mut command(&bench, &["sampler"], "?", &[]));
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    let listed = output.stderr.lines().find_map(|line| line.trim().strip_prefix("allowed: "));
    let listed: BTreeSet<&str> = listed.unwrap().split(", ").collect();
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.misdeed).collect();
    assert_eq!(listed, rows);
}

/// How long a test waits for what takes a second on a machine that has nothing else to do.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(60);

/// A run that hangs in a call of the faulty library. It ends with this, whatever becomes of the test.
#[cfg(unix)]
struct Hung(Child);

#[cfg(unix)]
impl Hung {
    /// A run that has said that it hangs.
    fn in_sampler(bench: &Bench, further: &[&str]) -> Self {
        let mut command = command(bench, &["sampler"], "hang", further);
        let mut hung = Self(command.stderr(Stdio::piped()).spawn().unwrap());
        let said = BufReader::new(hung.0.stderr.take().unwrap());
        let (sender, receiver) = mpsc::channel();
        // Reads to the end, so that the run is never kept from saying more.
        thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                if line == "the call hangs, as it was told to" {
                    _ = sender.send(());
                }
            }
        });
        receiver.recv_timeout(PATIENCE).unwrap();
        hung
    }

    /// How the run ends, which it does of its own.
    fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "the run has not ended");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[cfg(unix)]
impl Drop for Hung {
    fn drop(&mut self) {
        // Fails where the process has ended.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[test]
#[cfg(unix)]
fn a_run_that_was_killed_as_it_hung_is_found_by_the_next_run() {
    let bench = Bench::new();
    drop(Hung::in_sampler(&bench, &[]));
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
    let bench = Bench::new();
    let mut hung = Hung::in_sampler(&bench, &["--call-grace", "1"]);
    let id = hung.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(hung.end().code(), Some(130));
    let record = record(&bench);
    let told = "interrupted; plugin faulty/sampler did not look: its call to draw a batch has not come back after 1 s";
    assert_eq!((&record["status"], &record["error"]), (&"interrupted".into(), &told.into()));
    let last = journal::status(&journal::events(&run_folder(&bench)));
    assert_eq!(last.status, State::Interrupted);
}

#[test]
#[cfg(unix)]
fn a_second_interruption_ends_the_run_at_once_and_is_recorded() {
    let bench = Bench::new();
    let mut hung = Hung::in_sampler(&bench, &[]);
    let id = hung.0.id().to_string();
    let interrupt =
        || assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    interrupt();
    // Two at once may count as one.
    thread::sleep(Duration::from_millis(300));
    interrupt();
    assert_eq!(hung.end().code(), Some(130));
    let record = record(&bench);
    let told = "interrupted twice: nothing further was saved";
    assert_eq!((&record["status"], &record["error"]), (&"interrupted".into(), &told.into()));
    let last = journal::status(&journal::events(&run_folder(&bench)));
    assert_eq!(last.status, State::Interrupted);
}
