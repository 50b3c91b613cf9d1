//! XQuAD-R as it is: its counts stand in the README of the shared data.

use std::collections::BTreeMap;

use serde_json::json;
use triglot_tests::{Bench, experiment, shared_data};

const CANDIDATES: [(&str, u64); 11] = [
    ("ar", 1222),
    ("de", 1276),
    ("el", 1234),
    ("en", 1180),
    ("es", 1215),
    ("hi", 1244),
    ("ru", 1219),
    ("th", 852),
    ("tr", 1167),
    ("vi", 1209),
    ("zh", 1196),
];
const QUESTIONS: u64 = 1190;

#[test]
fn a_plan_over_xquad_r_counts_its_questions_and_candidates_by_language() {
    let Some(data) = shared_data() else { return };
    let bench = Bench::new();
    let manifest = experiment("xquad/static-hybrid.toml");
    let plan = [
        "plan".as_ref(),
        manifest.as_os_str(),
        "--data".as_ref(),
        "--json".as_ref(),
        "--data-dir".as_ref(),
        data.as_os_str(),
    ];
    let plan = bench.triglot(plan).succeeded().json();
    let tables = plan["data"].as_array().unwrap();
    let table = tables.iter().find(|table| table["data"] == "xquad-r").unwrap();
    let rows = CANDIDATES
        .map(|(language, passages)| json!([language, QUESTIONS.to_string(), passages.to_string()]));
    assert_eq!(table["rows"], json!(rows));
}

#[test]
fn every_question_of_xquad_r_has_one_relevant_sentence_in_every_language() {
    let Some(data) = shared_data() else { return };
    let bench = Bench::new();
    let run = bench.run(
        &experiment("xquad/static-hybrid.toml"),
        &[
            "--data-dir",
            data.to_str().unwrap(),
            "--set",
            "train.stage.main.steps=2",
            "--set",
            "train.data.squad.limit=400",
            "--set",
            "model.options.dim=8",
            "--set",
            "evaluate.xquad-r.settings=['multilingual']",
            "--set",
            "evaluate.xquad-r.metrics=['map']",
        ],
    );
    let counts = &run.record["evaluation"][0];
    for (language, passages) in CANDIDATES {
        let expected = json!({ "queries": QUESTIONS, "passages": passages });
        assert_eq!(counts["languages"][language], expected);
    }
    let setting = &counts["settings"]["multilingual"];
    assert_eq!(setting["queries"], json!(13_090));
    assert_eq!(setting["left_out"], json!(0));
    for (language, _) in CANDIDATES {
        let qrels = run.path(&format!("eval/xquad-r/multilingual/{language}.qrels"));
        let qrels = std::fs::read_to_string(qrels).unwrap();
        let mut of_query: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for line in qrels.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let [query, _, passage, grade] = fields[..] else { panic!("{line}") };
            assert_eq!(grade, "1");
            of_query.entry(query).or_default().push(passage.split(':').next().unwrap());
        }
        assert_eq!(of_query.len() as u64, QUESTIONS);
        for (query, mut languages) in of_query {
            languages.sort_unstable();
            assert_eq!(languages, CANDIDATES.map(|(code, _)| code), "{query}");
        }
    }
}
