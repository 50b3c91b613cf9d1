//! Tails of Student's t and of the normal distribution.
//!
//! Two-sided tails come from the incomplete beta function and not from one minus a distribution function, which would
//! have nothing left to say of p-values near the smallest.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::beta::checked_beta_reg;

/// P(|T| ≥ |t|) of Student's t with `freedom` degrees of freedom, at least 1.
///
/// I_x(ν/2, 1/2) with x = ν/(ν + t²), or its complement where that is the accurate side (Abramowitz and Stegun 26.5.27
/// and 26.5.2).
pub(super) fn student_two_sided(t: f64, freedom: f64) -> f64 {
    let square = t * t;
    let total = freedom + square;
    if !total.is_finite() {
        return 0.0;
    }
    let (tail, body) = (freedom / total, square / total);
    let p = match tail < body * freedom {
        true => checked_beta_reg(0.5 * freedom, 0.5, tail),
        false => checked_beta_reg(0.5, 0.5 * freedom, body).map(|inside| 1.0 - inside),
    };
    // Both parameters are positive and x lies in [0, 1], so there is always an answer.
    p.unwrap_or(1.0).clamp(0.0, 1.0)
}

/// The t with P(|T| ≥ t) = `level`, by bisection: within one unit in the last place of what the tail says.
pub(super) fn student_critical(level: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, freedom) > level && high < f64::MAX / 2.0 {
        (low, high) = (high, high * 2.0);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return high;
        }
        match student_two_sided(middle, freedom) > level {
            true => low = middle,
            false => high = middle,
        }
    }
}

/// P(|Z| ≥ |z|) of the standard normal distribution.
pub(super) fn normal_two_sided(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).clamp(0.0, 1.0)
}

/// P(Z ≤ z) of the standard normal distribution.
pub(super) fn normal_below(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// The z with P(Z ≤ z) = `probability`, which lies between 0 and 1.
pub(super) fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}
