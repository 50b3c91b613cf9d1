//! Anybody's run files, scored by the metrics of the plugins: no manifest, no model, no data but two files.
//!
//! Everything about the files (their form, trec_eval's order, which queries count) is `triglot-evaluate`'s; the formulas
//! are the metric plugins', which see of a run what they see of a search. TREC's files name no language: all passages are
//! of one, and each query is a group of its own, so that metrics of language bias have no value there.

mod table;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use triglot_evaluate::{
    FileError, FileProblem, Judge, JudgedRun, TrecFile, TrecQrels, TrecRun, aggregate,
};

use crate::error::{Diagnostic, Error, Result};
use crate::files;
use crate::manifest::types::Setting;
use crate::plugin::{Column, Metric, Ranking, Registry, Services, check_options};

pub use table::{per_query, record, table};

/// The code of a language that nobody names (ISO 639-2).
const UNDETERMINED: &str = "und";

/// The metrics that runs are scored by.
pub struct Scorer {
    metrics: Vec<Metric>,
    /// Whether a judged query that a run lacks counts as one for which it retrieved nothing.
    pub all_queries: bool,
}

/// The scores of one run.
#[derive(Debug, PartialEq)]
pub struct RunScores {
    /// The queries that were scored, by the bytes of their ids.
    pub queries: Vec<String>,
    /// Queries of the run without a judgement, which are left out.
    pub unjudged_queries: usize,
    /// Judged queries that the run lacks.
    pub missing_queries: usize,
    /// The columns of the metrics, each with a value a query; NaN where it has none.
    pub columns: Vec<(Column, Vec<f64>)>,
}

impl Scorer {
    /// Makes metrics from their short forms, such as `map` or `ndcg@10`.
    ///
    /// # Errors
    /// If there is no such metric, it refuses, or two have a column of the same name.
    pub fn new(
        metrics: &[String],
        all_queries: bool,
        registry: &Registry,
        services: &Services,
    ) -> Result<Self> {
        let mut made: Vec<Metric> = Vec::with_capacity(metrics.len());
        for written in metrics {
            let metric = metric(written, registry, services)?;
            let mut names = metric.columns().iter().map(|column| &column.name);
            let known =
                |name: &&String| made.iter().flat_map(Metric::columns).any(|c| c.name == **name);
            if let Some(name) = names.find(known) {
                let problem =
                    format!("metric `{written}`: an earlier one has a column `{name}` already");
                return Err(Diagnostic::new(problem).allowed("each column once").into());
            }
            made.push(metric);
        }
        Ok(Self { metrics: made, all_queries })
    }

    /// Reads run files and scores them, one after another.
    ///
    /// # Errors
    /// If a file is wrong, no query of a run is judged, or a plugin fails.
    pub fn score_files(&mut self, runs: &[PathBuf], qrels: &Path) -> Result<Vec<RunScores>> {
        let judgements = TrecFile::read(qrels)?;
        let judgements = judgements.qrels()?;
        let score = |path: &PathBuf| {
            let file = TrecFile::read(path)?;
            let run = file.run()?;
            let scores = self.score(&run, &judgements)?;
            match scores.unjudged_queries == run.queries() {
                true => Err(no_common_query(path, &run, qrels, &judgements)),
                false => Ok(scores),
            }
        };
        runs.iter().map(score).collect()
    }

    /// Scores a run that is in memory.
    ///
    /// # Errors
    /// If a plugin fails.
    pub fn score(&mut self, run: &TrecRun<'_>, qrels: &TrecQrels<'_>) -> Result<RunScores> {
        let depth = self.metrics.iter().flat_map(Metric::columns).map(|c| c.depth as usize).max();
        let judge = Judge { all_queries: self.all_queries, depth: depth.unwrap_or(0) };
        let judged = judge.judge(run, qrels);
        let queries = judged.queries.iter().map(|query| (*query).to_owned()).collect();
        let (unjudged_queries, missing_queries) = (judged.unjudged_queries, judged.missing_queries);
        let ranking = ranking(judged);
        let mut columns = Vec::new();
        for metric in &mut self.metrics {
            let values = metric.compute(Setting::Monolingual, &ranking)?;
            let width = metric.columns().len();
            for (at, column) in metric.columns().iter().enumerate() {
                columns.push((
                    column.clone(),
                    values.iter().skip(at).step_by(width).copied().collect(),
                ));
            }
        }
        Ok(RunScores { queries, unjudged_queries, missing_queries, columns })
    }
}

impl RunScores {
    /// The mean of each column over the queries that have a value, and how many have none.
    pub fn means(&self) -> impl Iterator<Item = (&Column, Option<f64>, usize)> {
        self.columns.iter().map(|(column, values)| {
            let summary = aggregate([("", values.iter().copied())]);
            let undefined = summary.groups.first().map_or(0, |group| group.undefined);
            (column, summary.macro_mean, undefined)
        })
    }
}

fn metric(written: &str, registry: &Registry, services: &Services) -> Result<Metric> {
    let (component, options) = registry.metric(written)?;
    if let Some((_, mistake)) = check_options(component, &options).into_iter().next() {
        let problem = format!("metric `{written}`: {}", mistake.problem);
        return Err(Diagnostic { problem, ..mistake }.into());
    }
    Metric::create(component, &options, services).map_err(|error| match error.is_invalid() {
        true => Diagnostic::new(format!("metric `{written}`: {}", error.message)).into(),
        false => error.into(),
    })
}

/// The columns that metrics read. The pool of a query is what the run retrieved for it and what is judged besides.
fn ranking(judged: JudgedRun<'_>) -> Ranking {
    let queries = judged.queries.len() as u32;
    let unretrieved = |range: &[usize]| {
        let ranks = range
            .first()
            .zip(range.last())
            .and_then(|(from, to)| judged.judged_rank.get(*from..*to));
        ranks.unwrap_or_default().iter().rev().take_while(|rank| **rank == 0).count() as u32
    };
    let pools = judged.retrieved.iter().zip(judged.judged_offsets.windows(2));
    Ranking {
        data_set: "qrels".to_owned(),
        languages: vec![UNDETERMINED.to_owned()],
        query_language: vec![0; judged.queries.len()],
        query_group: (0..queries).collect(),
        pool_size: pools.map(|(retrieved, range)| retrieved + unretrieved(range)).collect(),
        judged_language: vec![0; judged.judged_rank.len()],
        top_language: vec![0; judged.top_document.len()],
        relevant: judged.relevant,
        judged_offsets: judged.judged_offsets,
        judged_rank: judged.judged_rank,
        judged_grade: judged.judged_grade,
        top_offsets: judged.top_offsets,
        top_document: judged.top_document,
        top_score: judged.top_score,
    }
}

fn no_common_query(
    path: &Path,
    run: &TrecRun<'_>,
    qrels: &Path,
    judgements: &TrecQrels<'_>,
) -> Error {
    let named = |query: Option<&str>| query.unwrap_or_default().to_owned();
    let (ours, theirs) = (named(run.first_query()), named(judgements.first_query()));
    let problem =
        format!("no query of the run is judged in {}: `{ours}`, for one, is not", qrels.display());
    let allowed = format!("the queries of the judgements, such as `{theirs}`");
    Diagnostic::new(problem).file(path).allowed(allowed).into()
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        let FileError { path, line, problem } = error;
        if let FileProblem::Io(source) = &problem {
            return files::input_error(&path, source);
        }
        let allowed = problem.allowed().map(str::to_owned);
        let diagnostic = Diagnostic::new(problem.to_string());
        Diagnostic { file: Some(path), line, allowed, ..diagnostic }.into()
    }
}
