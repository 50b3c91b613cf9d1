//! The exported folder; tests/check_export.py holds it against sentence-transformers itself.

use serde_json::{Value, json};
use triglot_sdk::Backend;

use super::prepared;
use crate::testing::export::assert_encodes_alike;
use crate::testing::{SENTENCES, files, texts, train};

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
fn sentence_transformers_loads_an_export_and_encodes_alike() {
    let sentences = [&SENTENCES[..], &[""]].concat();
    let texts = texts(&sentences);
    for options in [given(), json!({ "dim": 16 })] {
        let mut encoder = prepared(options);
        train(&mut encoder, &texts, 3);
        assert_encodes_alike(&mut encoder, &texts);
    }
}
