//! How the losses went, from the journals.
//!
//! A run has thousands of steps and a picture a few hundred columns, so the loss of training is averaged over stretches of
//! equal length; a validation is a point of its own.

use std::collections::BTreeMap;

use triglot_evaluate::spread;
use triglot_track::{self as track, Metrics};

use super::{Curve, Plot, Point, ReportedRun, Strategy};
use crate::journal;

/// The most points of a line.
const POINTS: u64 = 100;

/// What stands before the name of a validation in the journal.
const VALIDATION: &str = "validation/";

/// The values of a run under one name, by step.
type Steps = BTreeMap<u64, f64>;

/// A picture of the loss of training, and one for every validation loss, with a line a strategy.
pub fn losses(runs: &[ReportedRun], strategies: &[Strategy], notes: &mut Vec<String>) -> Vec<Plot> {
    let values: Vec<BTreeMap<String, Steps>> = runs.iter().map(|run| values(run, notes)).collect();
    let names = values.iter().flat_map(BTreeMap::keys);
    let mut names: Vec<&String> = names.collect();
    names.sort();
    names.dedup();
    let plots = names.into_iter().map(|name| {
        let last = values.iter().filter_map(|run| run.get(name)?.keys().last()).max();
        let stretch = match name.starts_with(VALIDATION) {
            true => 1,
            false => last.copied().unwrap_or(0).div_ceil(POINTS).max(1),
        };
        let curves = strategies.iter().filter_map(|strategy| {
            let runs = strategy.runs.iter().filter_map(|run| values.get(*run)?.get(name));
            let points = points(runs, stretch);
            (!points.is_empty()).then(|| Curve { name: strategy.name.clone(), points })
        });
        Plot {
            title: name.replace('/', " "),
            x: "step".into(),
            y: "loss".into(),
            note: match stretch {
                1 => "Means over seeds; bands are one sample standard deviation to either side.".into(),
                n => format!("Means over stretches of {n} steps and over seeds; bands are one sample standard deviation over seeds to either side."),
            },
            curves: curves.collect(),
        }
    });
    plots.filter(|plot| !plot.curves.is_empty()).collect()
}

/// The losses in a run's journal: `train/loss`, `validation/loss` and those of further sets, by name and step.
fn values(run: &ReportedRun, notes: &mut Vec<String>) -> BTreeMap<String, Steps> {
    let mut found: BTreeMap<String, Steps> = BTreeMap::new();
    let path = run.folder.join(journal::FILE);
    let events = match track::read(&path) {
        Ok(read) => read.events,
        Err(error) => {
            notes.push(format!("no losses of run {}: {error}", run.record.id));
            return found;
        }
    };
    let metrics = events.iter().filter_map(|event| event.decode::<Metrics>()?.ok());
    for Metrics { step, values } in metrics {
        for (name, value) in values {
            let is_loss =
                name == "train/loss" || (name.starts_with(VALIDATION) && name.ends_with("loss"));
            if is_loss && value.is_finite() {
                // A resumed run tells a step once; what it says last is what the model came from.
                found.entry(name).or_default().insert(step, value);
            }
        }
    }
    found
}

/// The mean over runs of the means over each stretch, at the stretch's last step.
fn points<'a>(runs: impl Iterator<Item = &'a Steps>, stretch: u64) -> Vec<Point> {
    let mut stretches: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for run in runs {
        let mut own: BTreeMap<u64, (f64, u64)> = BTreeMap::new();
        for (step, value) in run {
            let (sum, count) = own.entry(step.div_ceil(stretch) * stretch).or_default();
            *sum += value;
            *count += 1;
        }
        for (step, (sum, count)) in own {
            stretches.entry(step).or_default().push(sum / count as f64);
        }
    }
    let points = stretches.into_iter().filter_map(|(step, values)| {
        let spread = spread(&values)?;
        Some(Point { x: step as f64, y: spread.mean, deviation: spread.deviation })
    });
    points.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_the_mean_of_a_stretch_and_then_of_the_runs() {
        let runs: [Steps; 2] = [
            [(1, 4.0), (2, 2.0), (3, 1.0)].into_iter().collect(),
            [(1, 2.0), (2, 0.0)].into_iter().collect(),
        ];
        let found = points(runs.iter(), 2);
        let found: Vec<_> = found.iter().map(|point| (point.x, point.y, point.deviation)).collect();
        assert_eq!(found, [(2.0, 2.0, Some(std::f64::consts::SQRT_2)), (4.0, 1.0, None)]);
    }
}
