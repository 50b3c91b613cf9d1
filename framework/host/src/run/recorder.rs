//! What is written down of a run: the resolved manifest, `run.json` at the beginning and the end, the journal between.

use std::path::PathBuf;

use crate::error::Result;
use crate::files;
use crate::journal::{Journal, State};
use crate::manifest::Manifest;

use super::folder::RunFolder;
use super::record::{RunRecord, Status};

/// The name of the resolved manifest's file in the folder of a run.
pub(super) const MANIFEST: &str = "manifest.toml";

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
        record.write(&path)?;
        let parameters = manifest.origins().into_iter().map(|(key, value, _)| (key, value));
        let name = format!("{}/{}", record.experiment, record.id);
        let journal = Journal::create(path.clone(), name, parameters.collect())?;
        Ok(Self { journal, folder: path })
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
        record.status = status;
        record.error.clone_from(&message);
        record.finished = Some(jiff::Timestamp::now().to_string());
        let state = match status {
            Status::Running | Status::Killed => State::Running,
            Status::Finished => State::Finished,
            Status::Failed => State::Failed,
            Status::Interrupted => State::Interrupted,
        };
        let journal = self.journal.status(state, message);
        record.write(&self.folder).and(journal)
    }
}
