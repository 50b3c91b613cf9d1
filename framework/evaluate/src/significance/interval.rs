//! Intervals out of a bootstrap distribution.

use super::distribution::{normal_below, normal_quantile};
use super::error::{Result, level};

/// An interval, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The quantiles of the distribution itself (Efron 1979; Davison and Hinkley 1997, section 5.3).
pub(super) fn percentile(ascending: &[f64], confidence: f64) -> Result<Interval> {
    let tail = (1.0 - level(confidence)?) / 2.0;
    Ok(between(ascending, tail, 1.0 - tail))
}

/// The quantiles mirrored at the estimate, as its error and not itself is what resampling imitates (Davison and Hinkley
/// 1997, section 5.2).
pub(super) fn basic(ascending: &[f64], estimate: f64, confidence: f64) -> Result<Interval> {
    let Interval { low, high } = percentile(ascending, confidence)?;
    Ok(Interval { low: 2.0 * estimate - high, high: 2.0 * estimate - low })
}

/// Bias-corrected and accelerated (Efron 1987, Better Bootstrap Confidence Intervals), of the mean of `values`; none
/// where all resamples lie on one side of the estimate, which leaves no bias to correct.
pub(super) fn bias_corrected(
    ascending: &[f64],
    estimate: f64,
    values: &[f64],
    confidence: f64,
) -> Result<Option<Interval>> {
    let tail = (1.0 - level(confidence)?) / 2.0;
    let below = ascending.iter().filter(|mean| **mean < estimate).count();
    let up_to = ascending.iter().filter(|mean| **mean <= estimate).count();
    let share = (below + up_to) as f64 / (2 * ascending.len()) as f64;
    // Of a mean, the jackknife's influence values are the deviations from it.
    let deviations = || values.iter().map(|value| value - estimate);
    let squares: f64 = deviations().map(|deviation| deviation.powi(2)).sum();
    if share <= 0.0 || share >= 1.0 || squares <= 0.0 {
        return Ok(None);
    }
    let cubes: f64 = deviations().map(|deviation| deviation.powi(3)).sum();
    let acceleration = cubes / (6.0 * squares.powf(1.5));
    let bias = normal_quantile(share);
    let corrected = |tail: f64| {
        let shifted = bias + normal_quantile(tail);
        normal_below(bias + shifted / (1.0 - acceleration * shifted))
    };
    let (low, high) = (corrected(tail), corrected(1.0 - tail));
    Ok((low <= high).then(|| between(ascending, low, high)))
}

fn between(ascending: &[f64], low: f64, high: f64) -> Interval {
    Interval { low: quantile(ascending, low), high: quantile(ascending, high) }
}

/// The quantile of ascending values, linear between them (Hyndman and Fan 1996, definition 7; numpy's default).
fn quantile(ascending: &[f64], probability: f64) -> f64 {
    let place = probability.clamp(0.0, 1.0) * (ascending.len() - 1) as f64;
    let at = (place.floor() as usize).min(ascending.len() - 1);
    let (value, next) = (ascending[at], ascending[(at + 1).min(ascending.len() - 1)]);
    value + (place - at as f64) * (next - value)
}
