//! Bootstrap intervals over queries.

use super::draws::{Draws, Purpose};
use super::error::{Error, Result};
use super::interval::{Interval, basic, bias_corrected, percentile};
use super::pairs::{enough, mean};

/// The means of resamples, ready to be asked for intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    estimate: f64,
    /// What was resampled; empty where more than queries was, and no jackknife is defined.
    values: Vec<f64>,
    /// The mean of every resample, ascending.
    means: Vec<f64>,
}

/// Resamples values, one a query, with replacement (Efron 1979), and keeps the mean of every resample.
///
/// Values may be differences of two systems, or those of one. The order of the values does not matter.
pub fn bootstrap(values: &[f64], resamples: usize, seed: u64) -> Result<Bootstrap> {
    enough(values, 1)?;
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let draws = Draws::new(seed, Purpose::Queries);
    let count = values.len();
    let resample = |resample: u64| {
        let draws = draws.child(resample);
        let drawn = (0..count as u64).map(|place| values[draws.below(place, count)]);
        drawn.sum::<f64>() / count as f64
    };
    let means = (0..resamples as u64).map(resample).collect();
    Bootstrap::new(mean(&values), values, means)
}

impl Bootstrap {
    /// The fewest resamples that have quantiles.
    const LEAST: usize = 2;

    pub(super) fn new(estimate: f64, values: Vec<f64>, mut means: Vec<f64>) -> Result<Self> {
        if means.len() < Self::LEAST {
            return Err(Error::Resamples { found: means.len(), needed: Self::LEAST });
        }
        means.sort_by(f64::total_cmp);
        Ok(Self { estimate, values, means })
    }

    /// The mean of what was resampled.
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// The percentile interval at a level of confidence such as 0.95.
    pub fn percentile(&self, confidence: f64) -> Result<Interval> {
        percentile(&self.means, confidence)
    }

    /// The basic interval, the percentile interval mirrored at the estimate.
    pub fn basic(&self, confidence: f64) -> Result<Interval> {
        basic(&self.means, self.estimate, confidence)
    }

    /// The bias-corrected and accelerated interval; none where it is not defined: over seeds, and where values have no
    /// spread.
    pub fn bias_corrected(&self, confidence: f64) -> Result<Option<Interval>> {
        bias_corrected(&self.means, self.estimate, &self.values, confidence)
    }
}
