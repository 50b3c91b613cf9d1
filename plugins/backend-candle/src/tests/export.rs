//! The exported folder; tests/check_export.py holds it against sentence-transformers itself.

use std::path::PathBuf;

use serde_json::{Value, json};
use triglot_sdk::{Backend, Mode, Role};

use super::{SENTENCES, encode, files, prepared, texts, train};

fn given() -> Value {
    json!({
        "dim": 16,
        "max_tokens": 20,
        "dense": { "dim": 12, "activation": "tanh" },
        "query_prefix": "query: ",
        "passage_prefix": "passage: ",
    })
}

#[test]
fn an_export_holds_the_modules_that_sentence_transformers_looks_for() {
    let folder = tempfile::tempdir().unwrap();
    prepared(given()).export(folder.path()).unwrap();
    let files = files(folder.path());
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "0_StaticEmbedding/model.safetensors",
            "0_StaticEmbedding/tokenizer.json",
            "1_Dense/config.json",
            "1_Dense/model.safetensors",
            "config_sentence_transformers.json",
            "modules.json",
        ]
    );
    let read = |name: &str| -> Value { serde_json::from_slice(&files[name]).unwrap() };
    assert_eq!(read("modules.json")[0]["type"], "sentence_transformers.models.StaticEmbedding");
    assert_eq!(
        read("1_Dense/config.json"),
        json!({
            "in_features": 16,
            "out_features": 12,
            "bias": true,
            "activation_function": "torch.nn.modules.activation.Tanh",
        })
    );
    assert_eq!(read("0_StaticEmbedding/tokenizer.json")["truncation"]["max_length"], 20);
    assert_eq!(read("config_sentence_transformers.json")["prompts"]["document"], "passage: ");
}

#[test]
fn without_a_dense_layer_and_prefixes_neither_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    prepared(json!({ "dim": 4 })).export(folder.path()).unwrap();
    let files = files(folder.path());
    assert!(files.keys().all(|name| !name.starts_with("1_Dense")));
    let config: Value =
        serde_json::from_slice(&files["config_sentence_transformers.json"]).unwrap();
    assert_eq!(config["prompts"], json!({}));
}

#[test]
#[ignore = "writes the arguments of tests/check_export.py into $TRIGLOT_EXPORT_CHECK"]
fn writes_what_check_export_reads() {
    let root = PathBuf::from(std::env::var("TRIGLOT_EXPORT_CHECK").unwrap());
    let sentences = [&SENTENCES[..], &[""]].concat();
    let texts = texts(&sentences);
    for (name, options) in [("dense", given()), ("plain", json!({ "dim": 16 }))] {
        let mut encoder = prepared(options);
        train(&mut encoder, &texts, 3);
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        encoder.export(&folder).unwrap();
        let embeddings = encode(&mut encoder, Mode::Inference, &texts);
        let rows: Vec<&[f32]> = embeddings.chunks(embeddings.len() / texts.len()).collect();
        let listed: Vec<Value> = texts
            .iter()
            .map(|text| {
                let role = if text.role == Role::Query { "query" } else { "passage" };
                json!({ "role": role, "text": text.text })
            })
            .collect();
        let write = |file: String, value: Value| {
            std::fs::write(root.join(file), value.to_string()).unwrap();
        };
        write(format!("{name}-texts.json"), json!(listed));
        write(format!("{name}-expected.json"), json!(rows));
    }
}
