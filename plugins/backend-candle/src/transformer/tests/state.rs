//! Saving and loading: exact, whole, and held against the options.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use triglot_sdk::Random;

use super::import::{edit, imported, options};
use super::tiny;
use crate::checkpoint::WEIGHTS;
use crate::transformer::pretrained::{CONFIG, Pretrained, TOKENIZER};
use crate::transformer::state::{load, save};

/// An encoder as if it had been trained: every number moved, and moments of any size, of tables in few rows.
fn trained(folder: &Path, given: Value, seed: u64) -> Pretrained {
    let mut model = imported(folder, given);
    let mut random = Random::new(&[seed]);
    for parameter in &mut model.parameters {
        let (cols, table) = (parameter.cols(), parameter.name.starts_with("embeddings."));
        for start in (0..parameter.values.len()).step_by(cols) {
            if table && random.unit() < 0.7 {
                continue;
            }
            for i in start..start + cols {
                let size = 10f64.powf(random.unit() * 60.0 - 40.0);
                parameter.values[i] += random.unit() as f32;
                parameter.first[i] = ((random.unit() - 0.5) * size) as f32;
                parameter.second[i] = (random.unit() * size) as f32;
            }
        }
    }
    model
}

fn saved(model: &Pretrained, steps: u64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), model, steps).unwrap();
    folder
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

fn given() -> Value {
    json!({ "pooling": "cls", "normalize": false, "query_prefix": "q: ", "dropout": 0.3 })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_loaded_model_saves_the_same_bytes_without_the_folder_it_began_from(
        seed: u64,
        steps in 0..=u64::MAX,
    ) {
        let start = tiny::folder(json!({ "note": "kept" }));
        let model = trained(start.path(), given(), seed);
        let options = options(start.path(), given());
        drop(start);
        let folder = saved(&model, steps);
        let (loaded, taken) = load(folder.path(), &options).unwrap();
        prop_assert_eq!(taken, steps);
        prop_assert_eq!(&loaded.settings, &model.settings);
        prop_assert_eq!(&loaded.parameters, &model.parameters);
        prop_assert_eq!(files(saved(&loaded, taken).path()), files(folder.path()));
    }
}

#[test]
fn what_is_saved_is_said_by_its_file_names() {
    let start = tiny::folder(json!({}));
    let folder = saved(&trained(start.path(), given(), 1), 3);
    let names: Vec<String> = files(folder.path()).into_keys().collect();
    assert_eq!(
        names,
        ["config.json", "encoder.json", "model.safetensors", "optimizer.safetensors", TOKENIZER]
    );
    let settings: Value = serde_json::from_slice(&files(folder.path())["encoder.json"]).unwrap();
    assert_eq!(settings["format"], "triglot candle/encoder 1");
    assert_eq!(settings["pooling"], json!(["cls"]));
}

#[test]
fn options_that_are_left_open_follow_what_was_saved() {
    let start = tiny::folder(json!({}));
    let model = trained(start.path(), given(), 1);
    let folder = saved(&model, 3);
    let open = options(start.path(), json!({ "normalize": false }));
    assert_eq!(load(folder.path(), &open).unwrap().0.settings, model.settings);
}

#[test]
fn options_that_contradict_what_was_saved_are_refused_by_key() {
    let start = tiny::folder(json!({}));
    let folder = saved(&trained(start.path(), given(), 1), 3);
    for (key, value, named) in [
        ("pooling", json!("mean"), "pooling"),
        ("normalize", json!(true), "normalize"),
        ("query_prefix", json!("query: "), "query_prefix"),
        ("passage_prefix", json!("p: "), "passage_prefix"),
        ("max_query_tokens", json!(9), "max_query_tokens"),
        ("max_passage_tokens", json!(9), "max_passage_tokens"),
        ("dropout", json!(0.0), "hidden_dropout"),
    ] {
        let mut given = given();
        given[key] = value;
        let error = load(folder.path(), &options(start.path(), given)).err().unwrap();
        let message = error.message();
        assert!(message.contains(&format!("encoder.json: `{named}` is ")), "{message}");
        assert!(message.contains("but the options ask for"), "{message}");
    }
}

#[test]
fn a_folder_that_is_not_whole_is_refused_by_file() {
    type Damage = fn(&Path);
    let cases: [(Damage, &[&str]); 9] = [
        (|f| std::fs::remove_file(f.join("encoder.json")).unwrap(), &["encoder.json"]),
        (|f| std::fs::remove_file(f.join(CONFIG)).unwrap(), &["cannot read", CONFIG]),
        (|f| std::fs::write(f.join(TOKENIZER), "[]").unwrap(), &["tokenizer.json: not a"]),
        (
            |f| edit(&f.join("encoder.json"), |saved| saved["format"] = json!("other 2")),
            &["`format`: found \"other 2\", allowed is \"triglot candle/encoder 1\""],
        ),
        (
            |f| edit(&f.join("encoder.json"), |saved| saved["normalize"] = json!(3)),
            &["encoder.json", "boolean"],
        ),
        (
            |f| edit(&f.join("encoder.json"), |saved| saved["max_query_tokens"] = json!(99)),
            &["`max_query_tokens` is 99"],
        ),
        (
            |f| edit(&f.join(CONFIG), |config| config["intermediate_size"] = json!(16)),
            &["model.safetensors", "found F32 [32, 16], expected F32 [16, 16]"],
        ),
        (
            |f| {
                std::fs::copy(f.join(WEIGHTS), f.join("optimizer.safetensors")).unwrap();
            },
            &["optimizer.safetensors", "embeddings.word_embeddings.weight.", "is missing"],
        ),
        (
            |f| {
                let file = f.join("optimizer.safetensors");
                let bytes = std::fs::read(&file).unwrap();
                std::fs::write(file, &bytes[..bytes.len() - 4]).unwrap();
            },
            &["optimizer.safetensors: not a safetensors file"],
        ),
    ];
    let start = tiny::folder(json!({}));
    let model = trained(start.path(), given(), 1);
    for (damage, expected) in cases {
        let folder = saved(&model, 3);
        damage(folder.path());
        let error = load(folder.path(), &options(start.path(), given())).err().unwrap();
        for expected in expected {
            assert!(error.message().contains(expected), "{expected}: {}", error.message());
        }
    }
}
