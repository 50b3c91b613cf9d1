//! How sure the figures of the strategies' table are: intervals, and which differences are more than luck.
//!
//! Both come from the values per query. The unit is the question in all its languages and against all its pools, for its
//! translations are no further evidence (`triglot_evaluate::significance` has the reasons and the formulas).

use std::collections::BTreeMap;

use triglot_evaluate::significance::{
    Correction, Observation, Options, Sample, bootstrap, correct, t_test,
};

use super::{Figure, Gathering, ReportedRun, Strategy};
use crate::error::{Error, Result};
use crate::manifest::types::Setting;
use crate::report::Scope;
use crate::report::values::values;
use crate::retrieval::Ranker;

/// The level of a column's whole family of comparisons.
const LEVEL: f64 = 0.05;

/// More strategies than this have no marks: nobody could read them.
const MOST_STRATEGIES: usize = 12;

/// The values of a strategy, one a run, by group and question.
type Values = BTreeMap<(String, String), Vec<f64>>;

impl Gathering<'_> {
    /// Fills in the intervals and marks of what the strategies' table shows.
    pub(super) fn certainties(&self, figures: &mut [Figure], notes: &mut Vec<String>) {
        for (setting, column) in self.headlines() {
            let is_here = |figure: &Figure| {
                (figure.scope, figure.setting, &figure.column) == (Scope::All, setting, &column)
            };
            let mut here: Vec<&mut Figure> =
                figures.iter_mut().filter(|figure| is_here(figure)).collect();
            if let Err(error) = self.certainty(&mut here, setting, &column) {
                let (set, setting) = (&self.set.name, setting.as_str());
                notes.push(format!("no intervals of {setting} {column} on {set}: {error}"));
            }
        }
    }

    fn certainty(&self, figures: &mut [&mut Figure], setting: Setting, column: &str) -> Result<()> {
        let strategies = figures.iter().filter_map(|figure| self.strategies.get(figure.strategy));
        let values = strategies.map(|strategy| self.values_of(strategy, setting, column));
        let values: Vec<Values> = values.collect::<Result<_>>()?;
        let options = Options::default();
        for (figure, values) in figures.iter_mut().zip(&values) {
            let resampled = bootstrap(&against_zero(values)?, options.resamples, options.seed);
            let interval = resampled.and_then(|means| means.percentile(options.confidence));
            figure.interval = interval.ok().map(|interval| [interval.low, interval.high]);
        }
        if figures.len() > MOST_STRATEGIES {
            return Ok(());
        }
        let higher = self.set.columns.iter().any(|c| c.name == column && c.higher_is_better);
        let (mut pairs, mut p) = (Vec::new(), Vec::new());
        for (one, first) in values.iter().enumerate() {
            for (other, second) in values.iter().enumerate().skip(one + 1) {
                // A test without an answer finds nothing.
                if let Ok(test) = t_test(&differences(first, second)?) {
                    pairs.push((one, other, test.mean));
                    p.push(test.p);
                }
            }
        }
        for ((one, other, difference), p) in pairs.into_iter().zip(correct(&p, Correction::Holm)) {
            if p < LEVEL {
                let (better, worse) =
                    if (difference > 0.0) == higher { (one, other) } else { (other, one) };
                let worse = figures.get(worse).map(|figure| figure.strategy);
                if let (Some(better), Some(worse)) = (figures.get_mut(better), worse) {
                    better.better_than.push(worse);
                }
            }
        }
        figures.iter_mut().for_each(|figure| figure.better_than.sort_unstable());
        Ok(())
    }

    /// The columns of the strategies' table: the headline in every setting, and what the multilingual setting alone
    /// defines.
    fn headlines(&self) -> Vec<(Setting, String)> {
        let headline = self.headline().into_iter();
        let headline = headline.flat_map(|c| Setting::ALL.map(|setting| (setting, c.name.clone())));
        let alone = self.multilingual_alone().into_iter();
        headline.chain(alone.map(|c| (Setting::Multilingual, c.name.clone()))).collect()
    }

    /// The values of a strategy; a query that not every run has is left out.
    fn values_of(&self, strategy: &Strategy, setting: Setting, column: &str) -> Result<Values> {
        let runs = self.runs_of(strategy);
        let mut all = Values::new();
        for run in &runs {
            for group in self.groups(run, setting, column) {
                let columns = [column.to_owned()];
                let of = (Ranker::Model, self.set.name.as_str());
                let values = values(&run.folder, of, setting, &group, &columns)?;
                self.check(run, setting, (&group, column), &values)?;
                for (query, value) in values {
                    let question = query.split_once(':').map_or(&*query, |(_, id)| id).to_owned();
                    all.entry((group.clone(), question)).or_default().extend(value);
                }
            }
        }
        all.retain(|_, values| values.len() == runs.len());
        Ok(all)
    }

    /// Refuses the values of a group that do not come to the mean that was recorded: some are missing, or others.
    fn check(
        &self,
        run: &ReportedRun,
        setting: Setting,
        (group, column): (&str, &str),
        values: &BTreeMap<String, Vec<f64>>,
    ) -> Result<()> {
        let defined = values.values().flatten().filter(|value| !value.is_nan());
        let mean = defined.clone().sum::<f64>() / defined.count() as f64;
        let key = format!("eval/{}/{}/{group}/{column}", self.set.name, setting.as_str());
        let recorded = run.record.metrics.get(&key).copied().unwrap_or(f64::NAN);
        // The record adds up in another order.
        if (mean - recorded).abs() <= 1e-9 * recorded.abs().max(1.0) {
            return Ok(());
        }
        let id = &run.record.id;
        let problem = format!(
            "the values per query of {group} in run {id} come to {mean}, the record says {recorded}"
        );
        Err(Error::failed(problem))
    }
}

/// The differences of two strategies, a question each.
fn differences(first: &Values, second: &Values) -> Result<Vec<f64>> {
    let both =
        first.iter().filter_map(|(at, values)| Some((at, values.as_slice(), second.get(at)?)));
    paired(both.map(|(at, first, second)| (at, first, second.as_slice())))
}

/// The values of one strategy, a question each: its differences to nothing.
fn against_zero(values: &Values) -> Result<Vec<f64>> {
    paired(values.iter().map(|(at, values)| (at, values.as_slice(), &[0.0][..])))
}

/// The differences, where values are ordered by their groups.
fn paired<'a>(
    values: impl Iterator<Item = (&'a (String, String), &'a [f64], &'a [f64])>,
) -> Result<Vec<f64>> {
    let (mut group, mut last) = (0, None);
    let observations = values.map(|((name, question), first, second)| {
        if last.replace(name).is_some_and(|last| last != name) {
            group += 1;
        }
        let (first, second) = (first.to_vec(), second.to_vec());
        Observation { topic: question.clone(), group, first, second }
    });
    let sample = Sample::of(observations.collect()).and_then(|sample| sample.pairs());
    sample.map(|pairs| pairs.differences()).map_err(|error| Error::failed(error.to_string()))
}
