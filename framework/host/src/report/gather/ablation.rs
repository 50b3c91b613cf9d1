//! What a sweep's grid shows: a metric over the values that a key was given, with a band over seeds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use triglot_evaluate::spread;

use super::{Curve, Gathering, Plot, Point, ReportedRun};
use crate::manifest::types::Setting;
use crate::run::{ColumnRecord, TrialRecord};

/// A run of a grid: where it stands along the key, what else tells it apart, and the run.
type Stop<'a> = (f64, String, &'a ReportedRun);

impl Gathering<'_> {
    /// One picture for every key of a grid that has two or more numbers, and for the headline in every setting, then for
    /// each column that only the multilingual setting defines.
    pub(super) fn ablations(&self) -> Vec<Plot> {
        let trials = || self.strategies.iter().flat_map(|strategy| self.runs_of(strategy));
        let points = trials().filter_map(|run| run.record.trial.as_ref()).map(|trial| &trial.point);
        let keys: BTreeSet<&String> = points.flat_map(BTreeMap::keys).collect();
        let mut plots = Vec::new();
        for key in keys {
            let stops: Vec<Stop<'_>> = trials()
                .filter_map(|run| {
                    let trial = run.record.trial.as_ref()?;
                    Some((trial.point.get(key)?.as_f64()?, others(run, trial, key), run))
                })
                .collect();
            let distinct: BTreeSet<u64> = stops.iter().map(|(x, ..)| x.to_bits()).collect();
            if distinct.len() < 2 {
                continue;
            }
            plots.extend(
                self.headline().map(|column| self.plot(key, column, &Setting::ALL, &stops)),
            );
            let alone = self.multilingual_alone();
            plots.extend(
                alone.iter().map(|column| self.plot(key, column, &[Setting::Multilingual], &stops)),
            );
        }
        plots.retain(|plot| !plot.curves.is_empty());
        plots
    }

    /// The columns that only the multilingual setting defines, such as the rank distance.
    pub(super) fn multilingual_alone(&self) -> Vec<&ColumnRecord> {
        let defined = |column: &ColumnRecord, setting| {
            self.runs
                .iter()
                .any(|r| r.record.metric(&self.set.name, setting, &column.name).is_some())
        };
        let columns = self.set.columns.iter().filter(|column| {
            defined(column, Setting::Multilingual)
                && !defined(column, Setting::Monolingual)
                && !defined(column, Setting::CrossLingual)
        });
        columns.collect()
    }

    fn plot(
        &self,
        key: &str,
        column: &ColumnRecord,
        settings: &[Setting],
        stops: &[Stop<'_>],
    ) -> Plot {
        let several = stops.iter().any(|(_, other, _)| Some(other) != stops.first().map(|s| &s.1));
        let mut curves = Vec::new();
        for setting in settings {
            let mut values: BTreeMap<&str, BTreeMap<u64, (f64, Vec<f64>)>> = BTreeMap::new();
            for (x, other, run) in stops {
                if let Some(value) = run.record.metric(&self.set.name, *setting, &column.name) {
                    let at = values.entry(other).or_default().entry(x.to_bits());
                    at.or_insert((*x, Vec::new())).1.push(value);
                }
            }
            curves.extend(values.into_iter().map(|(other, at)| {
                let points = at.into_values().filter_map(|(x, values)| {
                    let spread = spread(&values)?;
                    Some(Point { x, y: spread.mean, deviation: spread.deviation })
                });
                let mut points: Vec<Point> = points.collect();
                points.sort_by(|a, b| a.x.total_cmp(&b.x));
                let name = match (several, settings.len() > 1) {
                    (false, _) => setting.as_str().to_owned(),
                    (true, false) => other.to_owned(),
                    (true, true) => format!("{}, {other}", setting.as_str()),
                };
                Curve { name, points }
            }));
        }
        Plot {
            title: format!("{} by {key}", column.name),
            x: key.to_owned(),
            y: column.name.clone(),
            note: "Points are means over seeds; bands are one sample standard deviation to either side."
                .into(),
            curves,
        }
    }
}

/// What tells a trial from others of its sweep, its place along `key` and its seed aside.
fn others(run: &ReportedRun, trial: &TrialRecord, key: &str) -> String {
    let rest = trial.point.iter().filter(|(other, _)| *other != key);
    let rest = rest.map(|(other, value)| format!("{other}={}", plain(value)));
    let all: Vec<String> = trial.variant.iter().cloned().chain(rest).collect();
    match all.is_empty() {
        true => run.record.experiment.clone(),
        false => all.join(" "),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
