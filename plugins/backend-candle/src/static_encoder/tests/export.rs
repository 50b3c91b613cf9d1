//! The exported folder; tests/check_export.py holds it against sentence-transformers itself.

use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The Python that has sentence-transformers: `CHECK_PYTHON`, else `python3`; without one this says so.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("CHECK_PYTHON").unwrap_or_else(|| "python3".into());
    let found = Command::new(&python)
        .args(["-c", "import importlib.util as u; u.find_spec('sentence_transformers') or exit(1)"])
        .output();
    if !found.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "skipped: {} has no sentence-transformers; CHECK_PYTHON can name a Python that has",
            python.display()
        );
        return None;
    }
    Some(python.into())
}

#[test]
fn sentence_transformers_loads_an_export_and_encodes_alike() {
    let Some(python) = python() else { return };
    let root = tempfile::tempdir().unwrap();
    let sentences = [&SENTENCES[..], &[""]].concat();
    let texts = texts(&sentences);
    for (name, options) in [("dense", given()), ("plain", json!({ "dim": 16 }))] {
        let mut encoder = prepared(options);
        train(&mut encoder, &texts, 3);
        let folder = root.path().join(name);
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
        let write = |what: &str, value: Value| {
            let file = root.path().join(format!("{name}-{what}.json"));
            std::fs::write(&file, value.to_string()).unwrap();
            file
        };
        let (texts, expected) = (write("texts", json!(listed)), write("expected", json!(rows)));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_export.py");
        let output = Command::new(&python)
            .arg(script)
            .args([&folder, &texts, &expected])
            .env("HF_HUB_OFFLINE", "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {said}{complained}");
    }
}
