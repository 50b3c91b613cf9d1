//! Two systems' values, paired.

use super::error::{Error, Result};

/// The pairs in which both values are defined.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    first: Vec<f64>,
    second: Vec<f64>,
    undefined: usize,
}

impl Pairs {
    /// Pairs the values of two systems; where either is NaN, the pair is left out and counted.
    pub fn of(first: &[f64], second: &[f64]) -> Result<Self> {
        if first.len() != second.len() {
            return Err(Error::Lengths { first: first.len(), second: second.len() });
        }
        for side in [first, second] {
            if let Some(index) = side.iter().position(|value| value.is_infinite()) {
                return Err(Error::Infinite { index, found: side[index] });
            }
        }
        let both = first.iter().zip(second).filter(|(a, b)| !a.is_nan() && !b.is_nan());
        let (kept_first, kept_second): (Vec<f64>, Vec<f64>) = both.unzip();
        let undefined = first.len() - kept_first.len();
        Ok(Self { first: kept_first, second: kept_second, undefined })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// How many were left out.
    pub fn undefined(&self) -> usize {
        self.undefined
    }

    /// The mean of the first system, if there is a pair.
    pub fn first_mean(&self) -> Option<f64> {
        (!self.is_empty()).then(|| mean(&self.first))
    }

    /// The mean of the second system, if there is a pair.
    pub fn second_mean(&self) -> Option<f64> {
        (!self.is_empty()).then(|| mean(&self.second))
    }

    /// First less second, a pair each.
    pub fn differences(&self) -> Vec<f64> {
        self.first.iter().zip(&self.second).map(|(a, b)| a - b).collect()
    }
}

/// The mean of values of which there is at least one.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sample standard deviation, over n − 1; none with fewer than two values, or where they have no spread.
///
/// 0.3 − 0.2 and 0.2 − 0.1 are the same difference to everybody but a computer: a spread that is nothing beside the mean
/// is what rounding left over.
pub(super) fn deviation(values: &[f64]) -> Option<f64> {
    const ROUNDING: f64 = 1e-12;
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (values.len() - 1) as f64).sqrt();
    (deviation > ROUNDING * mean.abs()).then_some(deviation)
}

/// Values that are finite, and `needed` of them.
pub(super) fn enough(values: &[f64], needed: usize) -> Result<()> {
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(Error::Infinite { index, found: values[index] });
    }
    match values.len() >= needed {
        true => Ok(()),
        false => Err(Error::TooFew { found: values.len(), needed }),
    }
}
