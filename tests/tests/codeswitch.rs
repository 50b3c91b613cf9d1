//! Artificial code-switching: dictionaries are found, hashed and refused like data, and switched texts are trained on.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use triglot_tests::{Bench, Output, Run, SMALL, assert_same_files, library};

use crate::conformance::passes;
use crate::failure::snapshot;

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

/// Trains on English pairs alone, and measures on both languages.
const MANIFEST: &str = r#"
name = "switched"

[model]
use = "candle/static"
options = { dim = 32, vocab_size = 600 }

[[train.data]]
name = "pairs"
reader = "jsonl"
path = "pairs.jsonl"
languages = ["en"]

[[train.stage]]
name = "main"
steps = 60
batch_size = 12
learning_rate = 0.02
objective = [{ use = "contrastive/info-nce" }]
mix = [{ name = "monolingual", use = "language/monolingual" }]
augment = [{ use = "codeswitch/dictionary", options = { dictionaries = "words.tar.gz", files = { es = "in/es.txt" }, texts = "passages", p = 0.5 } }]

[[evaluate]]
name = "pairs"
reader = "jsonl"
path = "pairs.jsonl"
metrics = ["map"]
"#;

/// Options that lead to a dictionary with a malformed line.
const BAD: &str = "\"bad.txt\", files = { es = \"bad.txt\" }";

/// A bench with `switched.toml`, and its data and dictionaries in the folder `data`.
fn bench() -> Bench {
    let bench = Bench::new();
    let record = |id: usize, language: &str, query: String, passage: String| json!({ "id": id.to_string(), "language": language, "query": query, "passage": passage });
    let records = WORDS.iter().enumerate().flat_map(|(id, (english, spanish))| {
        [
            record(id, "en", format!("What is a {english}?"), format!("A {english}.")),
            record(id, "es", format!("¿Qué es {spanish}?"), format!("Es {spanish}.")),
        ]
    });
    let lines: Vec<String> = records.map(|record| record.to_string()).collect();
    bench.write("data/pairs.jsonl", lines.join("\n"));
    let lines = WORDS.map(|(english, spanish)| format!("{english}\t{spanish}\n")).concat();
    bench.write("data/words.tar.gz", archive(&[("in/es.txt", &lines), ("in/de.txt", "a\tein\n")]));
    bench.write("switched.toml", MANIFEST);
    bench
}

/// A packed archive of these members.
fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let mut packed = archive.into_inner().unwrap();
    packed.flush().unwrap();
    packed.finish().unwrap()
}

fn run(bench: &Bench, further: &[&str]) -> Run {
    bench.run(&bench.path("switched.toml"), &[&["--data-dir", "data"], further].concat())
}

#[test]
fn english_pairs_with_some_words_in_spanish_teach_to_find_spanish_passages() {
    let bench = bench();
    let found = |run: &Run| run.metric("eval/pairs/cross-lingual/map");
    let switched = run(&bench, &[]);
    let english = run(&bench, &["--set", "train.stage.main.augment.0.options.p=0"]);
    assert!(found(&switched) > found(&english) + 0.2, "{} {}", found(&switched), found(&english));

    // 60 batches of 12 passages of two words each, of which the dictionary has one.
    let counted = |name: &str| {
        switched.record["training"]["augmented"][format!("codeswitch/dictionary/{name}")].clone()
    };
    assert_eq!(["texts", "tokens", "known"].map(counted), [720, 1440, 720].map(Value::from));
    assert_eq!(counted("replaced"), counted("switched"));
    let replaced = counted("replaced").as_u64().unwrap();
    assert!((280..440).contains(&replaced), "{replaced}");

    let again = run(&bench, &["--threads", "1"]);
    assert_eq!(again.record["training"], switched.record["training"]);
    assert_same_files(&switched.path("model"), &again.path("model"));
}

#[test]
fn dictionaries_lie_with_the_data_and_their_hash_is_in_the_record() {
    let bench = bench();
    let steps = ["--set", "train.stage.main.steps=1"];
    let first = run(&bench, &steps).record;
    let key = "train.stage.main.augment.0.options.dictionaries";
    let path = |record: &Value| record["provenance"]["paths"][key].clone();
    let expected = bench.path("data/words.tar.gz");
    assert_eq!(path(&first)["path"].as_str(), expected.to_str(), "{}", first["provenance"]);
    bench.write("data/words.tar.gz", archive(&[("in/es.txt", "cat\tgato\n")]));
    assert_ne!(path(&run(&bench, &steps).record)["hash"], path(&first)["hash"]);
}

/// Fails with exit code 2, before there is a run.
fn refused(bench: &Bench, further: &[&str]) -> Output {
    let output = bench.triglot([&["run", "switched.toml"], further].concat());
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    let runs = bench.runs_dir().join("switched");
    assert!(!runs.is_dir() || std::fs::read_dir(runs).unwrap().count() == 0);
    output
}

#[test]
fn what_is_wrong_with_dictionaries_is_told_with_its_place_in_the_manifest() {
    let bench = bench();
    bench.write("data/bad.txt", "cat\tgato\ndog perro\n");
    for (name, written, instead) in [
        ("missing_dictionaries", "words.tar.gz", "wrods.tar.gz"),
        ("missing_member", "in/es.txt", "in/ess.txt"),
        ("no_files", "{ es = \"in/es.txt\" }", "{}"),
        ("p_out_of_range", "p = 0.5", "p = 1.5"),
        ("unknown_mode", "p = 0.5", "mode = \"multilinguall\""),
        ("malformed_line", "\"words.tar.gz\", files = { es = \"in/es.txt\" }", BAD),
    ] {
        assert!(MANIFEST.contains(written), "{written}");
        bench.write("switched.toml", MANIFEST.replace(written, instead));
        let output = refused(&bench, &["--data-dir", "data"]);
        snapshot(&bench, &format!("codeswitch_{name}"), &output);
    }
}

#[test]
fn without_a_data_folder_dictionaries_are_looked_for_beside_the_manifest() {
    let bench = bench();
    let small = SMALL.replace(
        "mix =",
        "augment = [{ use = \"codeswitch/dictionary\", \
         options = { dictionaries = \"words.tar.gz\", files = { es = \"in/es.txt\" } } }]\nmix =",
    );
    bench.write("switched.toml", &small);
    snapshot(&bench, "codeswitch_beside_the_manifest", &refused(&bench, &["--model-dir", "data"]));
    bench.write("data/switched.toml", small);
    bench.run(&bench.path("data/switched.toml"), &[]);
}

#[test]
fn the_checker_finds_nothing_to_say() {
    let bench = Bench::new();
    // Words of the checker's sentences.
    bench.write("de.txt", "river\tFluss\nflows\tfließt\ncapital\tHauptstadt\nword\tWort\n");
    bench.write("es.txt", "river\trío\ncapital\tcapital\nwest\toeste\nand\ty\n");
    let files = "files = { de = \"de.txt\", es = \"es.txt\" }";
    let folder = bench.path("");
    let library = [library("triglot_augmenter_codeswitch")];
    for mode in ["bilingual", "multilingual"] {
        let options = format!("dictionary={{ dictionaries = \".\", {files}, mode = \"{mode}\" }}");
        let data = ["--data-dir", folder.to_str().unwrap(), "--options", &options];
        passes(&library, &data);
    }
}
