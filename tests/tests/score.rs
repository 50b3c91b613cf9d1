//! `triglot score`: anybody's run files against anybody's judgements.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use triglot_tests::{Bench, Output, binary, check_python, repository, shared_data};

const RUN: &str = "q1 Q0 d1 1 3 t\nq1 Q0 d2 2 2 t\nq2 Q0 d1 1 2 t\nq9 Q0 d1 1 1 t\n";
const QRELS: &str = "q1 0 d2 1\nq1 0 d3 2\nq2 0 d1 1\nq3 0 d1 1\nq2 0 d4 0\n";

/// A folder with both files.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("a.run", RUN);
    bench.write("f.qrels", QRELS);
    bench
}

fn score(bench: &Bench, further: &[&str]) -> Output {
    bench.triglot(
        ["score", "a.run", "--qrels", "f.qrels"].into_iter().chain(further.iter().copied()),
    )
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

/// What `check_scores.py` says, once trec_eval has agreed on every value.
fn agreed(python: OsString, archive: Option<&Path>) -> String {
    let bench = Bench::new();
    let mut check = bench.command(python);
    check.arg(repository().join("tests/check_scores.py")).arg(binary()).arg(bench.path(""));
    let output = Output::of(check.args(archive));
    assert_eq!(output.code, Some(0), "{}\n{}", output.stdout, output.stderr);
    output.stdout
}

#[test]
fn trec_eval_gives_every_query_of_random_and_adversarial_runs_the_same_values() {
    let Some(python) = check_python("pytrec_eval") else { return };
    agreed(python, None);
}

#[test]
fn trec_eval_gives_every_query_of_miracl_s_18_languages_the_same_values() {
    let (Some(python), Some(data)) = (check_python("pytrec_eval"), shared_data()) else { return };
    let said = agreed(python, Some(&data.join("miracl-v1.0-dev.tar.gz")));
    let counts = "18 files, 13495 queries, 130408 judgements: ";
    assert!(said.starts_with(counts), "{said}");
}

#[test]
fn several_runs_stand_in_one_table_with_what_was_left_out() {
    let bench = bench();
    bench.write("b.run", RUN.replace("d2 2 2", "d2 2 4"));
    let output = score(&bench, &["b.run", "--metrics", "mrr,recall@10"]).succeeded();
    snapshot("scores", &output.stdout);
}

#[test]
fn json_holds_means_in_full_and_counts() {
    let record = score(&bench(), &["--metrics", "map,error", "--json"]).succeeded().json();
    let run = &record["runs"][0];
    assert_eq!(run["means"], serde_json::json!({ "map": 0.625, "error": 0.5 }));
    let counts = ["queries", "unjudged_queries", "missing_queries"].map(|key| run[key].as_u64());
    assert_eq!(counts, [Some(2), Some(1), Some(1)]);
    assert_eq!(
        record["columns"][1],
        serde_json::json!({ "name": "error", "higher_is_better": false })
    );
}

#[test]
fn all_queries_counts_a_missing_one_as_having_retrieved_nothing() {
    let further = ["--metrics", "map,error", "--json", "--all-queries"];
    let record = score(&bench(), &further).succeeded().json();
    let means = &record["runs"][0]["means"];
    let third = |key: &str| means[key].as_f64().unwrap() * 3.0;
    assert!((third("map") - 1.25).abs() < 1e-12, "{means}");
    assert!((third("error") - 2.0).abs() < 1e-12, "{means}");
}

#[test]
fn values_of_every_query_are_written_on_request() {
    let bench = bench();
    score(&bench, &["--metrics", "map,rank-distance", "--per-query", "v.csv"]).succeeded();
    let written = std::fs::read_to_string(bench.path("v.csv")).unwrap();
    assert_eq!(written, "run,query,map,rank-distance\na.run,q1,0.25,\na.run,q2,1,\n");
}

#[test]
fn what_is_wrong_is_said_with_file_and_line() {
    let wrong = |file: &str, contents: &str, further: &[&str]| {
        let bench = bench();
        bench.write(file, contents);
        score(&bench, further).failure()
    };
    let said = [
        wrong("a.run", "q1 Q0 d1 1 3 t\nq1 Q0 d2 2 nan t\n", &[]),
        wrong("a.run", "q1 Q0 d1 1 3 t\nq1 Q0 d1 2 1 t\n", &[]),
        wrong("a.run", "q1 d1 3\n", &[]),
        wrong("a.run", "", &[]),
        wrong("a.run", "1 Q0 d1 1 3 t\n", &[]),
        wrong("f.qrels", "q1 0 d1 yes\n", &[]),
        wrong("f.qrels", "query-id\tcorpus-id\tscore\nq1\td1\t1\n", &[]),
        wrong("f.qrels", QRELS, &["missing.run"]),
        wrong("f.qrels", QRELS, &["--metrics", "mapp"]),
        wrong("f.qrels", QRELS, &["--metrics", "recall"]),
        wrong("f.qrels", QRELS, &["--metrics", "accuracy,accuracy@1"]),
    ];
    snapshot("scores_refused", &said.join("\n"));
}

#[test]
fn a_gzip_file_that_is_cut_or_damaged_is_refused_with_the_line_that_was_reached() {
    let packed = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    for (name, text, reached) in [("a.run", RUN, "a.run:5: "), ("f.qrels", QRELS, "f.qrels:6: ")] {
        let whole = packed(text);
        let mut damaged = whole.clone();
        damaged[whole.len() - 8] ^= 1;
        let cut = whole[..whole.len() - 3].to_vec();
        for (bytes, what) in [(damaged, "damaged"), (cut, "truncated")] {
            let bench = bench();
            std::fs::write(bench.path(name), bytes).unwrap();
            let output = score(&bench, &[]);
            assert_eq!(output.code, Some(2), "{}", output.stderr);
            let expected = format!("{reached}the gzip data is {what}: ");
            assert!(output.stderr.contains(&expected), "{}", output.stderr);
        }
    }
}

#[test]
fn an_option_of_a_metric_stands_in_brackets() {
    let score = |metric: &str| score(&bench(), &["--metrics", metric, "--json"]);
    let record = score("rbp(p=0.5)@2").succeeded().json();
    assert_eq!(record["runs"][0]["means"], serde_json::json!({ "rbp-p0.5@2": 0.375 }));
    let said = ["rbp(p=1.5)", "rbp(q=0.5)", "rbp(p)"].map(|metric| score(metric).failure());
    snapshot("metric_options_refused", &said.join("\n"));
}
