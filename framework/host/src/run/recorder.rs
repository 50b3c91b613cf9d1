//! What is written down of a run: the resolved manifest, `run.json` at the beginning and the end, the journal between.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;
use crate::journal::{Journal, State};
use crate::manifest::Manifest;
use crate::plugin::Ending;

use super::folder::RunFolder;
use super::record::{RunRecord, Status};

/// The name of the resolved manifest's file in the folder of a run.
pub const MANIFEST: &str = "manifest.toml";

/// Writes the record of a run.
pub struct Recorder {
    /// The run's journal.
    pub journal: Journal,
    folder: PathBuf,
}

impl Recorder {
    /// Begins the record.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn create(folder: &RunFolder, manifest: &Manifest, record: &RunRecord) -> Result<Self> {
        let path = folder.path().to_path_buf();
        files::write_atomic(&path.join(MANIFEST), manifest.resolved_toml().as_bytes())?;
        let parameters = manifest.origins().into_iter().map(|(key, value, _)| (key, value));
        let name = format!("{}/{}", record.experiment, record.id);
        // Before the record, for a run that says it is at work and has nobody at its journal is taken for dead.
        let journal = Journal::create(path.clone(), name, parameters.collect())?;
        record.write(&path)?;
        Ok(Self { journal, folder: path })
    }

    /// Goes on with the record of a run.
    ///
    /// # Errors
    /// If the disk fails.
    pub(super) fn go_on(
        folder: &RunFolder,
        journal: Journal,
        manifest: &Manifest,
        record: &RunRecord,
    ) -> Result<Self> {
        let path = folder.path().to_path_buf();
        record.write(&path)?;
        if record.resumed.last().is_some_and(|resumed| !resumed.changes.is_empty()) {
            files::write_atomic(&path.join(MANIFEST), manifest.resolved_toml().as_bytes())?;
        }
        Ok(Self { journal, folder: path })
    }

    /// Records the end of the run where it does not come from the run's own thread.
    pub fn ending(&self) -> Ending {
        let (mut journal, folder) = (self.journal.clone(), self.folder.clone());
        Box::new(move |error| {
            let recorded = RunRecord::read(&folder).and_then(|mut record| {
                let status = Status::of(&error);
                let close = |state, message| journal.close(state, message);
                finish(&folder, &mut record, status, Some(error.to_string()), close)
            });
            if let Err(second) = recorded {
                tracing::warn!("the run could not be marked as failed: {second}");
            }
            Error::Run { folder: folder.clone(), error: Box::new(error) }
        })
    }

    /// Ends the record.
    ///
    /// # Errors
    /// If the disk fails; `run.json` is tried even if the journal cannot be written.
    pub fn finish(
        &mut self,
        record: &mut RunRecord,
        status: Status,
        message: Option<String>,
    ) -> Result<()> {
        let close = |state, message| self.journal.status(state, message);
        finish(&self.folder, record, status, message, close)
    }
}

fn finish(
    folder: &Path,
    record: &mut RunRecord,
    status: Status,
    message: Option<String>,
    close: impl FnOnce(State, Option<String>) -> Result<()>,
) -> Result<()> {
    record.status = status;
    record.error.clone_from(&message);
    record.finished = Some(jiff::Timestamp::now().to_string());
    let state = match status {
        Status::Running | Status::Killed => State::Running,
        Status::Finished => State::Finished,
        Status::Failed => State::Failed,
        Status::Interrupted => State::Interrupted,
    };
    let journal = close(state, message);
    record.write(folder).and(journal)
}
