//! Collections, in folders laid out as they are published: searched, scored and reported on like any other data.

mod data;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use triglot_tests::{Bench, Output, Run, check_python, files_under, repository};

use data::{WORDS, bench};

fn measured(bench: &Bench) -> Run {
    bench.run(&bench.path("m.toml"), &["--data-dir", "data"])
}

#[test]
fn collections_are_searched_as_published_each_language_by_its_law() {
    let bench = bench();
    let run = measured(&bench);
    let sets = run.record["evaluation"].as_array().unwrap();
    let set = |name: &str| sets.iter().find(|set| set["name"] == name).unwrap();
    let languages = |name: &str| -> Vec<String> {
        set(name)["languages"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(languages("beir"), ["de", "en"]);
    assert_eq!(languages("miracl"), ["sw", "yo"]);
    assert_eq!(languages("mr-tydi"), ["fi", "sw"]);
    assert_eq!(languages("neuclir"), ["en", "fa", "ru", "zh"]);
    assert_eq!(set("neuclir")["languages"]["zh"], json!({ "queries": 3, "passages": 12 }));
    let counts = |name: &str, setting: &str| -> [Value; 3] {
        let setting = &set(name)["settings"][setting];
        ["groups", "queries", "left_out"].map(|key| setting[key].clone())
    };
    assert_eq!(counts("beir", "monolingual"), [2, 12, 0]);
    assert_eq!(counts("beir", "cross-lingual"), [2, 12, 0]);
    assert_eq!(counts("miracl", "multilingual"), [2, 12, 0]);
    assert_eq!(counts("mr-tydi", "monolingual"), [2, 12, 0]);
    // English against each of the three, Chinese against the two others; no document is in English.
    assert_eq!(counts("neuclir", "cross-lingual"), [6, 24, 3]);
    assert_eq!(counts("neuclir", "multilingual"), [2, 9, 0]);

    // Mentions in two languages, entities described in three; pairs of sentences, each both ways.
    assert_eq!(languages("mewsli-x"), ["de", "pl", "sw", "ta"]);
    assert_eq!(counts("mewsli-x", "multilingual"), [2, 12, 0]);
    assert_eq!(counts("bucc", "cross-lingual"), [4, 12, 0]);
    assert_eq!(set("bucc")["languages"]["en"], json!({ "queries": 6, "passages": 12 }));

    let relevant = |path: &str| -> Vec<String> {
        let qrels = std::fs::read_to_string(run.path(path)).unwrap();
        let lines = qrels.lines().filter(|line| line.split(' ').next().unwrap().ends_with(":0"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(
        relevant("eval/neuclir/cross-lingual/en-fa.qrels"),
        ["en:0 0 fa:fas0 3", "en:0 0 fa:fas1 0", "en:0 0 fa:fas6 1"]
    );
    // Where ids are shared, the documents of every language are judged; else those of the query's own alone.
    assert_eq!(relevant("eval/neuclir/multilingual/zh.qrels").len(), 9);
    assert_eq!(relevant("eval/miracl/multilingual/yo.qrels").len(), 3);
    assert_eq!(relevant("eval/beir/multilingual/de.qrels").len(), 6);
    // A word stands in both of its documents and in no other.
    for metric in [
        "eval/beir/cross-lingual/de-en/recall@10",
        "eval/miracl/monolingual/yo/recall@10",
        "eval/mr-tydi/monolingual/fi/recall@10",
        "eval/mr-tydi/monolingual/sw/recall@10",
        "eval/neuclir/cross-lingual/zh-ru/recall@10",
        "eval/mewsli-x/multilingual/pl/mrr@20",
        "eval/bucc/cross-lingual/en-zh/accuracy@1",
    ] {
        assert!(run.metric(metric) > 0.9, "{metric} is {}", run.metric(metric));
    }
}

#[test]
fn trec_eval_gives_graded_judgements_of_collections_the_same_values() {
    let Some(python) = check_python("pytrec_eval") else { return };
    let bench = bench();
    let run = measured(&bench);
    let mut check = bench.command(python);
    let check = check.arg(repository().join("tests/check_rankings.py")).arg(run.path(""));
    let output = Output::of(check);
    assert_eq!(output.code, Some(0), "{}\n{}", output.stdout, output.stderr);
}

#[test]
fn a_report_on_collections_keeps_trained_and_unseen_languages_apart_and_shows_texts() {
    let bench = bench();
    let run = measured(&bench);
    let report = bench.triglot(["report", "last", "--json"]).succeeded().json();
    assert_eq!(report["notes"], json!([]));
    let sets = report["sets"].as_array().unwrap();
    let set = |name: &str| sets.iter().find(|set| set["name"] == name).unwrap();
    let mean = |name: &str, scope: &str, setting: &str| {
        let figures = set(name)["figures"].as_array().unwrap().iter();
        let mut own = figures.filter(|figure| {
            figure["scope"] == scope
                && figure["setting"] == setting
                && figure["column"] == "ndcg@10"
        });
        own.next().and_then(|figure| figure["mean"].as_f64())
    };
    // English and Spanish are trained on.
    let value = |group: &str| Some(run.metric(&format!("eval/{group}/ndcg@10")));
    assert_eq!(mean("beir", "trained", "monolingual"), value("beir/monolingual/en"));
    assert_eq!(mean("beir", "unseen", "monolingual"), value("beir/monolingual/de"));
    assert_eq!(mean("beir", "all", "monolingual"), value("beir/monolingual"));
    // Of two languages of which one is trained on no pair is of trained languages alone, or of others.
    assert_eq!(mean("beir", "trained", "cross-lingual"), None);
    assert_eq!(mean("neuclir", "trained", "multilingual"), value("neuclir/multilingual/en"));
    assert_eq!(mean("neuclir", "unseen", "multilingual"), value("neuclir/multilingual/zh"));
    let unseen = ["zh-fa", "zh-ru"]
        .map(|pair| run.metric(&format!("eval/neuclir/cross-lingual/{pair}/ndcg@10")));
    let found = mean("neuclir", "unseen", "cross-lingual").unwrap();
    assert!((found - unseen.iter().sum::<f64>() / 2.0).abs() < 1e-12, "{found}");
    assert_eq!(
        (mean("miracl", "unseen", "monolingual"), mean("mr-tydi", "trained", "monolingual")),
        (None, None)
    );
    let map = &set("neuclir")["heat"][0];
    assert_eq!(
        (&map["queries"], &map["passages"]),
        (&json!(["en", "zh"]), &json!(["fa", "ru", "zh"]))
    );
    assert_eq!(map["cells"][1][2], Value::Null);
    for name in ["beir", "miracl", "mr-tydi", "neuclir"] {
        let worst = &set(name)["worst"][0]["queries"][0];
        let text = worst["text"].as_str().unwrap();
        assert!(WORDS.contains(&text.trim_end_matches('?')), "{worst}");
        assert!(worst["top"][0]["text"].is_string() && worst["relevant_count"].as_u64() >= Some(2));
    }
    bench.triglot(["report", "last", "--out", "r.html"]).succeeded();
}

#[test]
fn collections_are_counted_before_anything_runs() {
    let bench = bench();
    let asked = ["data", "inspect", "m.toml", "--data-dir", "data", "--json"];
    let told = bench.triglot(asked).succeeded().json();
    let sets = told["sets"].as_array().unwrap().iter();
    let counts = sets.filter(|set| set["purpose"] == "evaluation").flat_map(|set| {
        let of = |language: &Value| {
            let counts = ["queries", "passages", "judgements", "relevant"]
                .map(|key| language[key].as_u64().unwrap());
            (
                format!(
                    "{} {}",
                    set["name"].as_str().unwrap(),
                    language["language"].as_str().unwrap()
                ),
                counts,
            )
        };
        set["languages"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    });
    let counts: BTreeMap<String, [u64; 4]> = counts.collect();
    for (language, expected) in [
        ("beir de", [6, 12, 36, 24]),
        ("miracl yo", [6, 12, 18, 12]),
        ("mr-tydi fi", [6, 12, 18, 12]),
        ("neuclir en", [6, 0, 54, 36]),
        ("neuclir zh", [3, 12, 27, 18]),
        ("mewsli-x pl", [6, 0, 6, 6]),
        ("mewsli-x ta", [0, 2, 0, 0]),
        ("bucc de", [3, 6, 6, 6]),
        ("bucc en", [6, 12, 12, 12]),
    ] {
        assert_eq!(counts.get(language), Some(&expected), "{language}");
    }
}

#[test]
fn what_is_wrong_with_a_collection_ends_a_run_before_it_begins_with_file_and_line() {
    let judged = "data/mr-tydi/mrtydi-v1.1-swahili/ir-format-data/qrels.test.txt";
    let documents = "data/mr-tydi/mrtydi-v1.1-swahili/corpus.jsonl.gz";
    for (file, text, expected) in [
        (judged, "0 Q0 sw0 1\n99 Q0 sw0 1\n", "qrels.test.txt:2: there is no query `99`"),
        (
            judged,
            "0 Q0 sw0 1\n0 Q0 sw0 0\n",
            "qrels.test.txt:2: the document `sw0` has the grade 0",
        ),
        (judged, "0 Q0 sw0 good\n", "qrels.test.txt:1: the grade of `sw0`"),
        (judged, "0 Q0 sw0 1\n1\tsw1\t1\n", "qrels.test.txt:2: the line has 3 columns"),
        (judged, "0,Q0,sw0,1\n", "qrels.test.txt:1: the line has 1 columns"),
        (judged, "", "qrels.test.txt: there is no judgement in the file"),
        (judged, "0 Q0 nowhere 1\n", "none of the 1 relevant documents is among the 12"),
        (judged, "0 Q0 sw0 0\n", "no judgement says that a document is relevant"),
        (documents, "", "corpus.jsonl.gz: there is no document in the file"),
        (documents, "{\"docid\": \"sw0\"}\n", "corpus.jsonl.gz:1: none of the keys title, text"),
        (
            "data/mr-tydi/mrtydi-v1.1-swahili/ir-format-data/topics.test.txt",
            "0 stone\n",
            "topics.test.txt:1: the line has 1 columns",
        ),
    ] {
        let bench = bench();
        bench.write(file, text);
        let languages = "evaluate.mr-tydi.languages=[\"sw\"]";
        let output = bench.triglot(["run", "m.toml", "--data-dir", "data", "--set", languages]);
        assert_eq!(output.code, Some(2), "{}", output.stderr);
        assert!(output.stderr.contains(expected), "{}", output.stderr);
        assert!(files_under(&bench.runs_dir()).is_empty());
    }
}
