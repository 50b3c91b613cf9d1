//! The paired t-test.

use super::distribution::{student_critical, student_two_sided};
use super::error::{Error, Result, level};
use super::interval::Interval;
use super::pairs::{deviation, enough, mean};

/// What the t-test says of differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// Student's t: the mean difference over its standard error; 0 where every difference is 0.
    pub t: f64,
    /// Degrees of freedom, one less than there are differences.
    pub degrees_of_freedom: usize,
    /// The probability of a |t| at least as large, if the differences are normal around 0.
    pub p: f64,
    /// The mean difference.
    pub mean: f64,
    /// The standard error of the mean difference.
    pub standard_error: f64,
}

/// Student's t-test that the mean of the differences is 0, two-sided (Student 1908; as scipy's `ttest_rel`).
///
/// Identical systems differ by 0 everywhere and get p = 1. Differences that are all the same number and not 0 have no
/// spread to measure them by: an error, where scipy says p = 0 or whatever rounding has left over.
pub fn t_test(differences: &[f64]) -> Result<TTest> {
    enough(differences, 2)?;
    let count = differences.len();
    let (mean, degrees_of_freedom) = (mean(differences), count - 1);
    let Some(deviation) = deviation(differences) else {
        return match mean == 0.0 {
            true => Ok(TTest { t: 0.0, degrees_of_freedom, p: 1.0, mean, standard_error: 0.0 }),
            false => Err(Error::Constant { count, difference: mean }),
        };
    };
    let standard_error = deviation / (count as f64).sqrt();
    let t = mean / standard_error;
    let p = student_two_sided(t, degrees_of_freedom as f64);
    Ok(TTest { t, degrees_of_freedom, p, mean, standard_error })
}

impl TTest {
    /// The interval of the mean difference that Student's t gives at a level of confidence such as 0.95.
    pub fn interval(&self, confidence: f64) -> Result<Interval> {
        let critical = student_critical(1.0 - level(confidence)?, self.degrees_of_freedom as f64);
        let half = critical * self.standard_error;
        Ok(Interval { low: self.mean - half, high: self.mean + half })
    }
}
