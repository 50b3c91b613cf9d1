//! Exported folders, held by tests/check_export.py against the programs that they are for.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use triglot_sdk::{Backend, Mode, Role, Texts};

use super::encode;
use crate::encoder::{Encoder, Network};

/// The Python that has this package: `CHECK_PYTHON`, else `python3`; without one this says so.
fn python(package: &str) -> Option<PathBuf> {
    let python = std::env::var_os("CHECK_PYTHON").unwrap_or_else(|| "python3".into());
    let look = format!("import importlib.util as u; u.find_spec('{package}') or exit(1)");
    let found = Command::new(&python).args(["-c", &look]).output();
    if !found.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "skipped: {} has no {package}; CHECK_PYTHON can name a Python that has",
            python.display()
        );
        return None;
    }
    Some(python.into())
}

/// Asserts that an export of the encoder gives others the embeddings that it gives here.
pub(crate) fn assert_encodes_alike<N: Network>(encoder: &mut Encoder<N>, texts: &Texts<'_>) {
    if let Some(python) = python("sentence_transformers") {
        check(&python, "check_export.py", None, encoder, texts);
    }
}

/// Asserts that PEFT's adapters in an export, over the folder that training began with, give the embeddings that the
/// encoder gives here, and that what PEFT merges is what is exported merged.
pub(crate) fn assert_adapts_alike<N: Network>(
    encoder: &mut Encoder<N>,
    base: &Path,
    texts: &Texts<'_>,
) {
    if let Some(python) = python("peft") {
        check(&python, "check_adapter.py", Some(base), encoder, texts);
    }
}

/// Runs a script of tests/ on an export of the encoder and its embeddings.
fn check<N: Network>(
    python: &Path,
    script: &str,
    base: Option<&Path>,
    encoder: &mut Encoder<N>,
    texts: &Texts<'_>,
) {
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
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let output = Command::new(python)
        .arg(script)
        .args(base)
        .args([&folder, &texts, &expected])
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    eprint!("{said}");
}
