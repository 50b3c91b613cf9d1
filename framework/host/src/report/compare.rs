//! Tables over several runs.

use std::collections::{BTreeMap, BTreeSet};

use triglot_evaluate::spread;

use crate::manifest::types::Setting;
use crate::retrieval::Ranker;
use crate::run::{ColumnRecord, EvaluationRecord, Gap, RunRecord, Scope};
use crate::sweep::SweepRecord;

use super::baseline::{Baselines, NAME, Shared};
use super::{GAP_NOTE, Table, number, to_the_minute};

/// Trials that differ in the seed alone.
struct Strategy<'a> {
    name: String,
    runs: Vec<&'a RunRecord>,
}

/// The comparing tables of a sweep, for every data set: strategies and BM25 down; across, for every setting the first
/// metric, then what is defined in the multilingual setting alone, such as the rank distance; and the gaps between the
/// settings in a second one. Values are mean ± sample standard
/// deviation over seeds.
pub fn sweep_table(sweep: &SweepRecord) -> Vec<Table> {
    let mut strategies: Vec<Strategy<'_>> = Vec::new();
    for trial in &sweep.trials {
        let Some(record) = &trial.record else { continue };
        let name = without_seed(&trial.trial.name).unwrap_or_else(|| sweep.experiment.clone());
        match strategies.iter_mut().find(|strategy| strategy.name == name) {
            Some(strategy) => strategy.runs.push(record),
            None => strategies.push(Strategy { name, runs: vec![record] }),
        }
    }
    let Some(example) = strategies.first().and_then(|strategy| strategy.runs.first()) else {
        let title = format!("{}: no trial finished", sweep.experiment);
        return vec![Table { title, ..Table::default() }];
    };
    let mut tables: Vec<Table> = (example.evaluation.iter())
        .flat_map(|set| {
            let lines =
                Lines { experiment: &sweep.experiment, example, set, strategies: &strategies };
            [Some(lines.means()), lines.gaps()]
        })
        .flatten()
        .collect();
    if sweep.failures() > 0 {
        let note = format!("{} of {} trials failed", sweep.failures(), sweep.trials.len());
        tables.iter_mut().for_each(|table| table.notes.push(note.clone()));
    }
    tables
}

/// The name of a trial without its seed, if anything is left of it.
pub(super) fn without_seed(trial: &str) -> Option<String> {
    let parts: Vec<&str> = trial.split('/').filter(|part| !part.starts_with("seed=")).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// What the tables of a data set are made from.
struct Lines<'a> {
    experiment: &'a str,
    example: &'a RunRecord,
    set: &'a EvaluationRecord,
    strategies: &'a [Strategy<'a>],
}

impl Lines<'_> {
    fn means(&self) -> Table {
        let defined = |setting, column: &ColumnRecord| {
            self.example.metric(&self.set.name, setting, &column.name).is_some()
        };
        let mut across: Vec<(Setting, &ColumnRecord)> = Vec::new();
        if let Some(first) = self.set.columns.first() {
            let settings = Setting::ALL.into_iter().filter(|setting| defined(*setting, first));
            across.extend(settings.map(|setting| (setting, first)));
        }
        let alone = self.set.columns.iter().skip(1).filter(|column| {
            defined(Setting::Multilingual, column)
                && !defined(Setting::Monolingual, column)
                && !defined(Setting::CrossLingual, column)
        });
        across.extend(alone.map(|column| (Setting::Multilingual, column)));
        let named = across.iter().map(|(setting, c)| format!("{} {}", setting.as_str(), c.name));
        let of = |run: &RunRecord, scope: Scope, (setting, column): (Setting, &ColumnRecord)| {
            let set = run.set(&self.set.name)?;
            scope.mean(run, (Ranker::Model, set), setting, &column.name)
        };
        let baseline = |baselines: &Baselines<'_>, scope, (setting, column): (_, &ColumnRecord)| {
            baselines.mean(scope, setting, &column.name)
        };
        let title = format!("{} on {}", self.experiment, self.set.name);
        self.table(title, (named.collect(), &across), of, baseline)
    }

    /// The gaps of the first metric; none where it has none.
    fn gaps(&self) -> Option<Table> {
        let first = self.set.columns.first()?;
        let of = |run: &RunRecord, scope: Scope, (gap, column): (Gap, &ColumnRecord)| {
            let set = run.set(&self.set.name)?;
            scope.gap(run, (Ranker::Model, set), gap, &column.name)
        };
        let has = |gap: &Gap| of(self.example, Scope::All, (*gap, first)).is_some();
        let across: Vec<(Gap, &ColumnRecord)> =
            Gap::ALL.into_iter().filter(has).map(|gap| (gap, first)).collect();
        if across.is_empty() {
            return None;
        }
        let named = across.iter().map(|(gap, _)| gap.title().to_owned());
        let baseline = |baselines: &Baselines<'_>, scope, (gap, column): (_, &ColumnRecord)| {
            baselines.gap(scope, gap, &column.name)
        };
        let title = format!("{} on {}: gaps of {}", self.experiment, self.set.name, first.name);
        let mut table = self.table(title, (named.collect(), &across), of, baseline);
        table.notes.push(GAP_NOTE.into());
        Some(table)
    }

    /// A table of strategies and, where it was measured, BM25.
    fn table<'c, T: Copy>(
        &self,
        title: String,
        (named, across): (Vec<String>, &[(T, &'c ColumnRecord)]),
        of: impl Fn(&RunRecord, Scope, (T, &'c ColumnRecord)) -> Option<f64>,
        baseline: impl Fn(&Baselines<'_>, Scope, (T, &'c ColumnRecord)) -> Shared,
    ) -> Table {
        let runs = self.strategies.iter().flat_map(|strategy| strategy.runs.iter().copied());
        let baselines = Baselines::of(runs, &self.set.name);
        let scopes = Scope::of(self.example, self.set);
        let apart = scopes.len() > 1;
        let mut header = vec!["strategy".to_owned()];
        header.extend(apart.then(|| "languages".to_owned()));
        header.extend(named);
        let mut rows = Vec::new();
        let mut differ = false;
        for scope in &scopes {
            let start = |name: &str| {
                let languages = apart.then(|| scope.as_str().to_owned());
                [name.to_owned()].into_iter().chain(languages).collect::<Vec<_>>()
            };
            for strategy in self.strategies {
                let mut row = start(&strategy.name);
                row.extend(across.iter().map(|at| {
                    let values = strategy.runs.iter().filter_map(|run| of(run, *scope, *at));
                    mean_and_deviation(&values.collect::<Vec<_>>(), at.1)
                }));
                rows.push(row);
            }
            if baselines.any() {
                let mut row = start(NAME);
                row.extend(across.iter().map(|at| {
                    let shared = baseline(&baselines, *scope, *at);
                    differ |= shared == Shared::Differs;
                    shared.cell(at.1)
                }));
                rows.push(row);
            }
        }
        let notes = [vec![self.seeds()], baselines.notes(differ)].concat();
        Table { title, header, rows, notes }
    }

    fn seeds(&self) -> String {
        let seeds = || self.strategies.iter().map(|strategy| strategy.runs.len());
        match (seeds().min().unwrap_or(0), seeds().max().unwrap_or(0)) {
            (1, 1) => "one seed".to_owned(),
            (least, most) if least == most => {
                format!("mean ± sample standard deviation over {most} seeds")
            }
            (least, most) => {
                format!("mean ± sample standard deviation over {least} to {most} seeds")
            }
        }
    }
}

/// A line for every data set of which the runs were measured on other data.
fn other_data(runs: &[RunRecord]) -> Vec<String> {
    let sets: BTreeSet<&str> =
        runs.iter().flat_map(|run| &run.evaluation).map(|set| set.name.as_str()).collect();
    let differs = |set: &&str| {
        let mut own = runs.iter().filter_map(|run| run.set(set));
        own.next().is_some_and(|first| own.any(|other| !other.is_of_the_same_data(first)))
    };
    let line = |set| {
        format!(
            "the runs were measured on different data by the name of {set}: its lines do not compare"
        )
    };
    sets.into_iter().filter(differs).map(line).collect()
}

fn mean_and_deviation(values: &[f64], column: &ColumnRecord) -> String {
    let spread = spread(values);
    let mean = number(spread.as_ref().map(|spread| spread.mean), column);
    match spread.and_then(|spread| spread.deviation) {
        None => mean,
        deviation => format!("{mean} ± {}", number(deviation, column)),
    }
}

/// Runs side by side: metrics down (macro means, and gaps between them), runs across, and BM25 where any run has it.
pub fn compare_runs(runs: &[RunRecord]) -> Table {
    let sets: BTreeSet<&str> =
        runs.iter().flat_map(|run| &run.evaluation).map(|set| set.name.as_str()).collect();
    let baselines: BTreeMap<&str, Baselines<'_>> =
        sets.into_iter().map(|set| (set, Baselines::of(runs, set))).collect();
    let any = baselines.values().any(Baselines::any);
    let (mut seen, mut rows, mut differ) = (BTreeSet::new(), Vec::new(), false);
    let mut add = |name: String, values: Vec<Option<f64>>, bm25: Shared, column: &ColumnRecord| {
        if values.iter().any(Option::is_some) && seen.insert(name.clone()) {
            differ |= bm25 == Shared::Differs;
            let values = values.into_iter().map(|value| number(value, column));
            let bm25 = any.then(|| bm25.cell(column));
            rows.push([name].into_iter().chain(values).chain(bm25).collect());
        }
    };
    for set in runs.iter().flat_map(|run| &run.evaluation) {
        let Some(baselines) = baselines.get(set.name.as_str()) else { continue };
        for setting in Setting::ALL {
            for column in &set.columns {
                let mean = |run: &RunRecord| run.metric(&set.name, setting, &column.name);
                let bm25 = baselines.mean(Scope::All, setting, &column.name);
                let name = format!("{}/{}/{}", set.name, setting.as_str(), column.name);
                add(name, runs.iter().map(mean).collect(), bm25, column);
            }
        }
        for gap in Gap::ALL {
            for column in &set.columns {
                let value = |run: &RunRecord| {
                    let own = run.set(&set.name)?;
                    Scope::All.gap(run, (Ranker::Model, own), gap, &column.name)
                };
                let bm25 = baselines.gap(Scope::All, gap, &column.name);
                let name = format!("{}/{}/{}", set.name, gap.title(), column.name);
                add(name, runs.iter().map(value).collect(), bm25, column);
            }
        }
    }
    let names = runs.iter().map(|run| match &run.trial {
        Some(trial) => format!("{} {}", run.id, trial.name),
        None => run.id.clone(),
    });
    let mut notes = other_data(runs);
    for note in baselines.values().flat_map(|baselines| baselines.notes(differ)) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    Table {
        title: String::new(),
        header: ["metric".to_owned()]
            .into_iter()
            .chain(names)
            .chain(any.then(|| NAME.to_owned()))
            .collect(),
        rows,
        notes,
    }
}

/// All runs, a line each.
pub fn list_runs(runs: &[RunRecord]) -> Table {
    let row = |run: &RunRecord| {
        vec![
            format!("{}/{}", run.experiment, run.id),
            run.trial.as_ref().map(|trial| trial.name.clone()).unwrap_or_default(),
            run.status.as_str().to_owned(),
            to_the_minute(&run.started),
            run.seconds.get("all").map_or_else(String::new, |s| format!("{s:.0} s")),
            headline(run).unwrap_or_default(),
        ]
    };
    let header = ["run", "trial", "status", "started", "took", "headline"];
    Table {
        title: String::new(),
        header: header.map(str::to_owned).to_vec(),
        rows: runs.iter().map(row).collect(),
        notes: Vec::new(),
    }
}

/// The first metric of the first data set, in its widest setting.
fn headline(run: &RunRecord) -> Option<String> {
    let set = run.evaluation.first()?;
    let column = set.columns.first()?;
    let settings = Setting::ALL.into_iter().rev();
    let (setting, value) = settings
        .filter_map(|setting| Some((setting, run.metric(&set.name, setting, &column.name)?)))
        .next()?;
    let value = number(Some(value), column);
    Some(format!("{} {} {} {value}", set.name, setting.as_str(), column.name))
}
