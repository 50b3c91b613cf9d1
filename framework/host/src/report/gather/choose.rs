//! Which runs a report is about, and which of them differ in nothing but the seed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::Result;
use crate::files;
use crate::report::named::named_runs;
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

/// The runs that are named, each once.
///
/// # Errors
/// If a name means nothing, or several things.
pub fn choose(runs_dir: &Path, named: &[String]) -> Result<Vec<ReportedRun>> {
    let mut seen = BTreeSet::new();
    let mut chosen = Vec::new();
    for name in named {
        for (folder, record) in named_runs(runs_dir, name)? {
            let same = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            if seen.insert(same) {
                chosen.push(ReportedRun { folder, record });
            }
        }
    }
    Ok(chosen)
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
