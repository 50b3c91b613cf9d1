//! Exported folders, held by tests/check_export.py against the programs that they are for.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use triglot_sdk::{Backend, Mode, Role, Texts};

use super::encode;
use crate::encoder::{Encoder, Network};

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

/// Asserts that an export of the encoder gives others the embeddings that it gives here.
pub(crate) fn assert_encodes_alike<N: Network>(encoder: &mut Encoder<N>, texts: &Texts<'_>) {
    let Some(python) = python() else { return };
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("exported");
    std::fs::create_dir(&folder).unwrap();
    encoder.export(&folder).unwrap();
    let embeddings = encode(encoder, Mode::Inference, texts);
    let rows: Vec<&[f32]> = embeddings.chunks(embeddings.len() / texts.len()).collect();
    let listed: Vec<Value> = texts
        .iter()
        .map(|text| {
            let role = if text.role == Role::Query { "query" } else { "passage" };
            json!({ "role": role, "text": text.text })
        })
        .collect();
    let write = |name: &str, value: Value| {
        let file = root.path().join(name);
        std::fs::write(&file, value.to_string()).unwrap();
        file
    };
    let texts = write("texts.json", json!(listed));
    let expected = write("expected.json", json!(rows));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_export.py");
    let output = Command::new(&python)
        .arg(script)
        .args([&folder, &texts, &expected])
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    eprint!("{said}");
}
