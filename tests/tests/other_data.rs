//! Runs that were measured on different data under one name, and values that are not those of the record.

use serde_json::{Value, json};
use triglot_tests::{Bench, Run, SMALL};

/// A run measured on pairs whose passages say `word`.
fn run(bench: &Bench, name: &str, pairs: usize, word: &str) -> Run {
    let line = |number: usize| {
        let (query, passage) = (format!("where is {number}?"), format!("{word} {number} is here"));
        json!({ "id": format!("p{number}"), "language": "en", "query": query, "passage": passage })
            .to_string()
    };
    let lines: Vec<String> = (0..pairs).map(line).collect();
    bench.write(&format!("{name}.jsonl"), lines.join("\n"));
    let own = format!("reader = \"jsonl\"\npath = \"{name}.jsonl\"\nbm25 = false");
    let text = SMALL.replace("reader = \"embedded\"\npath = \"facts/test\"", &own);
    let text = text.replace("[\"en\", \"es\"]\nmetrics", "[\"en\"]\nmetrics");
    bench.run(&bench.write(&format!("{name}.toml"), text), &[])
}

fn id(run: &Run) -> &str {
    run.record["id"].as_str().unwrap()
}

fn report(bench: &Bench, runs: &[&Run]) -> Value {
    let asked = ["report", "--json"].into_iter().chain(runs.iter().map(|run| id(run)));
    bench.triglot(asked).succeeded().json()
}

#[test]
fn a_report_has_tables_of_their_own_for_data_that_shares_only_its_name() {
    let bench = Bench::new();
    let [one, same, other, fewer] =
        [("a", 20, "it"), ("b", 20, "it"), ("c", 20, "she"), ("d", 12, "it")]
            .map(|(name, pairs, word)| run(&bench, name, pairs, word));
    let data = |run: &Run| run.record["evaluation"][0]["data"].clone();
    assert_eq!(data(&one), data(&same), "where the files lie says nothing");
    assert!(data(&one).is_string() && data(&one) != data(&other));

    let alike = report(&bench, &[&one, &same]);
    assert_eq!(alike["sets"].as_array().unwrap().len(), 1);
    let apart = report(&bench, &[&one, &other, &fewer]);
    let sets = apart["sets"].as_array().unwrap();
    let names: Vec<&str> = sets.iter().map(|set| set["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["facts", "facts (2)", "facts (3)"]);
    for (set, passages) in sets.iter().zip([20, 20, 12]) {
        assert_eq!(set["languages"]["en"]["passages"], passages);
        let figures = set["figures"].as_array().unwrap();
        assert!(figures.iter().all(|figure| figure["strategy"] == figures[0]["strategy"]));
        assert!(figures.iter().all(|figure| figure["better_than"] == json!([])));
    }
    let notes = apart["notes"].to_string();
    assert!(notes.contains("different data by the name of facts"), "{notes}");
}

#[test]
fn runs_on_other_texts_with_the_same_ids_do_not_compare() {
    let bench = Bench::new();
    let [one, other] = [("a", "it"), ("b", "she")].map(|(name, word)| run(&bench, name, 20, word));
    let failure =
        bench.triglot(["runs", "compare", id(&one), id(&other), "--metric", "map"]).failure();
    assert!(failure.contains("exit code 2") && failure.contains("different data"), "{failure}");
    let table = bench.triglot(["runs", "compare", id(&one), id(&other)]).succeeded().stdout;
    assert!(table.contains("its lines do not compare"), "{table}");
}

#[test]
fn values_that_do_not_come_to_the_recorded_mean_give_no_interval() {
    let bench = Bench::new();
    let run = run(&bench, "a", 20, "it");
    let path = run.path("eval/facts/monolingual/en.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let whole = report(&bench, &[&run]);
    assert!(whole["sets"][0]["figures"].to_string().contains("interval\":[0"), "{whole}");
    // Values of queries that were all the same would still come to their mean, and to the interval.
    let best = text.lines().filter(|line| line.ends_with(",1") || line.starts_with("query"));
    std::fs::write(&path, best.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let cut = report(&bench, &[&run]);
    let monolingual = cut["sets"][0]["figures"].as_array().unwrap().iter();
    let mut monolingual = monolingual.filter(|figure| figure["setting"] == "monolingual");
    assert!(monolingual.all(|figure| figure["interval"] == Value::Null), "{cut}");
    let notes = cut["notes"].to_string();
    assert!(notes.contains("no intervals") && notes.contains("the record says"), "{notes}");
}
