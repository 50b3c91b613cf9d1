//! A folder and an environment of its own for every test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Output, binary};

/// A temporary folder in which the binary runs: runs, cache and whatever files the test writes lie in it.
#[derive(Debug)]
pub struct Bench {
    folder: TempDir,
}

/// A run that is done.
#[derive(Debug)]
pub struct Run {
    /// Its folder.
    pub folder: PathBuf,
    /// Its `run.json`.
    pub record: Value,
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of all runs.
    pub fn runs_dir(&self) -> PathBuf {
        self.path("runs")
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// Prepares `program` to run in the folder, without any setting of the machine.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let shown = name.to_string_lossy().to_lowercase();
            if ["triglot_", "hf_", "hugging"].iter().any(|of| shown.starts_with(of))
                || shown.ends_with("_proxy")
            {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.folder.path())
            .env("HF_HOME", self.path("hf"))
            .env("TRIGLOT_RUNS_DIR", self.runs_dir())
            .env("TRIGLOT_CACHE_DIR", self.path("cache"))
            .env("NO_COLOR", "1");
        command
    }

    /// The binary with arguments, to be run otherwise than to its end.
    pub fn triglot_command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.command(binary());
        command.args(args);
        command
    }

    /// Runs the binary to its end.
    pub fn triglot<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        Output::of(&mut self.triglot_command(args))
    }

    /// Runs an experiment that succeeds.
    pub fn run(&self, manifest: &Path, further: &[&str]) -> Run {
        let manifest = [OsStr::new("run"), OsStr::new("--json"), manifest.as_os_str()];
        self.finished(manifest.into_iter().chain(further.iter().map(OsStr::new)))
    }

    /// Runs a command that succeeds and prints the record of a run.
    pub fn finished<'a>(&self, args: impl IntoIterator<Item = &'a OsStr>) -> Run {
        let record = self.triglot(args).succeeded().json();
        let text = |key: &str| record[key].as_str().unwrap().to_owned();
        let folder = self.runs_dir().join(text("experiment")).join(text("id"));
        Run { folder, record }
    }
}

impl Run {
    /// A file or folder of the run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A final metric.
    ///
    /// # Panics
    /// If there is none of this name.
    pub fn metric(&self, name: &str) -> f64 {
        let value = self.record["metrics"][name].as_f64();
        value.unwrap_or_else(|| panic!("no metric {name} in {}", self.record["metrics"]))
    }
}
