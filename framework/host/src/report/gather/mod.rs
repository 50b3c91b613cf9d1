//! What a report holds: everything that tables and pictures are drawn from, typed, so that `--json` gives the same.
//!
//! A report is gathered from run folders alone, by nobody who took part in the runs. What a folder lacks, because it was
//! thinned out or a file is damaged, costs the section that needs it and a note, never the report. Nothing here depends on
//! the clock: the same folders give the same report.

mod ablation;
mod baseline;
mod certainty;
mod choose;
mod gaps;
mod heat;
mod losses;
mod published;
mod ranking;
mod results;
mod shares;
mod texts;
mod worst;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::error::Result;
use crate::run::{ColumnRecord, EvaluationRecord, LanguageSize};

pub use baseline::{Baseline, BaselineFigure};
pub use choose::{ReportedRun, Strategy};
pub use gaps::GapFigure;
pub use published::Published;
pub use results::Figure;
pub use texts::Texts;
pub use worst::{Retrieved, WorstQuery};

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it is about: the experiments.
    pub title: String,
    /// The runs, in the order in which they were named.
    pub runs: Vec<ReportedRun>,
    /// The strategies that they are of.
    pub strategies: Vec<Strategy>,
    /// The data sets on which some of them were measured.
    pub sets: Vec<DataSet>,
    /// How the losses went.
    pub losses: Vec<Plot>,
    /// What could not be had, and why.
    pub notes: Vec<String>,
}

/// What a report says of a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DataSet {
    /// Its name.
    pub name: String,
    /// Its size by language.
    pub languages: BTreeMap<String, LanguageSize>,
    /// The columns of its metrics.
    pub columns: Vec<ColumnRecord>,
    /// Every mean, by strategy, setting, column and scope.
    pub figures: Vec<Figure>,
    /// The differences between settings, by strategy, column and scope.
    pub gaps: Vec<GapFigure>,
    /// What BM25 reaches, where any run measured it.
    pub baseline: Option<Baseline>,
    /// A published table on a data set of this name.
    pub published: Option<Published>,
    /// By strategy, query language and passage language: the metric of the headline.
    pub heat: Vec<LanguageMap>,
    /// Metrics by what a sweep's grid varied.
    pub ablations: Vec<Plot>,
    /// By strategy and query language: what part of the top places each passage language takes; the last row is what part
    /// of the relevant it has.
    pub shares: Vec<LanguageMap>,
    /// By strategy: the queries with the lowest values.
    pub worst: Vec<WorstQueries>,
}

/// Values by query language (down) and passage language (across).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LanguageMap {
    /// The strategy, an index into those of the report.
    pub strategy: usize,
    /// What the values are.
    pub measure: String,
    /// The query languages.
    pub queries: Vec<String>,
    /// The passage languages.
    pub passages: Vec<String>,
    /// The values, one row a query language; none where nothing was measured.
    pub cells: Vec<Vec<Option<f64>>>,
}

/// The queries with the lowest values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstQueries {
    /// The strategy, an index into those of the report.
    pub strategy: usize,
    /// The run whose rankings are shown.
    pub run: String,
    /// What the values are.
    pub measure: String,
    /// The queries, lowest first.
    pub queries: Vec<WorstQuery>,
}

/// A picture of lines.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plot {
    /// Its title.
    pub title: String,
    /// What is across.
    pub x: String,
    /// What is up.
    pub y: String,
    /// How the lines and their bands came about.
    pub note: String,
    /// The lines.
    pub curves: Vec<Curve>,
}

/// A line, with a band around it where it is a mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<Point>,
}

/// A point of a line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Where it stands.
    pub x: f64,
    /// The value, or the mean of several.
    pub y: f64,
    /// The sample standard deviation, where it is a mean.
    pub deviation: Option<f64>,
}

/// Gathers the report on the runs that are named.
///
/// # Errors
/// If a name means no run and no sweep.
pub fn gather(runs_dir: &Path, named: &[String], texts: Texts) -> Result<Report> {
    let runs = choose::choose(runs_dir, named)?;
    let strategies = choose::strategies(&runs);
    let mut experiments: Vec<&str> = Vec::new();
    for run in &runs {
        if !experiments.contains(&run.record.experiment.as_str()) {
            experiments.push(&run.record.experiment);
        }
    }
    let title = experiments.join(", ");
    let mut notes = warnings(&runs);
    let losses = losses::losses(&runs, &strategies, &mut notes);
    let mut names: Vec<&EvaluationRecord> = Vec::new();
    for set in runs.iter().flat_map(|run| &run.record.evaluation) {
        if !names.iter().any(|other| other.name == set.name && other.is_of_the_same_data(set)) {
            names.push(set);
        }
    }
    let sets = names.into_iter().map(|set| {
        let gathering = Gathering { runs: &runs, strategies: &strategies, set };
        gathering.data_set(texts, &mut notes)
    });
    let mut sets: Vec<DataSet> = sets.collect();
    tell_apart(&mut sets, &mut notes);
    Ok(Report { title, sets, losses, notes, runs, strategies })
}

/// What runs warned of, each warning once.
fn warnings(runs: &[ReportedRun]) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for warning in runs.iter().flat_map(|run| &run.record.warnings) {
        if !notes.contains(warning) {
            notes.push(warning.clone());
        }
    }
    notes
}

/// Numbers data sets of one name, which are other data: each has tables of its own.
fn tell_apart(sets: &mut [DataSet], notes: &mut Vec<String>) {
    let names: Vec<String> = sets.iter().map(|set| set.name.clone()).collect();
    for (at, set) in sets.iter_mut().enumerate() {
        let before = names.iter().take(at).filter(|name| **name == names[at]).count();
        if before > 0 {
            set.name = format!("{} ({})", set.name, before + 1);
        }
        if before == 1 {
            let name = &names[at];
            notes.push(format!(
                "runs were measured on different data by the name of {name}; each has tables of its own"
            ));
        }
    }
}

/// The runs and strategies of a report, at one data set.
struct Gathering<'a> {
    runs: &'a [ReportedRun],
    strategies: &'a [Strategy],
    set: &'a EvaluationRecord,
}

impl Gathering<'_> {
    fn data_set(&self, texts: Texts, notes: &mut Vec<String>) -> DataSet {
        let mut figures = self.figures();
        self.certainties(&mut figures, notes);
        DataSet {
            name: self.set.name.clone(),
            languages: self.set.languages.clone(),
            columns: self.set.columns.clone(),
            figures,
            gaps: self.gaps(),
            baseline: self.baseline(),
            published: published::published(&self.set.name),
            heat: self.heat(),
            ablations: self.ablations(),
            shares: self.shares(notes),
            worst: self.worst(texts, notes),
        }
    }

    /// The runs of a strategy that were measured on this data set.
    fn runs_of(&self, strategy: &Strategy) -> Vec<&ReportedRun> {
        let runs = strategy.runs.iter().filter_map(|run| self.runs.get(*run));
        let own = |run: &ReportedRun| {
            run.record.set(&self.set.name).map(|own| own.is_of_the_same_data(self.set))
        };
        runs.filter(|run| own(run) == Some(true)).collect()
    }

    /// The column that pictures show where they have room for one: `map`, else the first.
    fn headline(&self) -> Option<&ColumnRecord> {
        let map = self.set.columns.iter().find(|column| column.name == "map");
        map.or_else(|| self.set.columns.first())
    }
}
