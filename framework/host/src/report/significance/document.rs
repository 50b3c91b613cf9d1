//! What comparing runs came to, as data.

use serde::Serialize;
use triglot_evaluate::significance::{Comparison, Interval, Sample};

use super::measured::Measured;
use crate::manifest::types::Setting;
use crate::run::ColumnRecord;

/// Systems compared on metrics.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Significance {
    /// The test.
    pub test: &'static str,
    /// How p-values were corrected, within each entry of `scores`.
    pub correction: &'static str,
    /// The level of significance; intervals have the confidence 1 − α.
    pub alpha: f64,
    /// Resamples of every bootstrap.
    pub resamples: usize,
    /// The seed of the draws.
    pub seed: u64,
    /// The label of the system that the others were compared with, if not all were with one another.
    pub baseline: Option<String>,
    /// The systems.
    pub systems: Vec<System>,
    /// One entry a data set, setting and metric.
    pub scores: Vec<Scores>,
}

/// Runs that differ in their seed alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct System {
    /// A letter, or a number where letters do not suffice.
    pub label: String,
    /// Its name.
    pub name: String,
    /// The ids of its runs.
    pub runs: Vec<String>,
    /// The seeds of its runs.
    pub seeds: Vec<u64>,
}

/// All systems on one metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// The data set.
    pub set: String,
    /// The setting.
    pub setting: &'static str,
    /// The metric's column.
    pub metric: String,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The macro mean of every system, a mean over its runs.
    pub means: Vec<f64>,
    /// The number of the system with the best mean.
    pub best: usize,
    /// The pairs of systems.
    pub comparisons: Vec<Contest>,
    /// How the column's numbers are written.
    #[serde(skip)]
    pub(super) column: ColumnRecord,
}

/// Two systems on one metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contest {
    /// The number of the first system.
    pub first: usize,
    /// The number of the second system.
    pub second: usize,
    /// Questions, in all their languages and against all pools: the n of the test.
    pub topics: usize,
    /// Queries, over all groups.
    pub queries: usize,
    /// Groups.
    pub groups: usize,
    /// Queries left out because a run has no defined value for them.
    pub undefined: usize,
    /// The macro mean of the first system over what was compared.
    pub first_mean: f64,
    /// The macro mean of the second system.
    pub second_mean: f64,
    /// First less second.
    pub difference: f64,
    /// The difference over the standard deviation of the topics' differences, where they have one.
    pub standardised: Option<f64>,
    /// Intervals of the difference.
    pub intervals: Compared,
    /// The test's statistic.
    pub statistic: Option<f64>,
    /// The p-value, not corrected; absent where the test has no answer.
    pub p: Option<f64>,
    /// The corrected p-value.
    pub corrected_p: Option<f64>,
    /// Whether the corrected p-value lies below α.
    pub significant: bool,
    /// Why the test has no answer.
    pub unanswered: Option<String>,
}

/// Intervals of a difference, low and high.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Compared {
    /// The bootstrap's percentile interval, over topics.
    pub percentile: [f64; 2],
    /// The bootstrap's basic interval.
    pub basic: [f64; 2],
    /// The bias-corrected and accelerated interval.
    pub bias_corrected: Option<[f64; 2]>,
    /// Student's interval.
    pub student: Option<[f64; 2]>,
    /// The percentile interval over runs and topics, where a system has several runs.
    pub over_seeds: Option<[f64; 2]>,
}

impl Scores {
    pub(super) fn new(
        measured: &Measured<'_>,
        metric: &str,
        column: &ColumnRecord,
        means: Vec<f64>,
        comparisons: Vec<Contest>,
    ) -> Self {
        let better = |a: f64, b: f64| if column.higher_is_better { a > b } else { a < b };
        let best = (0..means.len()).fold(0, |best, at| match better(means[at], means[best]) {
            true => at,
            false => best,
        });
        Self {
            set: measured.set.name.clone(),
            setting: Setting::as_str(measured.setting),
            metric: metric.to_owned(),
            higher_is_better: column.higher_is_better,
            means,
            best,
            comparisons,
            column: column.clone(),
        }
    }

    /// The numbers of the systems that one is significantly better than.
    pub fn better_than(&self, system: usize) -> Vec<usize> {
        let better = |contest: &&Contest| {
            let first = (contest.difference > 0.0) == self.higher_is_better;
            contest.significant && system == if first { contest.first } else { contest.second }
        };
        let beaten =
            self.comparisons.iter().filter(better).map(|contest| {
                if system == contest.first { contest.second } else { contest.first }
            });
        let mut beaten: Vec<usize> = beaten.collect();
        beaten.sort_unstable();
        beaten
    }
}

impl Contest {
    pub(super) fn of(first: usize, second: usize, sample: &Sample, compared: &Comparison) -> Self {
        let ends = |interval: Interval| [interval.low, interval.high];
        let outcome = compared.outcome.as_ref();
        Self {
            first,
            second,
            topics: sample.topics(),
            queries: sample.observations(),
            groups: sample.groups(),
            undefined: sample.undefined(),
            first_mean: compared.first_mean,
            second_mean: compared.second_mean,
            difference: compared.effect.mean,
            standardised: compared.effect.standardised,
            intervals: Compared {
                percentile: ends(compared.percentile),
                basic: ends(compared.basic),
                bias_corrected: compared.bias_corrected.map(ends),
                student: compared.student.map(ends),
                over_seeds: compared.over_seeds.map(ends),
            },
            statistic: outcome.ok().map(|outcome| outcome.statistic),
            p: outcome.ok().map(|outcome| outcome.p),
            corrected_p: None,
            significant: false,
            unanswered: outcome.err().map(ToString::to_string),
        }
    }
}
