//! Sentences beside their translations: trained on as pairs, measured pair by pair; stages that draw from part of the
//! data, and hard negatives out of a file.

use std::fmt::Write as _;

use serde_json::{Value, json};
use triglot_tests::{Bench, SMALL};

const STAGES: &str = r#"
[[train.data]]
name = "lines"
reader = "aligned-lines"
path = "{lang}-en.{side}"
pivot = "en"
negatives = "negatives.jsonl"

[[train.stage]]
name = "german"
languages = ["de", "en"]
data = ["lines"]
steps = 4
batch_size = 4
learning_rate = 0.01
objective = [{ use = "contrastive/info-nce" }]
mix = [{ name = "pairs", use = "language/cross-lingual", options = { negatives = 2 } }]

[[train.stage]]
name = "all"
steps = 4
batch_size = 4
learning_rate = 0.01
objective = [{ use = "contrastive/info-nce" }]
mix = [{ name = "pairs", use = "language/cross-lingual" }]

[[evaluate]]
name = "lines"
reader = "aligned-lines"
path = "{lang}-en.{side}"
pivot = "en"
settings = ["cross-lingual"]
metrics = ["recall@1"]
"#;

/// Twelve lines of a language beside English ones, of which some stand in the file of another language too.
fn bench() -> Bench {
    let bench = Bench::new();
    for (language, word) in [("de", "Stein"), ("fr", "pierre")] {
        let lines = |word: &str| (0..12).map(|n| format!("{word} {n}\n")).collect::<String>();
        bench.write(&format!("data/{language}-en.{language}"), lines(word));
        bench.write(&format!("data/{language}-en.en"), lines("stone"));
    }
    let mut negatives = String::new();
    for n in 1..=12 {
        let text = json!({ "text": format!("No stone {n}") });
        let other = format!("de-{:07}", n % 12 + 1);
        let id = format!("de-{n:07}");
        let line = json!({ "id": id, "language": "de", "negatives": [text, other] });
        writeln!(negatives, "{line}").unwrap();
    }
    bench.write("data/negatives.jsonl", negatives);
    let facts = &SMALL[SMALL.find("[[train.data]]").unwrap()..];
    bench.write("m.toml", SMALL.replace(facts, STAGES));
    bench
}

fn plan(bench: &Bench) -> Value {
    let args = ["plan", "m.toml", "--data-dir", "data", "--json", "--data", "--batches", "4"];
    bench.triglot(args).succeeded().json()
}

#[test]
fn every_language_is_searched_beside_the_pivot_sentences_of_its_own() {
    let bench = bench();
    let run = bench.run(&bench.path("m.toml"), &["--data-dir", "data"]);
    let measured = &run.record["evaluation"][0];
    assert_eq!(measured["settings"]["cross-lingual"]["groups"], 4);
    assert_eq!(measured["settings"]["cross-lingual"]["queries"], 48);
    assert_eq!(measured["languages"]["en"], json!({ "queries": 24, "passages": 24 }));
    let groups: Vec<f64> = ["de-en", "en-de", "fr-en", "en-fr"]
        .iter()
        .map(|pair| run.metric(&format!("eval/lines/cross-lingual/{pair}/recall@1")))
        .collect();
    let mean = groups.iter().sum::<f64>() / 4.0;
    assert!((run.metric("eval/lines/cross-lingual/recall@1") - mean).abs() < 1e-12);
    let qrels = std::fs::read_to_string(run.path("eval/lines/cross-lingual/en-fr.qrels")).unwrap();
    assert_eq!(qrels.lines().count(), 12);
    assert!(qrels.lines().all(|line| line.starts_with("en:fr-") && line.contains(" fr:")));
    assert_eq!(run.record["trained_languages"], json!(["de", "en", "fr"]));
}

#[test]
fn a_stage_draws_from_what_it_names_and_hard_negatives_go_where_their_queries_go() {
    let bench = bench();
    let plan = plan(&bench);
    let stages = plan["preview"]["stages"].as_array().unwrap();
    assert_eq!(stages[0]["languages"], json!(["de", "en"]));
    assert_eq!(stages[1]["languages"], json!(["de", "en", "fr"]));
    for pair in stages[0]["language_pairs"].as_array().unwrap() {
        assert!(pair["query"] != "fr" && pair["passage"] != "fr", "{pair}");
    }
    let notes = plan["data"][0]["notes"].to_string();
    assert!(
        notes.contains("lines: 24 hard negatives of 12 queries, 12 passages of no example"),
        "{notes}"
    );
    assert!(notes.contains("stage german draws from 24 examples, in de, en"), "{notes}");
    let counts = &stages[0]["members"][0]["counts"];
    // German queries have two hard negatives, English ones none.
    let german: u64 = (stages[0]["language_pairs"].as_array().unwrap().iter())
        .filter(|pair| pair["query"] == "de")
        .map(|pair| pair["pairs"].as_u64().unwrap())
        .sum();
    assert!(german > 0);
    assert_eq!(counts["hard_negatives"], 2 * german);
}

#[test]
fn a_stage_that_names_what_is_not_there_is_refused_before_anything_runs() {
    let bench = bench();
    let text = std::fs::read_to_string(bench.path("m.toml")).unwrap();
    bench.write("m.toml", text.replace("[\"de\", \"en\"]", "[\"de\", \"eng\"]"));
    let error = bench.triglot(["run", "m.toml", "--data-dir", "data"]).failure();
    assert!(
        error.contains("there is no language `eng` to train on; did you mean `en`?"),
        "{error}"
    );
}
