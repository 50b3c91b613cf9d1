//! `runs compare` over real runs: what the differences are, whether they are any, and what is refused.

use std::path::PathBuf;

use serde_json::Value;
use triglot_tests::{Bench, Run, SMALL};

use crate::failure::snapshot;

const KEY: &str = "train.stage.main.learning_rate";

/// Three strategies that differ in a key, two seeds each.
const SWEEP: &str = r#"
[sweep]
seeds = [1, 2]
grid = { "train.stage.main.learning_rate" = [0.01, 0.02, 0.03] }
"#;

fn small(bench: &Bench, further: &str) -> PathBuf {
    bench.write("m.toml", format!("{SMALL}{further}"))
}

/// The runs of two seeds.
fn two(bench: &Bench) -> [Run; 2] {
    let manifest = small(bench, "");
    [1, 2].map(|seed| bench.run(&manifest, &["--set", &format!("seed={seed}")]))
}

fn id(run: &Run) -> &str {
    run.record["id"].as_str().unwrap()
}

/// Gives every query of a run another value of `map`, and the record their means: training's last digits are those of a
/// machine, and a snapshot is not.
fn pretend(run: &Run, value: impl Fn(usize) -> f64) {
    let mut record = run.record.clone();
    for (setting, groups) in [
        ("monolingual", &["en", "es"]),
        ("cross-lingual", &["en-es", "es-en"]),
        ("multilingual", &["en", "es"]),
    ] {
        let mut means = Vec::new();
        for group in groups {
            let path = run.path(&format!("eval/facts/{setting}/{group}.csv"));
            let text = std::fs::read_to_string(&path).unwrap();
            let queries: Vec<&str> =
                text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
            let values: Vec<f64> = (0..queries.len()).map(&value).collect();
            let lines =
                queries.iter().zip(&values).map(|(query, value)| format!("{query},{value}\n"));
            std::fs::write(path, format!("query,map\n{}", lines.collect::<String>())).unwrap();
            means.push(values.iter().sum::<f64>() / values.len() as f64);
        }
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        record["metrics"][format!("eval/facts/{setting}/map")] = mean.into();
    }
    std::fs::write(run.path("run.json"), record.to_string()).unwrap();
}

/// Trials of a sweep in its order, with the values of three strategies: the second is a little better than the first at
/// nearly every query, the third differs from it at random.
fn pretended_sweep(bench: &Bench) -> String {
    let manifest = small(bench, SWEEP);
    let sweep = bench.triglot(["sweep".as_ref(), manifest.as_os_str(), "--json".as_ref()]);
    let sweep = sweep.succeeded().json();
    for trial in sweep["trials"].as_array().unwrap() {
        let run = Run {
            folder: trial["folder"].as_str().unwrap().into(),
            record: trial["record"].clone(),
        };
        let run = Run { folder: bench.path(&run.folder), ..run };
        let rate = trial["trial"]["point"][KEY].as_f64().unwrap();
        let strategy = (rate * 100.0).round() as usize - 1;
        let seed = trial["seed"].as_u64().unwrap();
        pretend(&run, |query| {
            let base = 0.3 + 0.02 * ((query * 7) % 20) as f64 + 0.01 * seed as f64;
            let wave = ((query * 13) % 11) as f64 / 100.0;
            base + [0.0, 0.03 + wave, 0.05 - wave][strategy]
        });
    }
    sweep["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_sweep_is_compared_with_marks_intervals_and_corrected_p_values() {
    let bench = Bench::new();
    let sweep = pretended_sweep(&bench);
    let args = ["runs", "compare", &sweep, "--metric", "map", "--setting", "multilingual"];
    let output = bench.triglot(args).succeeded();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("significance_of_a_sweep", output.stdout);
    });
    let again = bench.triglot(args).succeeded();
    assert_eq!(output.stdout, again.stdout, "draws are keyed");
}

#[test]
fn trials_of_two_seeds_are_one_system_and_the_baseline_is_compared_with_each() {
    let bench = Bench::new();
    let sweep = pretended_sweep(&bench);
    let runs = bench.triglot(["runs", "list", "--json"]).succeeded().json();
    let second = |run: &&Value| run["trial"]["point"][KEY] == 0.02;
    let baseline = runs.as_array().unwrap().iter().find(second).unwrap();
    let baseline = baseline["id"].as_str().unwrap();
    let args = ["runs", "compare", &sweep, "--metric", "map", "--baseline", baseline, "--json"];
    let found = bench.triglot(args).succeeded().json();
    let systems = found["systems"].as_array().unwrap();
    assert_eq!(systems.len(), 3);
    assert!(systems.iter().all(|system| system["seeds"] == serde_json::json!([1, 2])));
    assert_eq!(found["baseline"], "b");
    let scores = found["scores"].as_array().unwrap();
    assert_eq!(scores.len(), 3, "one a setting");
    for score in scores {
        let pairs = score["comparisons"].as_array().unwrap();
        let numbers: Vec<_> = pairs.iter().map(|pair| (&pair["first"], &pair["second"])).collect();
        assert_eq!(
            numbers,
            [(&Value::from(0), &Value::from(1)), (&Value::from(2), &Value::from(1))]
        );
        for pair in pairs {
            assert!(pair["corrected_p"].as_f64() >= pair["p"].as_f64());
            let over_seeds = &pair["intervals"]["over_seeds"];
            assert!(over_seeds[0].as_f64().unwrap() < over_seeds[1].as_f64().unwrap());
        }
    }
}

#[test]
fn the_difference_is_that_of_the_macro_means_of_the_records() {
    let bench = Bench::new();
    let runs = two(&bench);
    for test in ["t", "wilcoxon", "randomisation"] {
        let args = ["runs", "compare", id(&runs[0]), id(&runs[1]), "--metric", "map", "--json"];
        let found = bench.triglot(args.into_iter().chain(["--test", test])).succeeded().json();
        assert_eq!(found["test"], test);
        for score in found["scores"].as_array().unwrap() {
            let name = format!("eval/facts/{}/map", score["setting"].as_str().unwrap());
            let [first, second] = runs.each_ref().map(|run| run.metric(&name));
            assert_eq!(score["means"], serde_json::json!([first, second]));
            let pair = &score["comparisons"][0];
            let number = |key: &str| pair[key].as_f64().unwrap();
            assert!((number("difference") - (second - first)).abs() < 1e-12, "{pair}");
            assert!((0.0..=1.0).contains(&number("p")), "{pair}");
            // Every question is asked in both languages.
            assert_eq!(number("queries"), 2.0 * number("topics"));
        }
    }
}

#[test]
fn a_run_does_not_differ_from_its_copy() {
    let bench = Bench::new();
    let manifest = small(&bench, "");
    let runs = [0, 1].map(|_| bench.run(&manifest, &[]));
    let args = ["runs", "compare", id(&runs[0]), id(&runs[1]), "--metric", "map", "--json"];
    let found = bench.triglot(args).succeeded().json();
    for score in found["scores"].as_array().unwrap() {
        let pair = &score["comparisons"][0];
        assert_eq!((&pair["difference"], &pair["p"]), (&0.0.into(), &1.0.into()), "{pair}");
        assert_eq!(pair["significant"], false);
    }
}

#[test]
fn runs_that_were_measured_on_different_data_are_refused() {
    let bench = Bench::new();
    let runs = two(&bench);
    let compare =
        || bench.triglot(["runs", "compare", id(&runs[0]), id(&runs[1]), "--metric", "map"]);
    let file = |name: &str| runs[1].path(&format!("eval/facts/monolingual/{name}"));
    let damaged = |name: &str, damage: &dyn Fn(&str) -> String| {
        let whole = std::fs::read_to_string(file(name)).unwrap();
        std::fs::write(file(name), damage(&whole)).unwrap();
        let output = compare();
        std::fs::write(file(name), whole).unwrap();
        output
    };
    let without_last = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        lines[..lines.len() - 1].join("\n") + "\n"
    };
    let other_grade = |text: &str| text.replacen(" 1\n", " 0\n", 1);
    let no_number = |text: &str| text.replacen("\n", "\nen:x,half\n", 1);
    snapshot(&bench, "compare_other_queries", &damaged("en.csv", &without_last));
    snapshot(&bench, "compare_other_qrels", &damaged("es.qrels", &other_grade));
    snapshot(&bench, "compare_damaged_values", &damaged("es.csv", &no_number));
    std::fs::remove_file(file("en.csv")).unwrap();
    snapshot(&bench, "compare_missing_group", &compare());
}

#[test]
fn what_cannot_be_asked_says_what_can() {
    let bench = Bench::new();
    let runs = two(&bench);
    let refused = |name: &str, further: &[&str]| {
        let args = ["runs", "compare", id(&runs[0]), id(&runs[1])];
        let output = bench.triglot(args.iter().chain(further));
        snapshot(&bench, name, &output);
    };
    refused("compare_unknown_metric", &["--metric", "mapp"]);
    refused("compare_unknown_set", &["--metric", "map", "--data-set", "fact"]);
    refused("compare_no_metric", &["--test", "wilcoxon"]);
    refused("compare_level", &["--metric", "map", "--alpha", "5"]);
    let alone = bench.triglot(["runs", "compare", id(&runs[0]), "--metric", "map"]);
    snapshot(&bench, "compare_one_run", &alone);
}
