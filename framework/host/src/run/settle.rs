//! Runs whose process died at work, found at the next start.
//!
//! A killed process, a crash in a plugin or a loss of power leaves a record that says `running` for good. Whether that is
//! true the lock on the journal tells, which ends with its process. A run that is not true of is closed here: its record
//! says what is known of the end, and its journal, whole up to there, gets the event that ends it.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::files;
use crate::journal::{self, Journal, State};
use crate::plugin::LAST_WORDS;
use crate::train;

use super::provenance::machine_name;
use super::record::{RunRecord, Status};

/// A run that was found dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Died {
    /// Its folder.
    pub folder: PathBuf,
    /// What is known of its end.
    pub error: String,
}

/// Closes every run under `runs_dir` that died at work on this machine, and the sweep that it was part of. What cannot
/// be closed, for another process is just doing so or the disk is read-only, is left as it is, traced.
pub fn settle(runs_dir: &Path) -> Vec<Died> {
    let folders = |folder: &Path| {
        let entries = files::list_dir(folder).unwrap_or_default().into_iter();
        entries.filter(|path| path.is_dir())
    };
    let mut died = Vec::new();
    for folder in folders(runs_dir).flat_map(|experiment| folders(&experiment)) {
        if !seems_dead(&folder) {
            continue;
        }
        match settle_one(&folder) {
            Ok(Some(error)) => died.push(Died { folder, error }),
            Ok(None) => {}
            Err(error) => tracing::debug!("{} is left as it is: {error}", folder.display()),
        }
    }
    died
}

/// Whether a run's record says that it is at work, on this machine, and nobody is. Elsewhere a lock may not be seen.
fn seems_dead(folder: &Path) -> bool {
    let text = std::fs::read_to_string(folder.join(RunRecord::FILE)).unwrap_or_default();
    if !text.contains(Status::Running.as_str()) {
        return false;
    }
    RunRecord::read(folder).is_ok_and(|record| {
        let here = record.provenance.machine.name == machine_name();
        here && record.status == Status::Killed
    })
}

fn settle_one(folder: &Path) -> Result<Option<String>> {
    // Whoever holds the journal is the one to close the run.
    let mut journal = Journal::open(folder)?;
    let mut record = RunRecord::read(folder)?;
    if record.status != Status::Running {
        return Ok(None);
    }
    let last = journal::last(folder);
    let error = obituary(folder, &record.id, last.as_ref().map(|last| last.words.as_str()));
    if last.as_ref().is_none_or(|last| !last.closes) {
        journal.status(State::Failed, Some(error.clone()))?;
    }
    record.status = Status::Failed;
    record.error = Some(error.clone());
    record.finished = last.map(|last| last.time);
    record.write(folder)?;
    if let Some((trial, experiment)) = record.trial.zip(folder.parent()) {
        let sweep = experiment.join("sweeps").join(trial.sweep);
        let closed =
            settle_sweep(&sweep, &format!("the process ended in its trial {}", trial.name));
        if let Err(error) = closed {
            tracing::debug!("{} is left as it is: {error}", sweep.display());
        }
    }
    Ok(Some(error))
}

fn settle_sweep(folder: &Path, error: &str) -> Result<()> {
    let mut journal = Journal::open(folder)?;
    match journal::last(folder).is_some_and(|last| last.closes) {
        true => Ok(()),
        false => journal.status(State::Failed, Some(error.to_owned())),
    }
}

/// What is known of the end of a run.
fn obituary(folder: &Path, id: &str, last_event: Option<&str>) -> String {
    let words = std::fs::read_to_string(folder.join(LAST_WORDS)).unwrap_or_default();
    let words = words.lines().next().and_then(|line| line.strip_prefix("triglot: "));
    let words = words.map(|words| words.split("; the run is ").next().unwrap_or(words));
    let how = match words {
        Some(words) if words.starts_with("the process") => words.to_owned(),
        Some(words) => format!("the process crashed: {words}"),
        None => "the process ended without a word: it was killed, or the machine went down".into(),
    };
    let journal = last_event.unwrap_or("unknown");
    let checkpoint = match train::latest(&folder.join(train::FOLDER)) {
        Ok(Some(path)) => format!("the newest is {}", path.display()),
        _ => "none was made yet".to_owned(),
    };
    format!(
        "{how}\n  journal: its last event is {journal}\n  checkpoint: {checkpoint}\n  \
         resume with: triglot run --resume {id}"
    )
}
