//! Runs by the names that people give them.

use std::path::{Path, PathBuf};

use crate::error::{Diagnostic, Result};
use crate::files;
use crate::run::{self, RunRecord};

/// Runs with their folders.
pub type Runs = Vec<(PathBuf, RunRecord)>;

/// The runs that `named` means: one, as [`run::find`] takes it, or all trials of a sweep, by its folder, by
/// `experiment/sweeps/id`, or by its id or the beginning of it.
///
/// # Errors
/// If it means nothing, or several things.
pub(super) fn named_runs(runs_dir: &Path, named: &str) -> Result<Runs> {
    match sweep(runs_dir, named)? {
        Some(folder) => trials(&folder),
        None => Ok(vec![run::find(runs_dir, named)?]),
    }
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
fn trials(sweep: &Path) -> Result<Runs> {
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
