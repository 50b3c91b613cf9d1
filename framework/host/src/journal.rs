//! The journal of a run or a sweep: what happened, in the order in which it happened, checksummed line by line.
//!
//! A thin room over `triglot-track`: it names the events and turns errors into the host's.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use triglot_track as track;

use crate::error::{Error, Result};

pub use track::State;

/// The name of its file in the folder of a run or sweep.
pub const FILE: &str = "journal.jsonl";

/// A journal that is being written.
pub struct Journal(track::Journal);

impl Journal {
    /// Begins the journal of a run or sweep in its folder.
    ///
    /// # Errors
    /// If the disk fails, or there is a journal already.
    pub fn create(
        folder: PathBuf,
        name: String,
        parameters: BTreeMap<String, Value>,
    ) -> Result<Self> {
        let mut journal = Self(track::Journal::create(folder.join(FILE)).map_err(failed)?);
        journal.record(&track::RunStarted { name, parameters })?;
        Ok(journal)
    }

    /// Records values measured at a step.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn metrics(&mut self, step: u64, values: Vec<(String, f64)>) -> Result<()> {
        let values: BTreeMap<String, f64> = values.into_iter().collect();
        self.record(&track::Metrics { step, values })
    }

    /// Records that a file or folder, named relative to the journal's, is whole.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn artifact(&mut self, path: &str) -> Result<()> {
        self.record(&track::Artifact { path: path.to_owned() })
    }

    /// Records an event of the caller's own kind, and waits until it is on disk.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn event(&mut self, kind: &str, data: &impl Serialize) -> Result<()> {
        self.0.append_durable(kind, data).map(|_| ()).map_err(failed)
    }

    /// Records how the run stands now.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn status(&mut self, status: State, message: Option<String>) -> Result<()> {
        self.record(&track::Status { status, message })
    }

    fn record<R: track::Record>(&mut self, event: &R) -> Result<()> {
        self.0.record(event).map(|_| ()).map_err(failed)
    }
}

/// Whether some process writes the journal in this folder now: it holds the file's lock until it ends, however it ends.
pub fn is_being_written(folder: &Path) -> bool {
    let file = File::open(folder.join(FILE));
    file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn failed(source: track::Error) -> Error {
    Error::failed(source.to_string())
}
