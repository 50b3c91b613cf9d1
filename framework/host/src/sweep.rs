//! Sweeps: every trial of a manifest, one after another, then one table.
//!
//! All trials are planned before the first begins, so that a mistake in the last one costs nothing. A trial that fails
//! does not end the sweep; an interruption does.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;
use crate::journal::{Journal, State};
use crate::manifest::{Manifest, Trial};
use crate::plan::{Locations, Plan};
use crate::plugin::Registry;
use crate::progress::Progress;
use crate::run::{self, Environment, RunFolder, RunRecord, Start, TrialRecord};

/// What came of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialOutcome {
    /// The trial.
    pub trial: TrialRecord,
    /// Its seed.
    pub seed: u64,
    /// The folder of its run, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// Its record, if it finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RunRecord>,
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A sweep, done; `sweep.json` holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepRecord {
    /// Its id.
    pub id: String,
    /// The experiment's name.
    pub experiment: String,
    /// Its trials, in the order of the manifest.
    pub trials: Vec<TrialOutcome>,
}

impl SweepRecord {
    /// Trials that failed.
    pub fn failures(&self) -> usize {
        self.trials.iter().filter(|trial| trial.error.is_some()).count()
    }
}

/// Plans every trial of a manifest.
///
/// # Errors
/// If the manifest has no sweep, or a trial cannot be planned.
pub fn plan(
    manifest: &Manifest,
    registry: &Registry,
    locations: &Locations,
) -> Result<Vec<(Trial, Plan)>> {
    let trials = manifest.trials()?;
    trials
        .into_iter()
        .map(|trial| {
            let plan = Plan::new(trial.manifest.clone(), registry, locations)?;
            Ok((trial, plan))
        })
        .collect()
}

/// Runs planned trials; the sweep's own folder is `<runs>/<experiment>/sweeps/<id>`.
///
/// # Errors
/// If the input of the first trial is wrong, the disk fails, or the user interrupts. A later trial's error is recorded.
pub fn execute(
    manifest: &Manifest,
    trials: &[(Trial, Plan)],
    environment: &Environment<'_>,
    progress: &mut dyn Progress,
) -> Result<(SweepRecord, PathBuf)> {
    let experiment = manifest.experiment.name.clone();
    let folder = RunFolder::create(&environment.runs_dir.join(&experiment).join("sweeps"))?;
    let name = format!("{experiment}/sweeps/{}", folder.id());
    let mut journal = Journal::create(folder.path().to_path_buf(), name, BTreeMap::new())?;
    let mut sweep = SweepRecord { id: folder.id().to_owned(), experiment, trials: Vec::new() };
    let done = run_trials(trials, &mut sweep, &mut journal, environment, progress);
    let (state, message) = match &done {
        Ok(()) => (State::Finished, None),
        Err(error) if error.is_interrupted() => (State::Interrupted, None),
        Err(error) => (State::Failed, Some(error.to_string())),
    };
    // What was reached is kept, whatever ended the sweep, and what ended it is the error to report.
    let kept = write(&folder, &sweep).and(journal.status(state, message));
    done.and(kept)?;
    Ok((sweep, folder.path().to_path_buf()))
}

fn write(folder: &RunFolder, sweep: &SweepRecord) -> Result<()> {
    let text = serde_json::to_string_pretty(sweep).map_err(|e| Error::failed(e.to_string()))?;
    files::write_atomic(&folder.path().join("sweep.json"), text.as_bytes())
}

/// Runs one trial after another, and adds what came of each to the sweep.
fn run_trials(
    trials: &[(Trial, Plan)],
    sweep: &mut SweepRecord,
    journal: &mut Journal,
    environment: &Environment<'_>,
    progress: &mut dyn Progress,
) -> Result<()> {
    for (number, (trial, plan)) in trials.iter().enumerate() {
        progress.trial_started(&trial.name, number + 1, trials.len());
        let record = TrialRecord {
            sweep: sweep.id.clone(),
            name: trial.name.clone(),
            variant: trial.variant.clone(),
            point: trial.point.iter().cloned().collect::<BTreeMap<_, _>>(),
        };
        let mut outcome = TrialOutcome {
            trial: record.clone(),
            seed: trial.seed,
            folder: None,
            record: None,
            error: None,
        };
        match run::execute(plan, &Start::New, Some(record), environment, progress) {
            Ok(finished) => {
                outcome.folder = Some(finished.folder);
                outcome.record = Some(finished.record);
            }
            Err(error) if error.is_interrupted() => return Err(error),
            // Wrong input in the first trial is wrong in all that share it: say so at once.
            Err(error) if number == 0 && error.exit_code() == 2 => return Err(error),
            Err(error) => {
                if let Error::Run { folder, .. } = &error {
                    outcome.folder = Some(folder.clone());
                }
                progress.note(&format!("trial {} failed: {error}", trial.name));
                outcome.error = Some(error.to_string());
            }
        }
        journal.event("trial", &outcome)?;
        sweep.trials.push(outcome);
    }
    Ok(())
}
