//! How large a difference is, apart from whether it is one.

use super::error::Result;
use super::pairs::{deviation, enough, mean};

/// The size of an effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The mean difference, in the metric's own unit.
    pub mean: f64,
    /// The mean difference over the standard deviation of the differences (Cohen 1988, d_z of section 2.3.5; the effect
    /// size that Sakai 2018 asks to be reported beside a paired test); none where they have no spread.
    pub standardised: Option<f64>,
}

/// The effect size of differences.
pub fn effect(differences: &[f64]) -> Result<Effect> {
    enough(differences, 1)?;
    let mean = mean(differences);
    let standardised = deviation(differences).map(|deviation| mean / deviation);
    Ok(Effect { mean, standardised })
}
