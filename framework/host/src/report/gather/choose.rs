//! Which runs a report is about, and which of them differ in nothing but the seed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Diagnostic, Result};
use crate::files;
use crate::run::{self, RunRecord};

/// A run of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportedRun {
    /// Its folder.
    pub folder: PathBuf,
    /// Its record.
    pub record: RunRecord,
}

/// Runs that differ in nothing but the seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Strategy {
    /// What tells it from the others of the report.
    pub name: String,
    /// Its runs, indices into those of the report.
    pub runs: Vec<usize>,
}

/// The runs that are named, each once: a run as [`run::find`] takes it, or all trials of a sweep, by its folder, by
/// `experiment/sweeps/id`, or by its id or the beginning of it.
///
/// # Errors
/// If a name means nothing, or several things.
pub fn choose(runs_dir: &Path, named: &[String]) -> Result<Vec<ReportedRun>> {
    let mut seen = BTreeSet::new();
    let mut chosen = Vec::new();
    for name in named {
        let runs = match sweep(runs_dir, name)? {
            Some(folder) => trials(&folder)?,
            None => vec![run::find(runs_dir, name)?],
        };
        for (folder, record) in runs {
            let same = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            if seen.insert(same) {
                chosen.push(ReportedRun { folder, record });
            }
        }
    }
    Ok(chosen)
}

/// The name of the folder that an experiment keeps its sweeps in.
const SWEEPS: &str = "sweeps";

/// The folder of the sweep that `named` means, if it means one and no run.
fn sweep(runs_dir: &Path, named: &str) -> Result<Option<PathBuf>> {
    for folder in [PathBuf::from(named), runs_dir.join(named)] {
        if is_sweep(&folder) {
            return Ok(Some(folder));
        }
    }
    if named == "last"
        || named.is_empty()
        || run::find(runs_dir, named).is_ok()
        || !runs_dir.is_dir()
    {
        return Ok(None);
    }
    let mut found = Vec::new();
    for experiment in files::list_dir(runs_dir)? {
        let sweeps = experiment.join(SWEEPS);
        if sweeps.is_dir() {
            found.extend(files::list_dir(&sweeps)?.into_iter().filter(|folder| {
                let id = folder.file_name().unwrap_or_default().to_string_lossy();
                id.starts_with(named) && is_sweep(folder)
            }));
        }
    }
    match found.len() {
        0 | 1 => Ok(found.pop()),
        n => Err(Diagnostic::new(format!("`{named}` is the beginning of {n} sweep ids")).into()),
    }
}

/// A sweep has a journal from its first moment, and its record only at its end.
fn is_sweep(folder: &Path) -> bool {
    let parent = folder.parent().and_then(Path::file_name);
    parent.is_some_and(|name| name == SWEEPS) && folder.join(crate::journal::FILE).is_file()
}

/// The trials of a sweep by what stands in their own records, so that one which is at work or was moved has them too.
fn trials(sweep: &Path) -> Result<Vec<(PathBuf, RunRecord)>> {
    let id = sweep.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let experiment = sweep.parent().and_then(Path::parent).unwrap_or(sweep);
    let mut trials = Vec::new();
    for folder in files::list_dir(experiment)?.into_iter().filter(|path| path.is_dir()) {
        if !folder.join(RunRecord::FILE).is_file() {
            continue;
        }
        let record = RunRecord::read(&folder)?;
        if record.trial.as_ref().is_some_and(|trial| trial.sweep == id) {
            trials.push((folder, record));
        }
    }
    if trials.is_empty() {
        return Err(Diagnostic::new("no trial of this sweep has a run").file(sweep).into());
    }
    trials.sort_by(|(_, a), (_, b)| (&a.started, &a.id).cmp(&(&b.started, &b.id)));
    Ok(trials)
}

/// The runs that were measured, by strategy: what a run was made from says which belong together, and its trial, else
/// its experiment, gives the name.
pub fn strategies(runs: &[ReportedRun]) -> Vec<Strategy> {
    let experiments: BTreeSet<&str> =
        runs.iter().map(|run| run.record.experiment.as_str()).collect();
    let mut found: Vec<((String, String), Strategy)> = Vec::new();
    for (index, run) in runs.iter().enumerate().filter(|(_, run)| !run.record.metrics.is_empty()) {
        let name = name(&run.record, experiments.len() > 1);
        let key = (name.clone(), made_from(run));
        match found.iter_mut().find(|(other, _)| *other == key) {
            Some((_, strategy)) => strategy.runs.push(index),
            None => found.push((key, Strategy { name, runs: vec![index] })),
        }
    }
    let mut strategies: Vec<Strategy> = found.into_iter().map(|(_, strategy)| strategy).collect();
    let names: Vec<String> = strategies.iter().map(|strategy| strategy.name.clone()).collect();
    for strategy in &mut strategies {
        let shared = names.iter().filter(|name| **name == strategy.name).count() > 1;
        if let (true, Some(first)) = (shared, strategy.runs.first().and_then(|run| runs.get(*run)))
        {
            strategy.name = format!("{} ({})", strategy.name, first.record.id);
        }
    }
    strategies
}

fn name(record: &RunRecord, several: bool) -> String {
    let trial = record.trial.iter().flat_map(|trial| trial.name.split('/'));
    let trial: Vec<&str> = trial.filter(|part| !part.starts_with("seed=")).collect();
    match (trial.is_empty(), several) {
        (true, _) => record.experiment.clone(),
        (false, true) => format!("{} {}", record.experiment, trial.join("/")),
        (false, false) => trial.join("/"),
    }
}

/// What makes two runs the same but for the seed: the manifest without it, and the state that the model came from.
fn made_from(run: &ReportedRun) -> String {
    let manifest = files::read_to_string(&run.folder.join(run::MANIFEST)).ok();
    let manifest = manifest.and_then(|text| text.parse::<toml_edit::DocumentMut>().ok());
    let manifest = manifest.map(|mut manifest| {
        for key in ["seed", "name", "description", "sweep"] {
            manifest.remove(key);
        }
        manifest.to_string()
    });
    let manifest = manifest.unwrap_or_else(|| run.record.provenance.manifest.clone());
    let state = run.record.state.as_ref().map(|state| state.display().to_string());
    format!("{manifest}\n{}", state.unwrap_or_default())
}
