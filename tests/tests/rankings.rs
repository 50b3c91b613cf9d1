//! The rankings and values that a run leaves, held against trec_eval's own code.

use std::process::Command;

use triglot_tests::{Bench, check_python, experiment, repository};

#[test]
fn trec_eval_gives_the_rankings_of_a_run_the_values_that_it_recorded() {
    let Some(python) = check_python("pytrec_eval") else { return };
    let bench = Bench::new();
    let metrics =
        r#"["map", "ndcg@10", "recall@10", "precision@5", "hit@3", "accuracy", "error", "rbp"]"#;
    let metrics = format!("evaluate.facts.metrics={metrics}");
    let further = ["--set", "train.stage.main.steps=20", "--set", &metrics];
    let run = bench.run(&experiment("quickstart.toml"), &further);
    let script = repository().join("tests/check_rankings.py");
    let output = Command::new(python).arg(script).arg(run.path("")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
}
