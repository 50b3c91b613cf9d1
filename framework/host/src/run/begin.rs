//! How a run begins: new, in a folder of its own, or again, in the folder that it has.

use std::path::Path;

use crate::error::Result;
use crate::plan::Plan;
use crate::train::Saved;

use super::Start;
use super::changes::Change;
use super::folder::RunFolder;
use super::provenance::Provenance;
use super::record::{RunRecord, TrialRecord};
use super::recorder::Recorder;
use super::resume::Paused;

/// How a run begins.
pub(super) enum Beginning<'a> {
    /// For the first time.
    New { start: &'a Start, trial: Option<TrialRecord> },
    /// After an end before its time.
    Again { paused: Box<Paused>, allow_changed: bool },
}

/// A run that has begun.
pub(super) struct Begun {
    pub(super) folder: RunFolder,
    pub(super) record: RunRecord,
    pub(super) recorder: Recorder,
    /// The checkpoint to go on from.
    pub(super) from: Option<Saved>,
}

impl Beginning<'_> {
    /// Where the model came from when the run began for the first time.
    pub(super) fn origin(&self) -> Start {
        match self {
            Self::New { start, .. } => (*start).clone(),
            Self::Again { paused, .. } => paused.origin(),
        }
    }

    /// Where the model comes from now.
    pub(super) fn start(&self) -> Start {
        match self {
            Self::New { start, .. } => (*start).clone(),
            Self::Again { paused, .. } => paused.start(),
        }
    }

    /// What has changed since the run began for the first time.
    ///
    /// # Errors
    /// If anything has and that is not allowed.
    pub(super) fn changes(&self, plan: &Plan, provenance: &Provenance) -> Result<Vec<Change>> {
        match self {
            Self::New { .. } => Ok(Vec::new()),
            Self::Again { paused, allow_changed } => {
                paused.compare(plan, provenance, *allow_changed)
            }
        }
    }

    /// Begins: from here on the run is on record, with what `describe` adds.
    ///
    /// # Errors
    /// If the disk fails.
    pub(super) fn begin(
        self,
        plan: &Plan,
        parent: &Path,
        (provenance, changes): (Provenance, Vec<Change>),
        describe: impl FnOnce(&mut RunRecord),
    ) -> Result<Begun> {
        match self {
            Self::New { start, trial } => {
                let folder = RunFolder::create(parent)?;
                let mut record = RunRecord::new(plan, folder.id(), trial, provenance);
                if let Start::Saved(state) = start {
                    record.state = std::path::absolute(state).ok();
                }
                describe(&mut record);
                let recorder = Recorder::create(&folder, &plan.manifest, &record)?;
                Ok(Begun { folder, record, recorder, from: None })
            }
            Self::Again { paused, allow_changed } => {
                let mut record = paused.record(plan, provenance, changes);
                describe(&mut record);
                let (folder, recorder, from) =
                    paused.begin(&plan.manifest, &record, allow_changed)?;
                Ok(Begun { folder, record, recorder, from })
            }
        }
    }
}
