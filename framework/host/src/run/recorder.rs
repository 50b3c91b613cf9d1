//! What is written down while a run goes on: the journal event by event, `run.json` at the beginning and the end.

use std::collections::BTreeMap;
use std::path::PathBuf;

use triglot_track as track;

use crate::error::{Error, Result};
use crate::files;
use crate::manifest::Manifest;

use super::folder::RunFolder;
use super::record::{RunRecord, Status};

/// Writes the record of a run.
pub struct Recorder {
    journal: track::Journal,
    folder: PathBuf,
}

impl Recorder {
    /// Begins the record: resolved manifest, `run.json`, journal.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn create(folder: &RunFolder, manifest: &Manifest, record: &RunRecord) -> Result<Self> {
        let path = folder.path().to_path_buf();
        files::write_atomic(&path.join("manifest.toml"), manifest.resolved_toml().as_bytes())?;
        record.write(&path)?;
        let mut journal = track::Journal::create(path.join("journal.jsonl")).map_err(failed)?;
        let parameters = manifest.origins().into_iter().map(|(key, value, _)| (key, value));
        let name = format!("{}/{}", record.experiment, record.id);
        journal
            .record(&track::RunStarted { name, parameters: parameters.collect() })
            .map_err(failed)?;
        Ok(Self { journal, folder: path })
    }

    /// Records values measured at a step.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn metrics(&mut self, step: u64, values: Vec<(String, f64)>) -> Result<()> {
        let values: BTreeMap<String, f64> = values.into_iter().collect();
        self.record(&track::Metrics { step, values })
    }

    /// Records that the checkpoint of a step is whole.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn checkpoint(&mut self, step: u64) -> Result<()> {
        self.artifact(&format!("checkpoints/step-{step:06}"))
    }

    /// Records that a file or folder of the run is whole.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn artifact(&mut self, path: &str) -> Result<()> {
        self.record(&track::Artifact { path: path.to_owned() })
    }

    /// Ends the record.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn finish(
        &mut self,
        record: &mut RunRecord,
        status: Status,
        message: Option<String>,
    ) -> Result<()> {
        record.status = status;
        record.error.clone_from(&message);
        record.finished = Some(jiff::Timestamp::now().to_string());
        let status = match status {
            Status::Running => track::State::Running,
            Status::Finished => track::State::Finished,
            Status::Failed => track::State::Failed,
            Status::Interrupted => track::State::Interrupted,
        };
        let journal = self.record(&track::Status { status, message });
        record.write(&self.folder).and(journal)
    }

    fn record<R: track::Record>(&mut self, event: &R) -> Result<()> {
        self.journal.record(event).map(|_| ()).map_err(failed)
    }
}

fn failed(source: track::Error) -> Error {
    Error::failed(source.to_string())
}
