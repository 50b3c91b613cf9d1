//! The rankings and values that a run leaves, held against trec_eval's own code.

use std::process::Command;

use triglot_tests::{Bench, experiment, repository};

/// The Python that has pytrec_eval: `CHECK_PYTHON`, else `python3`.
fn python() -> std::ffi::OsString {
    std::env::var_os("CHECK_PYTHON").unwrap_or_else(|| "python3".into())
}

#[test]
fn trec_eval_gives_the_rankings_of_a_run_the_values_that_it_recorded() {
    let python = python();
    let import = Command::new(&python).args(["-c", "import pytrec_eval"]).output();
    if !import.is_ok_and(|output| output.status.success()) {
        let python = python.display();
        eprintln!("skipped: {python} has no pytrec_eval; CHECK_PYTHON can name a Python that has");
        return;
    }
    let bench = Bench::new();
    let run = bench.run(&experiment("quickstart.toml"), &["--set", "train.stage.main.steps=20"]);
    let script = repository().join("tests/check_rankings.py");
    let output = Command::new(python).arg(script).arg(run.path("")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
}
