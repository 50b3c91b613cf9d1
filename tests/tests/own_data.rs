//! Data of a user's own: pairs in JSON lines or tab-separated, trained on and measured on.

use serde_json::json;
use triglot_tests::{Bench, SMALL};

const WORDS: [(&str, &str); 12] = [
    ("cat", "gato"),
    ("dog", "perro"),
    ("house", "casa"),
    ("water", "agua"),
    ("bread", "pan"),
    ("moon", "luna"),
    ("sun", "sol"),
    ("tree", "árbol"),
    ("fish", "pez"),
    ("stone", "piedra"),
    ("snow", "nieve"),
    ("fire", "fuego"),
];

/// Id, language, query and passage of every pair.
fn pairs() -> impl Iterator<Item = [String; 4]> {
    WORDS.iter().enumerate().flat_map(|(i, (english, spanish))| {
        let id = format!("w{i}");
        [
            [id.clone(), "en".into(), format!("What is a {english}?"), format!("A {english}.")],
            [id, "es".into(), format!("¿Qué es {spanish}?"), format!("Es {spanish}.")],
        ]
    })
}

fn assert_trains_and_measures(reader: &str, file: &str, contents: &str) {
    let bench = Bench::new();
    bench.write(&format!("mine/{file}"), contents);
    let data = |split| format!("reader = \"embedded\"\npath = \"facts/{split}\"");
    let own = format!("reader = \"{reader}\"\npath = \"{file}\"");
    let text = SMALL.replace(&data("train"), &own).replace(&data("test"), &own);
    let manifest = bench.write("m.toml", text);
    let run = bench.run(&manifest, &["--data-dir", "mine"]);
    let size = json!({ "queries": 12, "passages": 12 });
    assert_eq!(run.record["evaluation"][0]["languages"], json!({ "en": size, "es": size }));
    assert_eq!(run.record["evaluation"][0]["settings"]["cross-lingual"]["queries"], 24);
    assert!(run.metric("eval/facts/monolingual/map") > 0.3);
    let hashed = run.record["provenance"]["data"].as_object().unwrap();
    assert!(hashed.keys().any(|path| path.ends_with(file)), "{hashed:?}");
}

#[test]
fn pairs_in_json_lines_are_trained_and_measured_on() {
    let record = |[id, language, query, passage]: [String; 4]| {
        json!({ "id": id, "language": language, "query": query, "passage": passage }).to_string()
    };
    let lines: Vec<String> = pairs().map(record).collect();
    assert_trains_and_measures("jsonl", "pairs.jsonl", &lines.join("\n"));
}

#[test]
fn tab_separated_pairs_are_trained_and_measured_on() {
    let rows: String = pairs().map(|pair| pair.join("\t") + "\n").collect();
    let table = format!("id\tlanguage\tquery\tpassage\n{rows}");
    assert_trains_and_measures("tsv", "pairs.tsv", &table);
}
