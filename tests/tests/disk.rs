//! Disks that are full and folders that cannot be written: exit code 1, the path, and nothing half written.

use std::path::PathBuf;

use triglot_tests::{Bench, Output, SMALL, binary, files_under};

use crate::failure::snapshot;

/// Runs the small experiment where no file may grow beyond some KiB. The signal that would end the process is
/// ignored, so that the write fails as it does on a full disk, but for the words of the system.
fn run_with_files_of(bench: &Bench, kibibytes: u32) -> Output {
    bench.write("m.toml", SMALL);
    let script = format!("ulimit -f {kibibytes}; trap '' XFSZ; exec \"$@\"");
    let mut command = bench.command("bash");
    command.args(["-c", &script, "bash"]).arg(binary()).args(["run", "m.toml"]);
    Output::of(&mut command)
}

/// The one run that was begun.
fn only_run(bench: &Bench) -> PathBuf {
    let runs = std::fs::read_dir(bench.runs_dir().join("small")).unwrap();
    let runs: Vec<PathBuf> = runs.map(|run| run.unwrap().path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].clone()
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_fills_at_the_checkpoint_leaves_a_failed_run_and_no_checkpoint() {
    let bench = Bench::new();
    let output = run_with_files_of(&bench, 8);
    snapshot(&bench, "full_disk_at_the_checkpoint", &output);
    assert_eq!(output.code, Some(1));
    let run = only_run(&bench);
    assert_eq!(files_under(&run).iter().filter(|f| f.starts_with("checkpoints")).count(), 0);
    let record = std::fs::read_to_string(run.join("run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["status"], "failed");
    assert!(record["error"].as_str().unwrap().contains("checkpoints"), "{record}");
    let events = crate::journal::events(&run);
    assert_eq!(crate::journal::values(&events, "train/loss").len(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_from_the_beginning_leaves_no_record_cut_short() {
    let bench = Bench::new();
    let output = run_with_files_of(&bench, 0);
    snapshot(&bench, "full_disk_from_the_beginning", &output);
    assert_eq!(output.code, Some(1));
    assert_eq!(files_under(&only_run(&bench)), Vec::<PathBuf>::new());
}

#[test]
fn a_file_in_place_of_the_runs_folder_is_named() {
    let bench = Bench::new();
    bench.write("m.toml", SMALL);
    bench.write("runs", "");
    let output = bench.triglot(["run", "m.toml"]);
    snapshot(&bench, "file_in_place_of_the_runs_folder", &output);
    assert_eq!(output.code, Some(1));
}

#[test]
fn embeddings_that_cannot_be_written_are_an_error_with_the_path() {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", SMALL);
    bench.run(&manifest, &["--set", "evaluate=[]"]);
    bench.write("texts.txt", "one\n");
    let encode = ["encode", "last", "--input", "texts.txt", "--output", "absent/texts.npy"];
    let output = bench.triglot(encode);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("cannot write absent/texts.npy"), "{}", output.stderr);
}
