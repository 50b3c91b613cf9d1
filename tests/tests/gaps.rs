//! Gaps between settings: differences of means in the record, where the languages are the same.

use serde_json::Value;
use triglot_tests::{Bench, Run, SMALL};

fn gaps(run: &Run) -> Vec<(String, f64)> {
    let metrics = run.record["metrics"].as_object().unwrap().iter();
    let own = metrics.filter(|(key, _)| key.starts_with("gap/"));
    own.map(|(key, value)| (key.clone(), value.as_f64().unwrap())).collect()
}

#[test]
fn a_gap_is_the_monolingual_mean_less_that_of_another_setting() {
    let bench = Bench::new();
    let text = SMALL.replace("[\"map\"]", "[\"map\", \"recall@1\", \"error\", \"rank-distance\"]");
    let run = bench.run(&bench.write("m.toml", text), &[]);
    let mut expected = Vec::new();
    for other in ["cross-lingual", "multilingual"] {
        // Of the error less is better, and the sign is still that of the subtraction; a distance is multilingual alone.
        for column in ["error", "map", "recall@1"] {
            let mean = |setting| run.metric(&format!("eval/facts/{setting}/{column}"));
            let key = format!("gap/facts/monolingual-{other}/{column}");
            expected.push((key, mean("monolingual") - mean(other)));
        }
    }
    assert_eq!(gaps(&run), expected);
    let shown = bench.triglot(["runs", "show", "last"]).succeeded().stdout;
    for (key, value) in &expected[..3] {
        assert!(shown.contains(&format!("{value:.4}")), "{key}: {shown}");
    }
    assert!(shown.contains("monolingual − cross-lingual"), "{shown}");
}

#[test]
fn a_setting_that_was_not_measured_leaves_no_gap() {
    let bench = Bench::new();
    let manifest = bench.write("m.toml", SMALL);
    let settings = |settings: &str| {
        let run = bench.run(&manifest, &["--set", &format!("evaluate.facts.settings={settings}")]);
        gaps(&run).into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert_eq!(settings("['cross-lingual', 'multilingual']"), [""; 0]);
    assert_eq!(
        settings("['monolingual', 'multilingual']"),
        ["gap/facts/monolingual-multilingual/map"]
    );
    let shown = bench.triglot(["runs", "show", "last"]).succeeded().stdout;
    assert!(!shown.contains("monolingual − cross-lingual"), "{shown}");
}

#[test]
fn means_over_other_languages_are_not_subtracted() {
    let bench = Bench::new();
    // Russian has a question of its own and no passage that another language asks for.
    let mut lines = Vec::new();
    for (id, language) in [("1", "en"), ("1", "es"), ("2", "en"), ("2", "es"), ("3", "ru")] {
        let line = format!(
            r#"{{"id":"{id}","language":"{language}","query":"q{id} {language}","passage":"p{id} {language}"}}"#
        );
        lines.push(line);
    }
    bench.write("pairs.jsonl", lines.join("\n"));
    let (train, _) = SMALL.split_once("[[evaluate]]").unwrap();
    let own = "[[evaluate]]\nname = \"pairs\"\nreader = \"jsonl\"\npath = \"pairs.jsonl\"\nmetrics = [\"map\"]\n";
    let manifest = bench.write("m.toml", format!("{train}{own}"));
    let run = bench.run(&manifest, &[]);
    let keys: Vec<String> = gaps(&run).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["gap/pairs/monolingual-multilingual/map"]);
    // In English and Spanish alone, all languages are the same.
    let run = bench.run(&manifest, &["--set", "evaluate.pairs.languages=['en', 'es']"]);
    assert_eq!(gaps(&run).len(), 2);
}

#[test]
fn trained_and_unseen_languages_have_gaps_of_their_own() {
    let bench = Bench::new();
    let text = SMALL
        .replace("path = \"facts/test\"\nlanguages = [\"en\", \"es\"]", "path = \"facts/test\"");
    let run = bench.run(&bench.write("m.toml", text), &[]);
    let json = bench.triglot(["report", "last", "--json"]).succeeded().json();
    let found: Vec<&Value> = json["sets"][0]["gaps"].as_array().unwrap().iter().collect();
    let value = |scope: &str| {
        let own = found
            .iter()
            .find(|gap| gap["scope"] == scope && gap["gap"] == "monolingual-cross-lingual");
        own.unwrap()["mean"].as_f64().unwrap()
    };
    let mean = |keys: &[&str]| {
        let values = keys.iter().map(|key| run.metric(&format!("eval/facts/{key}/map")));
        values.sum::<f64>() / keys.len() as f64
    };
    let trained = mean(&["monolingual/en", "monolingual/es"])
        - mean(&["cross-lingual/en-es", "cross-lingual/es-en"]);
    assert!((value("trained") - trained).abs() < 1e-12);
    assert!((value("all") - run.metric("gap/facts/monolingual-cross-lingual/map")).abs() < 1e-12);
    assert!(value("unseen").is_finite());
    let baseline = json["sets"][0]["baseline"]["figures"].as_array().unwrap();
    assert!(baseline.iter().any(|figure| figure["scope"] == "unseen"), "{baseline:?}");
}
