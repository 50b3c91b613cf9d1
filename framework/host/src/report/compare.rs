//! Tables over several runs.

use triglot_evaluate::spread;

use crate::manifest::types::Setting;
use crate::run::RunRecord;
use crate::sweep::SweepRecord;

use super::scope::Scope;
use super::summary::{columns, is_unit};
use super::{Table, number};

/// The comparing table of a sweep, one a data set: strategies (trials that differ in the seed alone) down; across, for
/// every setting its first metric, then what is defined in the multilingual setting alone, such as the rank distance.
/// Values are mean ± sample standard deviation over seeds.
pub fn sweep_table(sweep: &SweepRecord, first_metrics: &[(String, String)]) -> Vec<Table> {
    let finished: Vec<(&str, &RunRecord)> = (sweep.trials.iter())
        .filter_map(|trial| Some((trial.trial.name.as_str(), trial.record.as_ref()?)))
        .collect();
    let mut strategies: Vec<(String, Vec<&RunRecord>)> = Vec::new();
    for (name, record) in finished {
        let strategy = strategy_of(name);
        match strategies.iter_mut().find(|(known, _)| *known == strategy) {
            Some((_, records)) => records.push(record),
            None => strategies.push((strategy, vec![record])),
        }
    }
    first_metrics
        .iter()
        .map(|(data_set, metric)| table(&sweep.experiment, data_set, metric, &strategies))
        .collect()
}

/// The trial's name without its seed.
fn strategy_of(trial: &str) -> String {
    let parts: Vec<&str> = trial.split('/').filter(|part| !part.starts_with("seed=")).collect();
    if parts.is_empty() { "manifest".into() } else { parts.join("/") }
}

fn table(
    experiment: &str,
    data_set: &str,
    metric: &str,
    strategies: &[(String, Vec<&RunRecord>)],
) -> Table {
    let mut across: Vec<(Setting, String)> = Vec::new();
    let Some((_, example)) = strategies.first() else {
        return Table { title: format!("{experiment}: no trial finished"), ..Table::default() };
    };
    let example = example[0];
    for setting in [Setting::Monolingual, Setting::CrossLingual, Setting::Multilingual] {
        if example.metric(data_set, setting, metric).is_some() {
            across.push((setting, metric.to_owned()));
        }
    }
    let only_multilingual = columns(example, data_set).into_iter().filter(|column| {
        let defined = |setting| example.metric(data_set, setting, column).is_some();
        defined(Setting::Multilingual)
            && !defined(Setting::Monolingual)
            && !defined(Setting::CrossLingual)
            && column != metric
    });
    across.extend(only_multilingual.map(|column| (Setting::Multilingual, column)));
    let scopes = Scope::of(example, data_set);
    let mut header = vec!["strategy".to_owned()];
    if scopes.len() > 1 {
        header.push("languages".into());
    }
    header.extend(across.iter().map(|(setting, column)| format!("{} {column}", setting.as_str())));
    let mut rows = Vec::new();
    for scope in &scopes {
        for (strategy, records) in strategies {
            let mut row = vec![strategy.clone()];
            if scopes.len() > 1 {
                row.push(scope.as_str().to_owned());
            }
            row.extend(across.iter().map(|(setting, column)| {
                let values: Vec<f64> = records
                    .iter()
                    .filter_map(|record| scope.mean(record, data_set, *setting, column))
                    .collect();
                let unit = records.iter().all(|record| is_unit(record, data_set, column));
                mean_and_deviation(&values, unit)
            }));
            rows.push(row);
        }
    }
    let seeds = strategies.iter().map(|(_, records)| records.len()).max().unwrap_or(0);
    let note = match seeds {
        1 => "one seed".to_owned(),
        n => format!("mean ± sample standard deviation over {n} seeds"),
    };
    Table { title: format!("{experiment} on {data_set}"), header, rows, notes: vec![note] }
}

fn mean_and_deviation(values: &[f64], unit: bool) -> String {
    match spread(values) {
        None => number(None, unit),
        Some(spread) => match spread.deviation {
            None => number(Some(spread.mean), unit),
            deviation => format!("{} ± {}", number(Some(spread.mean), unit), number(deviation, unit)),
        },
    }
}

/// Runs side by side: metrics down (macro means), runs across.
pub fn compare_runs(runs: &[RunRecord]) -> Table {
    let mut keys: Vec<&String> =
        runs.iter().flat_map(|run| run.metrics.keys()).filter(|key| is_macro(key)).collect();
    keys.sort();
    keys.dedup();
    let row = |key: &String| {
        let unit = runs.iter().filter_map(|run| run.metrics.get(key)).all(|v| (0.0..=1.0).contains(v));
        let values = runs.iter().map(|run| number(run.metrics.get(key).copied(), unit));
        let name = key.strip_prefix("eval/").unwrap_or(key).to_owned();
        [name].into_iter().chain(values).collect()
    };
    let names = runs.iter().map(|run| match &run.trial {
        Some(trial) => format!("{}\n{}", run.id, trial.name),
        None => run.id.clone(),
    });
    Table {
        title: String::new(),
        header: ["metric".to_owned()].into_iter().chain(names).collect(),
        rows: keys.into_iter().map(row).collect(),
        notes: Vec::new(),
    }
}

/// `eval/<data set>/<setting>/<column>`: four parts; the means of groups have five.
fn is_macro(key: &str) -> bool {
    key.split('/').count() == 4
}

/// All runs, a line each.
pub fn list_runs(runs: &[RunRecord]) -> Table {
    let row = |run: &RunRecord| {
        let headline = run.metrics.iter().find(|(key, _)| is_macro(key) && key.contains("/multilingual/"));
        let headline = headline.or_else(|| run.metrics.iter().find(|(key, _)| is_macro(key)));
        let headline = headline.map_or_else(String::new, |(key, value)| {
            format!("{} {}", key.trim_start_matches("eval/"), number(Some(*value), *value <= 1.0))
        });
        let started = run.started.get(..16).unwrap_or(&run.started).replace('T', " ");
        vec![
            format!("{}/{}", run.experiment, run.id),
            run.trial.as_ref().map(|trial| trial.name.clone()).unwrap_or_default(),
            run.status.as_str().to_owned(),
            started,
            run.seconds.get("all").map_or_else(String::new, |s| format!("{s:.0} s")),
            headline,
        ]
    };
    let header = ["run", "trial", "status", "started (UTC)", "took", "headline"];
    Table {
        title: String::new(),
        header: header.map(str::to_owned).to_vec(),
        rows: runs.iter().map(row).collect(),
        notes: Vec::new(),
    }
}
