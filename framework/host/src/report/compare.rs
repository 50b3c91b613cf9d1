//! Tables over several runs.

use triglot_evaluate::spread;

use crate::manifest::types::Setting;
use crate::run::{ColumnRecord, EvaluationRecord, RunRecord};
use crate::sweep::SweepRecord;

use super::scope::Scope;
use super::{Table, number, to_the_minute};

/// Trials that differ in the seed alone.
struct Strategy<'a> {
    name: String,
    runs: Vec<&'a RunRecord>,
}

/// The comparing tables of a sweep, one a data set: strategies down; across, for every setting the first metric, then
/// what is defined in the multilingual setting alone, such as the rank distance. Values are mean ± sample standard
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
        .map(|set| table(&sweep.experiment, example, set, &strategies))
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

fn table(
    experiment: &str,
    example: &RunRecord,
    set: &EvaluationRecord,
    strategies: &[Strategy<'_>],
) -> Table {
    let defined =
        |setting, column: &ColumnRecord| example.metric(&set.name, setting, &column.name).is_some();
    let mut across: Vec<(Setting, &ColumnRecord)> = Vec::new();
    if let Some(first) = set.columns.first() {
        let settings = Setting::ALL.into_iter().filter(|setting| defined(*setting, first));
        across.extend(settings.map(|setting| (setting, first)));
    }
    let alone = set.columns.iter().skip(1).filter(|column| {
        defined(Setting::Multilingual, column)
            && !defined(Setting::Monolingual, column)
            && !defined(Setting::CrossLingual, column)
    });
    across.extend(alone.map(|column| (Setting::Multilingual, column)));
    let scopes = Scope::of(example, set);
    let mut header = vec!["strategy".to_owned()];
    if scopes.len() > 1 {
        header.push("languages".into());
    }
    header.extend(across.iter().map(|(setting, c)| format!("{} {}", setting.as_str(), c.name)));
    let mut rows = Vec::new();
    for scope in &scopes {
        for strategy in strategies {
            let mut row = vec![strategy.name.clone()];
            if scopes.len() > 1 {
                row.push(scope.as_str().to_owned());
            }
            row.extend(across.iter().map(|(setting, column)| {
                let runs = strategy.runs.iter();
                let values: Vec<f64> = runs
                    .filter_map(|run| scope.mean(run, run.set(&set.name)?, *setting, &column.name))
                    .collect();
                mean_and_deviation(&values, column)
            }));
            rows.push(row);
        }
    }
    let seeds = || strategies.iter().map(|strategy| strategy.runs.len());
    let note = match (seeds().min().unwrap_or(0), seeds().max().unwrap_or(0)) {
        (1, 1) => "one seed".to_owned(),
        (least, most) if least == most => {
            format!("mean ± sample standard deviation over {most} seeds")
        }
        (least, most) => format!("mean ± sample standard deviation over {least} to {most} seeds"),
    };
    Table { title: format!("{experiment} on {}", set.name), header, rows, notes: vec![note] }
}

fn mean_and_deviation(values: &[f64], column: &ColumnRecord) -> String {
    let spread = spread(values);
    let mean = number(spread.as_ref().map(|spread| spread.mean), column);
    match spread.and_then(|spread| spread.deviation) {
        None => mean,
        deviation => format!("{mean} ± {}", number(deviation, column)),
    }
}

/// Runs side by side: metrics down (macro means), runs across.
pub fn compare_runs(runs: &[RunRecord]) -> Table {
    let mut seen = std::collections::BTreeSet::new();
    let mut rows = Vec::new();
    for set in runs.iter().flat_map(|run| &run.evaluation) {
        for setting in Setting::ALL {
            for column in &set.columns {
                let values: Vec<Option<f64>> =
                    runs.iter().map(|r| r.metric(&set.name, setting, &column.name)).collect();
                let name = format!("{}/{}/{}", set.name, setting.as_str(), column.name);
                if values.iter().any(Option::is_some) && seen.insert(name.clone()) {
                    let values = values.into_iter().map(|value| number(value, column));
                    rows.push([name].into_iter().chain(values).collect());
                }
            }
        }
    }
    let names = runs.iter().map(|run| match &run.trial {
        Some(trial) => format!("{} {}", run.id, trial.name),
        None => run.id.clone(),
    });
    Table {
        title: String::new(),
        header: ["metric".to_owned()].into_iter().chain(names).collect(),
        rows,
        notes: Vec::new(),
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
