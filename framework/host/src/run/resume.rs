//! A run that did not come to its end, taken up again: in its folder, under its id, from its newest checkpoint.
//!
//! The steps after it are those of a run that was never stopped, since each follows from the manifest and the step's
//! number; the journal says whether they came out the same ([`Journal::go_on`]). So what the run was made from has to be
//! what it was, and is compared before anything is written.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Diagnostic, Error, Result};
use crate::files;
use crate::journal::{Journal, State};
use crate::manifest::{LoadOptions, Manifest};
use crate::plan::{Locations, Plan};
use crate::plugin::LAST_WORDS;
use crate::retrieval::Ranker;
use crate::train::{self, Saved};

use super::Start;
use super::changes::{Change, Origin, changes};
use super::folder::{RunFolder, find};
use super::provenance::{Folders, Provenance};
use super::record::{RunRecord, Status};
use super::recorder::{MANIFEST, Recorder};

/// A run that is to go on. Nobody else writes into its folder as long as this is there.
pub struct Paused {
    folder: RunFolder,
    record: RunRecord,
    journal: Journal,
    saved: Option<Saved>,
}

/// One time that a run was gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resumed {
    /// When (RFC 3339, UTC).
    pub time: String,
    /// The steps that were taken already.
    pub step: u64,
    /// The number of the journal's event at which that was so; what follows it was told before this.
    pub position: u64,
    /// What had changed, where that was allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl Paused {
    /// The run that `named` means, as for [`find`].
    ///
    /// # Errors
    /// If there is no such run, it is finished, or it is at work.
    pub fn open(runs_dir: &Path, named: &str) -> Result<Self> {
        let (path, record) = find(runs_dir, named)?;
        let path = std::path::absolute(&path).unwrap_or(path);
        let finished = |status| -> Result<()> {
            match status {
                Status::Finished => {
                    let problem = "the run is finished: there is nothing left to do";
                    let allowed = "a run that was killed or interrupted, or that failed";
                    Err(Diagnostic::new(problem).file(&path).allowed(allowed).into())
                }
                _ => Ok(()),
            }
        };
        finished(record.status)?;
        let mut journal = Journal::open(&path)?;
        // Whoever held the journal until now may have written a last word.
        let record = RunRecord::read(&path)?;
        finished(record.status)?;
        let saved = train::newest(&path.join(train::FOLDER))?;
        let (told, needed) =
            (journal.position()?, saved.as_ref().map_or(0, |s| s.checkpoint.journal));
        if told < needed {
            return Err(Error::failed(format!(
                "the journal in {} has lost events: it ends after {told}, and the checkpoint was made after {needed}",
                path.display()
            )));
        }
        Ok(Self { folder: RunFolder::at(path, &record.id), record, journal, saved })
    }

    /// The manifest that the run was made with.
    pub fn manifest(&self) -> PathBuf {
        self.folder.path().join(MANIFEST)
    }

    /// Where data and models lie: as `given`, or else where they lay.
    pub fn locations(&self, given: Locations) -> Locations {
        let folders = self.record.folders.as_ref();
        Locations {
            data: given.data.or_else(|| Some(folders?.data.clone())),
            models: given.models.or_else(|| Some(folders?.models.clone())),
        }
    }

    /// The plugin libraries that the run was made with, as far as they are still there.
    pub fn libraries(&self) -> Vec<PathBuf> {
        let files = self.record.provenance.plugins.iter().map(|plugin| PathBuf::from(&plugin.file));
        let mut files: Vec<PathBuf> = files.filter(|file| file.is_file()).collect();
        files.dedup();
        files
    }

    /// Where the model came from when the run began.
    pub(super) fn origin(&self) -> Start {
        self.record.state.clone().map_or(Start::New, Start::Saved)
    }

    /// Where the model comes from now.
    pub(super) fn start(&self) -> Start {
        self.saved.as_ref().map_or_else(|| self.origin(), |saved| Start::Saved(saved.backend()))
    }

    /// What has changed since the run began.
    ///
    /// # Errors
    /// If anything has, unless that is `allowed`: with all of it.
    pub(super) fn compare(
        &self,
        plan: &Plan,
        provenance: &Provenance,
        allowed: bool,
    ) -> Result<Vec<Change>> {
        let manifest = Manifest::load(&self.manifest(), &LoadOptions::default())?;
        let (folders, record) = (Folders::of(plan), &self.record);
        let found = changes(
            &Origin {
                manifest: &manifest,
                provenance: &record.provenance,
                folders: record.folders.as_ref(),
            },
            &Origin { manifest: &plan.manifest, provenance, folders: Some(&folders) },
        );
        if found.is_empty() || allowed {
            return Ok(found);
        }
        let lines: Vec<String> = found.iter().map(|change| format!("\n  {change}")).collect();
        let problem = format!("what the run is made from has changed{}", lines.concat());
        Err(Diagnostic::new(problem)
            .file(self.folder.path())
            .allowed("what it was made from, or `--allow-changed` to go on all the same")
            .into())
    }

    /// The record of the run, at work again.
    pub(super) fn record(
        &self,
        plan: &Plan,
        provenance: Provenance,
        changes: Vec<Change>,
    ) -> RunRecord {
        let mut record = self.record.clone();
        let (step, position) =
            self.saved.as_ref().map_or((0, 0), |s| (s.checkpoint.step, s.checkpoint.journal));
        let time = jiff::Timestamp::now().to_string();
        record.resumed.push(Resumed { time, step, position, changes });
        record.status = Status::Running;
        record.seed = plan.manifest.experiment.seed;
        record.folders = Some(Folders::of(plan));
        record.provenance = provenance;
        (record.error, record.finished) = (None, None);
        record
    }

    /// Takes the run up: its folder, what is written of it, and the checkpoint to go on from.
    pub(super) fn begin(
        self,
        manifest: &Manifest,
        record: &RunRecord,
        other_values: bool,
    ) -> Result<(RunFolder, Recorder, Option<Saved>)> {
        let Self { folder, mut journal, saved, .. } = self;
        let of = |ranker: Ranker| folder.path().join(ranker.root());
        let measured = [of(Ranker::Model), of(Ranker::Bm25)];
        for place in [folder.path().to_path_buf(), folder.checkpoints()].iter().chain(&measured) {
            files::clear_leftovers(place)?;
        }
        // The words of an earlier end would be taken for those of the next.
        let words = folder.path().join(LAST_WORDS);
        if words.exists() {
            std::fs::remove_file(&words).map_err(|source| Error::io("remove", &words, &source))?;
        }
        let resumed = record.resumed.last();
        journal.go_on(resumed.map_or(0, |resumed| resumed.step), other_values)?;
        if let Some(resumed) = resumed {
            journal.event("resumed", resumed)?;
        }
        journal.status(State::Running, None)?;
        let recorder = Recorder::go_on(&folder, journal, manifest, record)?;
        Ok((folder, recorder, saved))
    }
}
