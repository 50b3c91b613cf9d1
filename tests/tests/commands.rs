//! The command line around the experiments: help, completions, and what it shows of runs and plugins.

use triglot_tests::{Bench, SMALL};

#[test]
fn every_command_has_help_with_a_summary() {
    let bench = Bench::new();
    let commands = [
        "",
        "run",
        "plan",
        "sweep",
        "evaluate",
        "encode",
        "report",
        "runs",
        "runs list",
        "runs show",
        "runs compare",
        "plugins",
        "plugins list",
        "plugins show",
        "plugins new",
        "completions",
    ];
    for command in commands {
        let args = command.split_whitespace().chain(["--help"]);
        let help = bench.triglot(args).succeeded().stdout;
        let summary = help.lines().next().unwrap();
        assert!(summary.len() > 10 && !summary.starts_with("Usage"), "{command}: {help}");
        assert!(help.contains(&format!("Usage: triglot {command}").trim().to_owned()), "{help}");
    }
    for command in ["", "run", "plan", "sweep", "evaluate", "encode", "report", "completions"] {
        let args = command.split_whitespace().chain(["--help"]);
        let help = bench.triglot(args).succeeded().stdout;
        assert!(help.contains("Example"), "{command} shows no example:\n{help}");
    }
}

#[test]
fn shells_get_completions() {
    let bench = Bench::new();
    for (shell, word) in [("bash", "complete"), ("zsh", "#compdef"), ("fish", "complete -c")] {
        let script = bench.triglot(["completions", shell]).succeeded().stdout;
        assert!(script.contains(word) && script.contains("evaluate"), "{shell}:\n{script}");
    }
}

#[test]
fn nothing_that_goes_into_a_pipe_is_coloured() {
    let bench = Bench::new();
    bench.write("m.toml", SMALL);
    let commands: [&[&str]; 5] = [
        &["run", "m.toml"],
        &["plan", "m.toml"],
        &["runs", "list"],
        &["plugins", "list"],
        &["run", "absent.toml"],
    ];
    for command in commands {
        let mut command = bench.triglot_command(command);
        let output = triglot_tests::Output::of(command.env_remove("NO_COLOR"));
        let said = output.stdout + &output.stderr;
        assert!(!said.is_empty() && !said.contains('\x1b'), "{said:?}");
    }
}

#[test]
fn quiet_says_nothing_when_all_goes_well() {
    let bench = Bench::new();
    bench.write("m.toml", SMALL);
    let output = bench.triglot(["run", "m.toml", "--quiet"]).succeeded();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
}

#[test]
fn runs_are_listed_shown_and_compared() {
    let bench = Bench::new();
    assert!(bench.triglot(["runs", "list"]).succeeded().stdout.starts_with("no runs in "));
    let manifest = bench.write("m.toml", SMALL);
    let runs = [1, 2].map(|seed| bench.run(&manifest, &["--set", &format!("seed={seed}")]));
    let [first, second] = runs.each_ref().map(|run| run.record["id"].as_str().unwrap());

    let listed = bench.triglot(["runs", "list"]).succeeded().stdout;
    let position = |id: &str| listed.find(id).unwrap_or_else(|| panic!("no {id} in {listed}"));
    assert!(position(first) < position(second), "{listed}");

    let shown = bench.triglot(["runs", "show", "last", "--json"]).succeeded().json();
    assert_eq!(shown, runs[1].record);
    let shown = bench.triglot(["runs", "show", &format!("small/{first}")]).succeeded().stdout;
    assert!(shown.contains(first) && shown.contains("multilingual"), "{shown}");

    let compared = bench.triglot(["runs", "compare", first, second]).succeeded().stdout;
    assert!(compared.contains(first) && compared.contains(second), "{compared}");
    assert!(compared.contains("map"), "{compared}");
    let both = bench.triglot(["runs", "compare", first, second, "--json"]).succeeded().json();
    assert_eq!(both, serde_json::json!([runs[0].record, runs[1].record]));
}

#[test]
fn plugins_are_listed_by_kind_and_shown_with_their_options() {
    let bench = Bench::new();
    let listed = bench.triglot(["plugins", "list", "--json"]).succeeded().json();
    let listed = listed.as_array().unwrap();
    for (kind, name) in [
        ("sampler", "language/cross-lingual"),
        ("backend", "candle/static"),
        ("objective", "contrastive/info-nce"),
        ("metric", "ranking/ndcg"),
        ("metric", "bias/rank-distance"),
    ] {
        let found = listed.iter().any(|c| c["kind"] == kind && c["name"] == name);
        assert!(found, "{kind} {name} is not listed");
    }
    let shown = bench.triglot(["plugins", "show", "contrastive/info-nce"]).succeeded().stdout;
    assert!(shown.contains("temperature") && shown.contains("0.05"), "{shown}");
}

#[test]
fn a_run_counts_what_it_trained_on() {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", SMALL);
    let training = &bench.run(&manifest, &[]).record["training"];
    assert_eq!((training["steps"].as_u64(), training["pairs"].as_u64()), (Some(2), Some(16)));
    assert_eq!(training["texts"].as_u64(), Some(32));
    assert!(training["tokens"].as_u64().unwrap() > 32, "{training}");
    let shown = bench.triglot(["runs", "show", "last"]).succeeded().stdout;
    assert!(shown.contains(&format!(" tokens      {}\n", training["tokens"])), "{shown}");
}
