//! From runs to systems: trials of a sweep that differ in their seed alone are one.

use std::path::{Path, PathBuf};

use super::document::System;
use crate::error::{Diagnostic, Result};
use crate::report::compare::without_seed;
use crate::report::named::{Runs, named_runs};
use crate::retrieval::Ranker;
use crate::run::RunRecord;

/// What names BM25 as a system, the baseline of runs that are compared.
pub const BM25: &str = "bm25";

/// A system and its runs.
#[derive(Debug)]
pub struct Grouped {
    /// What it is called.
    pub described: System,
    /// Whether it is the model of its runs, or their baseline.
    pub ranker: Ranker,
    /// Its runs, by seed.
    pub runs: Runs,
}

/// The runs that `named` means; of the trials of a sweep, those that were measured.
///
/// # Errors
/// If it means nothing, or several things.
pub fn choose(runs_dir: &Path, named: &str) -> Result<Runs> {
    let mut runs = named_runs(runs_dir, named)?;
    let measured = |(_, record): &(PathBuf, RunRecord)| !record.evaluation.is_empty();
    if runs.iter().any(measured) {
        runs.retain(measured);
    }
    Ok(runs)
}

/// Groups runs into systems, BM25 the last of them where it is asked for; also gives the number of the system to compare
/// with, which is added where it is not yet there.
pub(super) fn systems(
    runs: Runs,
    baseline: Option<Runs>,
    with_bm25: bool,
) -> Result<(Vec<Grouped>, Option<usize>)> {
    let mut systems: Vec<(Identity, Runs)> = Vec::new();
    for (folder, record) in runs {
        add(&mut systems, folder, record)?;
    }
    let mut number = None;
    for (folder, record) in baseline.into_iter().flatten() {
        let at = add(&mut systems, folder, record)?;
        if *number.get_or_insert(at) != at {
            let problem = "the baseline is a sweep of several systems";
            return Err(Diagnostic::new(problem).allowed("a run of one of them").into());
        }
    }
    if systems.len() + usize::from(with_bm25) < 2 {
        let problem = match systems.first() {
            Some((identity, runs)) if runs.len() > 1 => format!(
                "the {} runs differ in their seed alone and are one system, {}; there is nothing to compare it with",
                runs.len(),
                identity.name()
            ),
            _ => "there is one run, and nothing to compare it with".to_owned(),
        };
        return Err(Diagnostic::new(problem).into());
    }
    let bm25 =
        if with_bm25 { Some(bm25(systems.iter().flat_map(|(_, runs)| runs))?) } else { None };
    let names: Vec<String> = systems.iter().map(|(identity, _)| identity.name()).collect();
    let label = |at: usize| match systems.len() + usize::from(with_bm25) <= LETTERS.len() {
        true => LETTERS[at].0.to_string(),
        false => (at + 1).to_string(),
    };
    let bm25 = bm25.map(|run| Grouped {
        described: System {
            label: label(systems.len()),
            name: BM25.to_owned(),
            runs: vec![run.1.id.clone()],
            seeds: Vec::new(),
        },
        ranker: Ranker::Bm25,
        runs: vec![run],
    });
    let labels: Vec<String> = (0..systems.len()).map(label).collect();
    let grouped =
        systems.into_iter().zip(labels).enumerate().map(|(at, ((_, mut runs), label))| {
            runs.sort_by(|(_, a), (_, b)| (a.seed, &a.id).cmp(&(b.seed, &b.id)));
            let ids: Vec<String> = runs.iter().map(|(_, record)| record.id.clone()).collect();
            let alone = names.iter().filter(|name| **name == names[at]).count() == 1;
            let described = System {
                label,
                name: if alone { names[at].clone() } else { format!("{} {}", names[at], ids[0]) },
                seeds: runs.iter().map(|(_, record)| record.seed).collect(),
                runs: ids,
            };
            Grouped { described, ranker: Ranker::Model, runs }
        });
    Ok((grouped.chain(bm25).collect(), number))
}

/// The run whose BM25 stands for that of all: the first that has one, if the others that have one used the same parameters.
fn bm25<'a>(runs: impl Iterator<Item = &'a (PathBuf, RunRecord)>) -> Result<(PathBuf, RunRecord)> {
    let mut first: Option<&(PathBuf, RunRecord)> = None;
    for run in runs {
        for set in &run.1.evaluation {
            let Some(own) = &set.bm25 else { continue };
            let (folder, record) = *first.get_or_insert(run);
            let Some(other) = record.set(&set.name).and_then(|set| set.bm25.as_ref()) else {
                continue;
            };
            if (own.k1, own.b) != (other.k1, other.b) {
                let problem = format!(
                    "the runs have no common BM25: on `{}` this one measured it with k1 = {}, b = {}, {} with k1 = {}, \
                     b = {}",
                    set.name,
                    own.k1,
                    own.b,
                    folder.display(),
                    other.k1,
                    other.b
                );
                return Err(Diagnostic::new(problem).file(run.0.join(RunRecord::FILE)).into());
            }
        }
    }
    let none = "none of the runs measured BM25: `bm25 = false` in their `[[evaluate]]`, or an older version";
    Ok(first.cloned().ok_or_else(|| Diagnostic::new(none))?)
}

/// What makes runs one system.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    /// A sweep, and a trial of it without its seed.
    Trial { experiment: String, sweep: String, name: Option<String> },
    /// A run of its own.
    Run { experiment: String, id: String },
}

impl Identity {
    fn of(record: &RunRecord) -> Self {
        let experiment = record.experiment.clone();
        match &record.trial {
            Some(trial) => Self::Trial {
                experiment,
                sweep: trial.sweep.clone(),
                name: without_seed(&trial.name),
            },
            None => Self::Run { experiment, id: record.id.clone() },
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Trial { name: Some(name), .. } => name.clone(),
            Self::Trial { experiment, .. } => experiment.clone(),
            Self::Run { experiment, id } => format!("{experiment}/{id}"),
        }
    }
}

/// Adds a run to its system, once; gives the system's number.
fn add(systems: &mut Vec<(Identity, Runs)>, folder: PathBuf, record: RunRecord) -> Result<usize> {
    if record.evaluation.is_empty() {
        let problem =
            format!("run {} was not measured; it is {}", record.id, record.status.as_str());
        return Err(Diagnostic::new(problem).file(folder).into());
    }
    let identity = Identity::of(&record);
    let at = systems.iter().position(|(other, _)| *other == identity).unwrap_or(systems.len());
    if at == systems.len() {
        systems.push((identity, Vec::new()));
    }
    if systems[at].1.iter().all(|(_, other)| other.id != record.id) {
        systems[at].1.push((folder, record));
    }
    Ok(at)
}

/// Labels of systems and their superscripts; Unicode long had none of q.
pub(super) const LETTERS: [(char, char); 25] = [
    ('a', 'ᵃ'),
    ('b', 'ᵇ'),
    ('c', 'ᶜ'),
    ('d', 'ᵈ'),
    ('e', 'ᵉ'),
    ('f', 'ᶠ'),
    ('g', 'ᵍ'),
    ('h', 'ʰ'),
    ('i', 'ⁱ'),
    ('j', 'ʲ'),
    ('k', 'ᵏ'),
    ('l', 'ˡ'),
    ('m', 'ᵐ'),
    ('n', 'ⁿ'),
    ('o', 'ᵒ'),
    ('p', 'ᵖ'),
    ('r', 'ʳ'),
    ('s', 'ˢ'),
    ('t', 'ᵗ'),
    ('u', 'ᵘ'),
    ('v', 'ᵛ'),
    ('w', 'ʷ'),
    ('x', 'ˣ'),
    ('y', 'ʸ'),
    ('z', 'ᶻ'),
];
