//! The journal of a run or a sweep: what happened, in the order in which it happened, checksummed line by line.
//!
//! A thin room over `triglot-track`: it names the events and turns errors into the host's.

mod told;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use triglot_track as track;

use crate::error::{Diagnostic, Error, Result};

pub use track::State;

use told::Told;

/// The name of its file in the folder of a run or sweep.
pub const FILE: &str = "journal.jsonl";

/// The kind of the event that takes an artifact back: it was removed to make room.
const PRUNED: &str = "pruned";

/// A journal that is being written; a clone writes the same, from another thread if need be.
#[derive(Clone)]
pub struct Journal(Arc<Mutex<Writing>>);

struct Writing {
    journal: track::Journal,
    told: Told,
}

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
        let journal = journal.map_err(failed)?;
        Ok(Self(Arc::new(Mutex::new(Writing { journal, told: Told::default() }))))
    }

    /// Reads what the journal says of the steps from `step` on: from now on it is not told twice, and must come out the
    /// same, unless what the run is made from has `changed`.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn go_on(&mut self, step: u64, changed: bool) -> Result<()> {
        let mut writing = self.lock();
        let folder = writing.journal.path().parent().unwrap_or(Path::new("")).to_path_buf();
        writing.told = Told::read(&folder, step, changed)?;
        Ok(())
    }

    /// The number of the event that comes next, with all events before it on the disk.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn position(&mut self) -> Result<u64> {
        let writing = self.lock();
        writing.journal.sync().map_err(failed)?;
        Ok(writing.journal.next_seq())
    }

    /// Records values measured at a step, but for those that the journal has.
    ///
    /// # Errors
    /// If the disk fails, or the journal has other values for them.
    pub fn metrics(&mut self, step: u64, values: Vec<(String, f64)>) -> Result<()> {
        let values = self.lock().told.news(step, values)?;
        match values.is_empty() {
            true => Ok(()),
            false => self.record(&track::Metrics { step, values }),
        }
    }

    /// Records that a file or folder, named relative to the journal's, is whole, unless the journal has it.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn artifact(&mut self, path: &str) -> Result<()> {
        let new = self.lock().told.is_new(path);
        match new {
            true => self.record(&track::Artifact { path: path.to_owned() }),
            false => Ok(()),
        }
    }

    /// Records that an artifact is going to be removed.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn pruned(&mut self, path: &str) -> Result<()> {
        let told = self.lock().told.takes_back(path);
        match told {
            true => self.event(PRUNED, &serde_json::json!({ "path": path })),
            false => Ok(()),
        }
    }

    /// Records an event of the caller's own kind, and waits until it is on disk.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn event(&mut self, kind: &str, data: &impl Serialize) -> Result<()> {
        self.lock().journal.append_durable(kind, data).map(|_| ()).map_err(failed)
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
        let mut writing = self.lock();
        let recorded = writing.journal.record(&track::Status { status, message });
        std::mem::forget(writing);
        recorded.map(|_| ()).map_err(failed)
    }

    fn lock(&self) -> MutexGuard<'_, Writing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record<R: track::Record>(&mut self, event: &R) -> Result<()> {
        self.lock().journal.record(event).map(|_| ()).map_err(failed)
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

/// The artifact that an event takes back.
fn pruned(event: &track::Event) -> Option<&str> {
    event.data.get("path").filter(|_| event.kind == PRUNED).and_then(Value::as_str)
}

fn failed(source: track::Error) -> Error {
    match source {
        track::Error::Locked { path } => {
            Diagnostic::new("another process is writing it: the run is at work").file(path).into()
        }
        source => Error::failed(source.to_string()),
    }
}
