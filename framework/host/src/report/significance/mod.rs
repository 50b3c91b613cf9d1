//! Runs compared on a metric, query by query: how large the differences are, and whether they are any.
//!
//! Runs become systems ([`systems`]), the values of their queries are read and held against one another
//! ([`measured`]), every pair of systems is compared by `triglot_evaluate::significance`, and what came of it is a
//! document ([`document`]) that is printed as JSON or drawn as tables ([`table`]).

mod document;
mod measured;
mod systems;
mod table;

use std::collections::BTreeSet;
use std::path::Path;

use triglot_evaluate::significance::{
    Comparison, Correction, Error as Undecided, Options, Test, compare, correct,
};

use crate::error::{Diagnostic, Error, Result};
use crate::manifest::types::Setting;
use crate::report::named::Runs;
use crate::retrieval::Ranker;
use crate::run::EvaluationRecord;

pub use document::{Compared, Contest, Scores, Significance, System};
pub use systems::{BM25, choose};
pub use table::significance_tables;

use measured::Measured;

/// What is asked of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The columns of metrics to compare.
    pub metrics: Vec<String>,
    /// The data set, where it is not to be every one that all runs were measured on.
    pub set: Option<String>,
    /// The setting, where it is not to be every one.
    pub setting: Option<Setting>,
    /// The test.
    pub test: Test,
    /// How p-values of one table are corrected.
    pub correction: Correction,
    /// The level of significance; intervals have the confidence 1 − α.
    pub alpha: f64,
    /// Whether BM25 is one of the systems.
    pub bm25: bool,
    /// A run of the system that the others are compared with, or [`BM25`]; without it, all are compared with one another.
    pub baseline: Option<String>,
}

/// Compares the runs that are named.
///
/// # Errors
/// If a run cannot be found, if runs were not measured on the same data, or lack a metric, set or setting.
pub fn significance(runs_dir: &Path, runs: Runs, question: &Question) -> Result<Significance> {
    let options =
        Options { test: question.test, confidence: 1.0 - question.alpha, ..Options::default() };
    let named = question.baseline.as_deref();
    let with_bm25 = named == Some(BM25);
    let baseline = named.filter(|_| !with_bm25).map(|named| choose(runs_dir, named)).transpose()?;
    let (systems, baseline) = systems::systems(runs, baseline, with_bm25 || question.bm25)?;
    let baseline = if with_bm25 { systems.len().checked_sub(1) } else { baseline };
    let pairs: Vec<(usize, usize)> = match baseline {
        Some(baseline) => {
            (0..systems.len()).filter(|at| *at != baseline).map(|at| (at, baseline)).collect()
        }
        None => (0..systems.len()).flat_map(|b| (0..b).map(move |a| (b, a))).collect(),
    };
    let mut scores = Vec::new();
    for set in sets(&systems, question)? {
        for setting in Setting::ALL.into_iter().filter(|setting| {
            set.settings.contains_key(setting.as_str())
                && question.setting.is_none_or(|asked| asked == *setting)
        }) {
            let measured = Measured::read(&systems, set, setting, &question.metrics)?;
            for (at, metric) in question.metrics.iter().enumerate() {
                scores.extend(score(&measured, at, metric, &pairs, question, &options)?);
            }
        }
    }
    if scores.is_empty() {
        let metrics = question.metrics.join(", ");
        return Err(Diagnostic::new(format!("no query has a value of {metrics} there")).into());
    }
    Ok(Significance {
        test: question.test.as_str(),
        correction: question.correction.as_str(),
        alpha: question.alpha,
        resamples: options.resamples,
        seed: options.seed,
        baseline: baseline.map(|at| systems[at].described.label.clone()),
        systems: systems.into_iter().map(|system| system.described).collect(),
        scores,
    })
}

/// The data sets that are asked for and that every run was measured on.
fn sets<'a>(
    systems: &'a [systems::Grouped],
    question: &Question,
) -> Result<Vec<&'a EvaluationRecord>> {
    let records = || {
        let runs =
            systems.iter().flat_map(|system| system.runs.iter().map(|run| (system.ranker, run)));
        runs.map(|(ranker, (_, record))| (ranker, record))
    };
    let Some((_, first)) = records().next() else { return Ok(Vec::new()) };
    let shared = |set: &&EvaluationRecord| {
        records().all(|(ranker, run)| {
            run.set(&set.name).is_some_and(|own| ranker == Ranker::Model || own.bm25.is_some())
        })
    };
    let mut sets: Vec<&EvaluationRecord> = first.evaluation.iter().filter(shared).collect();
    let names =
        |sets: &[&EvaluationRecord]| sets.iter().map(|s| s.name.clone()).collect::<Vec<_>>();
    let known = names(&sets);
    if let Some(asked) = &question.set {
        sets.retain(|set| set.name == *asked);
    }
    if sets.is_empty() {
        let problem = match &question.set {
            Some(asked) if !known.is_empty() => format!("not every run was measured on `{asked}`"),
            _ => "there is no data set that every run was measured on".to_owned(),
        };
        let mut mistake = Diagnostic::new(problem);
        if let (Some(asked), false) = (&question.set, known.is_empty()) {
            mistake = mistake.nearest(asked, known.iter().map(String::as_str));
            mistake = mistake.allowed(known.join(", "));
        }
        return Err(mistake.into());
    }
    if question.set.is_none() {
        let has = |set: &&EvaluationRecord| {
            question.metrics.iter().all(|name| set.columns.iter().any(|c| c.name == *name))
        };
        if sets.iter().any(has) {
            sets.retain(has);
        }
    }
    if let Some(setting) = question.setting
        && !sets.iter().any(|set| set.settings.contains_key(setting.as_str()))
    {
        let problem = format!("the runs were not measured in the {} setting", setting.as_str());
        let settings = sets.iter().flat_map(|set| set.settings.keys().map(String::as_str));
        let settings: BTreeSet<&str> = settings.collect();
        let allowed = settings.into_iter().collect::<Vec<_>>().join(", ");
        return Err(Diagnostic::new(problem).allowed(allowed).into());
    }
    Ok(sets)
}

/// Compares all pairs on one metric; none where no query has a value, as of rank distances in the monolingual setting.
fn score(
    measured: &Measured<'_>,
    at: usize,
    metric: &str,
    pairs: &[(usize, usize)],
    question: &Question,
    options: &Options,
) -> Result<Option<Scores>> {
    let means = measured.means(at);
    if means.iter().any(Option::is_none) {
        return Ok(None);
    }
    let means: Vec<f64> = means.into_iter().flatten().collect();
    let column = measured.column(metric)?;
    let failed = |error: Undecided| Error::failed(format!("cannot compare {metric}: {error}"));
    let mut contests = Vec::new();
    let mut compared: Vec<Comparison> = Vec::new();
    for (first, second) in pairs {
        let sample = measured.sample(at, *first, *second).map_err(failed)?;
        let comparison = match compare(&sample, options) {
            Ok(comparison) => comparison,
            Err(Undecided::TooFew { found: 0, .. }) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        contests.push(Contest::of(*first, *second, &sample, &comparison));
        compared.push(comparison);
    }
    let raw: Vec<f64> = compared.iter().flat_map(|c| &c.outcome).map(|o| o.p).collect();
    let mut corrected = correct(&raw, question.correction).into_iter();
    for contest in contests.iter_mut().filter(|contest| contest.p.is_some()) {
        contest.corrected_p = corrected.next();
        contest.significant = contest.corrected_p.is_some_and(|p| p < question.alpha);
    }
    Ok(Some(Scores::new(measured, metric, column, means, contests)))
}
