//! `triglot plan --batches`: what training will see is what it sees, and what was written can be replayed.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use triglot_tests::{Bench, Run, SMALL};

use crate::journal;

/// A stage of two members, and a second one after it.
const STAGES: &str = r#"
[[train.stage]]
name = "main"
steps = 12
batch_size = 8
learning_rate = 0.01
ignore_same_group = true
objective = [{ use = "contrastive/info-nce" }]
mix = [
  { name = "mono", use = "language/monolingual", share = 0.5 },
  { name = "cross", use = "language/cross-lingual" },
]

[[train.stage]]
name = "last"
steps = 5
batch_size = 8
learning_rate = 0.01
objective = [{ use = "contrastive/info-nce" }]
mix = [{ name = "same", use = "language/same-language" }]
"#;

/// The small experiment with these stages, and with each member `replay`ed from a file or not.
fn manifest(bench: &Bench, replay: Option<&str>) -> PathBuf {
    let (before, stage) = SMALL.split_once("[[train.stage]]").unwrap();
    let after = &stage[stage.find("[[evaluate]]").unwrap()..];
    let mut stages = STAGES.to_owned();
    for (stage, member, sampler) in [
        ("main", "mono", "language/monolingual"),
        ("main", "cross", "language/cross-lingual"),
        ("last", "same", "language/same-language"),
    ] {
        let options = |path: &str| {
            format!(
                r#""replay/file", options = {{ path = "{path}", stage = "{stage}", member = "{member}" }}"#
            )
        };
        if let Some(path) = replay {
            stages = stages.replace(&format!("{sampler:?}"), &options(path));
        }
    }
    let name = if replay.is_some() { "replay.toml" } else { "drawn.toml" };
    bench.write(name, format!("{before}{stages}\n{after}"))
}

fn plan(bench: &Bench, manifest: &Path, further: &[&str]) -> Value {
    let plan = ["plan", manifest.to_str().unwrap(), "--json"];
    bench.triglot([&plan, further].concat()).succeeded().json()
}

fn losses(run: &Run) -> Vec<(u64, f64)> {
    journal::values(&journal::events(&run.folder), "train/loss")
}

#[test]
fn what_a_plan_shows_is_what_a_run_counts() {
    let bench = Bench::new();
    let manifest = manifest(&bench, None);
    let plan = plan(&bench, &manifest, &["--batches", "12"]);
    let training = bench.run(&manifest, &[]).record["training"].take();
    for (stage, steps) in plan["preview"]["stages"].as_array().unwrap().iter().zip([12, 5]) {
        let name = stage["name"].as_str().unwrap();
        assert_eq!(stage["batches"], steps);
        let mut batches = 0;
        for member in stage["members"].as_array().unwrap() {
            let key = format!("{name}/{}", member["name"].as_str().unwrap());
            assert_eq!(member["counts"], training["batches"][&key], "{key}");
            assert_eq!(member["batches_in_stage"], member["counts"]["batches"]);
            assert_eq!(member["counts"]["pairs"], member["counts"]["positives"]);
            batches += member["counts"]["batches"].as_u64().unwrap();
        }
        assert_eq!(batches, steps);
        let pairs = stage["language_pairs"].as_array().unwrap();
        let recorded = training["language_pairs"][name].as_object().unwrap();
        assert_eq!(pairs.len(), recorded.len());
        for pair in pairs {
            let of = |part: &str| pair[part].as_str().unwrap();
            assert_eq!(pair["pairs"], recorded[&format!("{}-{}", of("query"), of("passage"))]);
        }
        let counted: u64 = recorded.values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(counted, 8 * steps);
    }
    assert_eq!(training["pairs"], 8 * 17);
}

#[test]
fn replayed_batches_train_as_those_that_they_were_written_from() {
    let bench = Bench::new();
    let drawn = manifest(&bench, None);
    plan(&bench, &drawn, &["--batches", "12", "--write", "batches.jsonl"]);
    let written = std::fs::read_to_string(bench.path("batches.jsonl")).unwrap();
    assert_eq!(written.lines().count(), 17);
    let replayed = manifest(&bench, Some("batches.jsonl"));
    let [drawn, replayed] = [drawn, replayed].map(|manifest| bench.run(&manifest, &[]));
    assert_eq!(losses(&drawn).len(), 17);
    assert_eq!(losses(&drawn), losses(&replayed));
    assert_eq!(drawn.record["training"], replayed.record["training"]);
    assert_eq!(drawn.record["metrics"], replayed.record["metrics"]);
}

/// Stages on parts of data with hard negatives; what draws their batches is filled in.
const NEGATIVES: &str = r#"
name = "negatives"
[model]
use = "candle/static"
options = { dim = 16, vocab_size = 600 }

[[train.data]]
name = "pairs"
reader = "jsonl"
path = "pairs.jsonl"
negatives = "negatives.jsonl"

[[train.stage]]
name = "both"
steps = 9
batch_size = 6
learning_rate = 0.01
objective = [{ use = "contrastive/info-nce" }]
mix = [{ name = "same", BOTH }]

[[train.stage]]
name = "spanish"
steps = 4
batch_size = 6
learning_rate = 0.01
languages = ["es"]
objective = [{ use = "contrastive/info-nce" }]
mix = [{ name = "same", SPANISH }]

[[evaluate]]
name = "pairs"
reader = "jsonl"
path = "pairs.jsonl"
metrics = ["map"]
"#;

/// Twenty examples in two languages; example i has i mod 3 hard negatives, the second of which answers no query.
fn write_pairs(bench: &Bench) {
    let (mut pairs, mut negatives) = (String::new(), String::new());
    for i in 0..20 {
        for (language, word) in [("en", "number"), ("es", "número")] {
            let (id, passage) = (format!("e{i}"), format!("{word} {i} follows {}", i - 1));
            let query = format!("what is {word} {i}?");
            let pair =
                json!({ "id": id, "language": language, "query": query, "passage": passage });
            pairs += &format!("{pair}\n");
            let other = format!("e{}", (i + 7) % 20);
            let all = [json!(other), json!({ "text": format!("{word} {i} is not it") })];
            let some = &all[..i as usize % 3];
            if !some.is_empty() {
                let line = json!({ "id": id, "language": language, "negatives": some });
                negatives += &format!("{line}\n");
            }
        }
    }
    bench.write("pairs.jsonl", pairs);
    bench.write("negatives.jsonl", negatives);
}

#[test]
fn hard_negatives_and_stages_on_parts_of_the_data_are_shown_and_replayed() {
    let bench = Bench::new();
    write_pairs(&bench);
    let fill = |name: &str, sampler: &dyn Fn(&str) -> String| {
        let filled = NEGATIVES.replace("BOTH", &sampler("both"));
        bench.write(name, filled.replace("SPANISH", &sampler("spanish")))
    };
    let drawn = fill("drawn.toml", &|_| {
        r#"use = "language/same-language", options = { negatives = 2 }"#.to_owned()
    });
    let replayed = fill("replay.toml", &|stage| {
        format!(r#"use = "replay/file", options = {{ path = "batches.jsonl", stage = "{stage}" }}"#)
    });
    let plan = plan(&bench, &drawn, &["--batches", "9", "--write", "batches.jsonl"]);
    let stages = &plan["preview"]["stages"];
    assert_eq!(stages[0]["languages"], json!(["en", "es"]));
    assert_eq!(stages[1]["languages"], json!(["es"]));
    for stage in [&stages[0], &stages[1]] {
        let member = &stage["members"][0];
        let negatives = &member["hard_negatives_per_query"];
        assert_eq!((&negatives["min"], &negatives["max"]), (&json!(0), &json!(2)));
        let of = |count: &str| member["counts"][count].as_f64().unwrap();
        assert_eq!(negatives["mean"].as_f64().unwrap(), of("hard_negatives") / of("pairs"));
    }
    let [drawn, replayed] = [drawn, replayed].map(|manifest| bench.run(&manifest, &[]));
    assert_eq!(losses(&drawn).len(), 13);
    assert_eq!(losses(&drawn), losses(&replayed));
    assert_eq!(drawn.record["training"], replayed.record["training"]);
}

#[test]
fn batches_of_other_data_are_refused_with_file_line_and_pair() {
    let bench = Bench::new();
    plan(&bench, &manifest(&bench, None), &["--batches", "3", "--write", "batches.jsonl"]);
    let replayed = manifest(&bench, Some("batches.jsonl"));
    let languages = r#"train.data.facts.languages=["en","de"]"#;
    let refused = bench.triglot(["run", replayed.to_str().unwrap(), "--set", languages]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("options.path`: replay/file refuses: "), "{}", refused.stderr);
    assert!(refused.stderr.contains("batches.jsonl:"), "{}", refused.stderr);
    assert!(refused.stderr.contains("it names the language `es`; the data has de, en"));
}

#[test]
fn a_plan_of_batches_is_readable_in_a_pipe() {
    let bench = Bench::new();
    let manifest = manifest(&bench, None);
    let shown = bench.triglot(["plan", manifest.to_str().unwrap(), "--batches", "8"]).succeeded();
    let said = &shown.stdout;
    for words in [
        "stage main: batches 1 to 8 of 12, 8 pairs each",
        "pairs by language, queries down, passages across\n    en es",
        "how often it passes over each data set",
        "step 1, ",
        "stage last: batches 1 to 5 of 5, 8 pairs each",
    ] {
        assert!(said.contains(words), "no `{words}` in\n{said}");
    }
    assert!(!said.contains('\x1b'));
}

#[test]
fn a_file_of_batches_needs_to_be_told_how_many() {
    let bench = Bench::new();
    let refused = bench.triglot(["plan", "m.toml", "--write", "batches.jsonl"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--batches <N>"), "{}", refused.stderr);
}
