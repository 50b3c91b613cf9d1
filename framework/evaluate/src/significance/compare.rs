//! Two systems, compared: everything that there is to say of one sample.

use super::bootstrap::bootstrap;
use super::effect::{Effect, effect};
use super::error::{Error, Result, level};
use super::interval::Interval;
use super::pairs::Pairs;
use super::randomisation::randomisation;
use super::sample::Sample;
use super::seeds::bootstrap_over_seeds;
use super::t_test::t_test;
use super::wilcoxon::wilcoxon;

/// A test of paired differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Test {
    /// Student's.
    #[default]
    T,
    /// Wilcoxon's signed ranks.
    Wilcoxon,
    /// Fisher's randomisation of signs.
    Randomisation,
}

impl Test {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::T, Self::Wilcoxon, Self::Randomisation];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::T => "t",
            Self::Wilcoxon => "wilcoxon",
            Self::Randomisation => "randomisation",
        }
    }
}

/// How systems are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The test.
    pub test: Test,
    /// The confidence of intervals.
    pub confidence: f64,
    /// Resamples of every bootstrap.
    pub resamples: usize,
    /// Assignments of signs that the randomisation test tries where it cannot try all.
    pub assignments: usize,
    /// The seed of the draws.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { test: Test::T, confidence: 0.95, resamples: 10_000, assignments: 100_000, seed: 0 }
    }
}

/// What a test came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The test's statistic: t, the smaller rank sum, or the mean difference.
    pub statistic: f64,
    /// Its p-value, not corrected.
    pub p: f64,
    /// Whether the test's distribution is exact: neither drawn nor approximated. The t-test's is, of normal differences.
    pub exact: bool,
}

/// Two systems, compared; differences are first less second.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The mean of the first system over what was compared.
    pub first_mean: f64,
    /// The mean of the second system.
    pub second_mean: f64,
    /// The size of the difference.
    pub effect: Effect,
    /// What the test came to, or why it has no answer.
    pub outcome: Result<Outcome>,
    /// The bootstrap's percentile interval of the mean difference, over topics.
    pub percentile: Interval,
    /// The bootstrap's basic interval.
    pub basic: Interval,
    /// The bias-corrected and accelerated interval, where it is defined.
    pub bias_corrected: Option<Interval>,
    /// Student's interval, where it is defined.
    pub student: Option<Interval>,
    /// The percentile interval over runs and topics, where a system has several runs.
    pub over_seeds: Option<Interval>,
}

/// Compares two systems over a sample of at least one topic.
///
/// # Errors
/// If there is no topic, or an option is out of range. A test that has no answer is no error of the comparison.
pub fn compare(sample: &Sample, options: &Options) -> Result<Comparison> {
    let confidence = level(options.confidence)?;
    let pairs = sample.pairs()?;
    let differences = pairs.differences();
    let resampled = bootstrap(&differences, options.resamples, options.seed)?;
    let over_seeds = bootstrap_over_seeds(sample, options.resamples, options.seed)?;
    let student = t_test(&differences).and_then(|test| test.interval(confidence));
    let (first_mean, second_mean) = means(&pairs)?;
    Ok(Comparison {
        first_mean,
        second_mean,
        effect: effect(&differences)?,
        outcome: outcome(&differences, options),
        percentile: resampled.percentile(confidence)?,
        basic: resampled.basic(confidence)?,
        bias_corrected: resampled.bias_corrected(confidence)?,
        student: student.ok(),
        over_seeds: over_seeds.map(|resampled| resampled.percentile(confidence)).transpose()?,
    })
}

fn means(pairs: &Pairs) -> Result<(f64, f64)> {
    let nothing = Error::TooFew { found: 0, needed: 1 };
    pairs.first_mean().zip(pairs.second_mean()).ok_or(nothing)
}

fn outcome(differences: &[f64], options: &Options) -> Result<Outcome> {
    match options.test {
        Test::T => {
            let test = t_test(differences)?;
            Ok(Outcome { statistic: test.t, p: test.p, exact: true })
        }
        Test::Wilcoxon => {
            let test = wilcoxon(differences)?;
            Ok(Outcome { statistic: test.statistic, p: test.p, exact: test.exact })
        }
        Test::Randomisation => {
            let test = randomisation(differences, options.assignments, options.seed)?;
            let statistic = effect(differences)?.mean;
            Ok(Outcome { statistic, p: test.p, exact: test.exact })
        }
    }
}
