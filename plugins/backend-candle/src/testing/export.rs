//! Exported folders, held by scripts of tests/ against the programs that they are for.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
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

/// Folders with the embeddings that they are to give, for one run of a script: Python takes longer to begin than to
/// compare.
pub(crate) struct Exports {
    /// Without it nothing is done.
    python: Option<PathBuf>,
    root: TempDir,
    folders: Vec<TempDir>,
    /// Of the script: a folder, texts and embeddings by turns.
    arguments: Vec<PathBuf>,
}

impl Exports {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self::of_package("sentence_transformers")
    }

    fn of_package(package: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        Self { python: python(package), root, folders: Vec::new(), arguments: Vec::new() }
    }

    /// Adds an export of the encoder, which is to give the embeddings that the encoder gives.
    pub(crate) fn add<N: Network>(&mut self, encoder: &mut Encoder<N>, texts: &Texts<'_>) {
        let folder = tempfile::tempdir().unwrap();
        encoder.export(folder.path()).unwrap();
        self.add_folder(folder, encoder, texts);
    }

    /// Adds a folder that is to give the embeddings that the encoder gives.
    pub(crate) fn add_folder<N: Network>(
        &mut self,
        folder: TempDir,
        encoder: &mut Encoder<N>,
        texts: &Texts<'_>,
    ) {
        let embeddings = encode(encoder, Mode::Inference, texts);
        let rows: Vec<&[f32]> = embeddings.chunks(embeddings.len() / texts.len()).collect();
        let listed: Vec<Value> = texts
            .iter()
            .map(|text| {
                let role = if text.role == Role::Query { "query" } else { "passage" };
                json!({ "role": role, "text": text.text })
            })
            .collect();
        let number = self.arguments.len();
        let write = |name: &str, value: Value| {
            let file = self.root.path().join(format!("{number}-{name}.json"));
            std::fs::write(&file, value.to_string()).unwrap();
            file
        };
        let (texts, expected) = (write("texts", json!(listed)), write("expected", json!(rows)));
        self.arguments.extend([folder.path().to_owned(), texts, expected]);
        self.folders.push(folder);
    }

    /// Asserts that sentence-transformers and transformers give the same embeddings.
    pub(crate) fn check(self) {
        self.run("check_export.py", None);
    }

    fn run(self, script: &str, base: Option<&Path>) {
        let Some(python) = self.python else { return };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
        let output = Command::new(python)
            .arg(script)
            .args(base)
            .args(&self.arguments)
            .env("HF_HUB_OFFLINE", "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?}: {said}{complained}", self.folders);
        eprint!("{said}");
    }
}

/// Asserts that an export of the encoder gives others the embeddings that it gives here.
pub(crate) fn assert_encodes_alike<N: Network>(encoder: &mut Encoder<N>, texts: &Texts<'_>) {
    let mut exports = Exports::new();
    exports.add(encoder, texts);
    exports.check();
}

/// Asserts that PEFT's adapters in an export, over the folder that training began with, give the embeddings that the
/// encoder gives here, and that what PEFT merges is what is exported merged.
pub(crate) fn assert_adapts_alike<N: Network>(
    encoder: &mut Encoder<N>,
    base: &Path,
    texts: &Texts<'_>,
) {
    let mut exports = Exports::of_package("peft");
    exports.add(encoder, texts);
    exports.run("check_adapter.py", Some(base));
}
