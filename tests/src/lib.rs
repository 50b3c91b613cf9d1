//! The harness of the end-to-end tests: the real binary, run as a user runs it, in a folder of its own.
//!
//! A [`Bench`] is one such folder with a clean environment; nothing of the machine's own settings reaches the binary.
//! A failure of the harness is a failed test, so it panics with what it saw.
#![allow(clippy::unwrap_used)]

mod bench;
mod browser;
mod c;
mod encoder;
mod files;
mod hub;
mod output;
mod peak;
mod published;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

pub use bench::{Bench, Run};
pub use browser::{Browser, Told, View, browser};
pub use c::{C99, CPP17, c_compiler, c_library, c_succeeded};
pub use encoder::TinyEncoder;
pub use files::{assert_same_files, files_under};
pub use hub::{Faults, HubModel, HubServer};
pub use output::Output;
pub use published::{tiny_labse, tiny_mbert, tiny_mt5, tiny_xlm_r};

/// A whole experiment in a few lines, on the embedded corpus: two steps, two languages. Tests of mistakes edit it.
pub const SMALL: &str = include_str!("small.toml");

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A manifest under `experiments/`.
pub fn experiment(name: &str) -> PathBuf {
    repository().join("experiments").join(name)
}

/// The shared data folder beside the repository; where it is absent this says so on standard error.
pub fn shared_data() -> Option<PathBuf> {
    let data = repository().parent().unwrap().join("shared/data");
    if !data.is_dir() {
        eprintln!("skipped: there is no shared/data folder beside the repository");
        return None;
    }
    Some(data)
}

/// A folder of pretrained encoders that has `name`: that of the variable `TRIGLOT_TEST_MODELS`, else `target/models`;
/// where it is absent this says so on standard error.
pub fn shared_models(name: &str) -> Option<PathBuf> {
    let models = std::env::var_os("TRIGLOT_TEST_MODELS")
        .map_or_else(|| repository().join("target/models"), PathBuf::from);
    if !models.join(name).join("model.safetensors").is_file() {
        eprintln!("skipped: there is no encoder `{name}` in TRIGLOT_TEST_MODELS or target/models");
        return None;
    }
    Some(models)
}

/// A Python that has a module: the one that `CHECK_PYTHON` names, else `python3`; where it has not, this says so on
/// standard error.
pub fn check_python(module: &str) -> Option<OsString> {
    let python = std::env::var_os("CHECK_PYTHON").unwrap_or_else(|| "python3".into());
    let import = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if !import.is_ok_and(|output| output.status.success()) {
        let shown = python.display();
        eprintln!("skipped: {shown} has no {module}; CHECK_PYTHON can name a Python that has");
        return None;
    }
    Some(python)
}

/// The folder that cargo builds into: test programs lie in `deps` below it.
fn build_folder() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    this.parent().and_then(Path::parent).unwrap().to_path_buf()
}

/// The binary under test.
///
/// # Panics
/// If it was not built.
pub fn binary() -> PathBuf {
    built(&format!("triglot{}", std::env::consts::EXE_SUFFIX))
}

/// The shared library of a member crate, by the name of its library.
///
/// # Panics
/// If it was not built.
pub fn library(name: &str) -> PathBuf {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    built(&format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"))
}

fn built(file: &str) -> PathBuf {
    let path = build_folder().join(file);
    assert!(
        path.is_file(),
        "{} is missing: run `cargo build --workspace` first, or all tests with `cargo xtask test`",
        path.display()
    );
    path
}
