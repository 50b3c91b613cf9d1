//! The journal of a run or a sweep: what happened, in the order in which it happened, checksummed line by line.
//!
//! A thin room over `triglot-track`: it names the events and turns errors into the host's.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use triglot_track as track;

use crate::error::{Error, Result};

pub use track::State;

/// The name of its file in the folder of a run or sweep.
pub const FILE: &str = "journal.jsonl";

/// A journal that is being written; a clone writes the same, from another thread if need be.
#[derive(Clone)]
pub struct Journal(Arc<Mutex<track::Journal>>);

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
        let mut journal = Self::over(track::Journal::create(folder.join(FILE)))?;
        journal.record(&track::RunStarted { name, parameters })?;
        Ok(journal)
    }

    /// Goes on with the journal in this folder.
    ///
    /// # Errors
    /// If there is none, it is being written, or it is damaged before its last line.
    pub fn open(folder: &Path) -> Result<Self> {
        Self::over(track::Journal::open(folder.join(FILE)))
    }

    fn over(journal: track::Result<track::Journal>) -> Result<Self> {
        Ok(Self(Arc::new(Mutex::new(journal.map_err(failed)?))))
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
        self.lock().append_durable(kind, data).map(|_| ()).map_err(failed)
    }

    /// Records how the run stands now.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn status(&mut self, status: State, message: Option<String>) -> Result<()> {
        self.record(&track::Status { status, message })
    }

    /// Records how the run ended, for good: whoever would append after it waits until the process ends.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn close(&mut self, status: State, message: Option<String>) -> Result<()> {
        let mut journal = self.lock();
        let recorded = journal.record(&track::Status { status, message });
        std::mem::forget(journal);
        recorded.map(|_| ()).map_err(failed)
    }

    fn lock(&self) -> MutexGuard<'_, track::Journal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record<R: track::Record>(&mut self, event: &R) -> Result<()> {
        self.lock().record(event).map(|_| ()).map_err(failed)
    }
}

/// Whether some process may be writing the journal in this folder now: it holds the file's lock until it ends, however it
/// ends. A file system without locks tells nothing, and then it may.
pub fn is_being_written(folder: &Path) -> bool {
    let file = File::open(folder.join(FILE));
    file.is_ok_and(|file| file.try_lock().is_err())
}

/// The last event of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// When it was appended (RFC 3339, UTC).
    pub time: String,
    /// What it is.
    pub words: String,
    /// Whether it ends what the journal tells.
    pub closes: bool,
}

/// The last event of the journal in this folder, if it can be read.
pub fn last(folder: &Path) -> Option<Last> {
    let event = track::read(folder.join(FILE)).ok()?.events.pop()?;
    let status = event.decode::<track::Status>().and_then(std::result::Result::ok);
    let step = event.data.get("step").and_then(Value::as_u64);
    let step = step.map_or(String::new(), |step| format!(" of step {step}"));
    let time = event.time.to_string();
    let words = format!("`{}`{step} at {time}", event.kind);
    let closes = status.is_some_and(|status| status.status != State::Running);
    Some(Last { time, words, closes })
}

fn failed(source: track::Error) -> Error {
    Error::failed(source.to_string())
}
