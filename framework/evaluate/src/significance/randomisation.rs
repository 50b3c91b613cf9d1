//! The paired randomisation test.
//!
//! If neither system is better, each topic's difference might as well have had the other sign. How often would chance
//! signs have given a mean difference as large as the one observed? The test assumes nothing of the distribution, and
//! is about the mean itself, which is what tables show.

use super::draws::{Draws, Purpose};
use super::error::{Error, Result};
use super::pairs::enough;

/// Up to so many differences other than 0, all signs are tried.
pub const MOST_EXACT: usize = 20;

/// What the randomisation test says of differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Randomisation {
    /// The probability of a mean difference at least as far from 0, if every sign is as likely as the other.
    pub p: f64,
    /// Whether all signs were tried, and not a number of random ones.
    pub exact: bool,
    /// How many assignments of signs were tried; those that mirror one another count once where all were.
    pub tried: u64,
}

/// Fisher's randomisation test of the mean difference, two-sided (Fisher 1935; Smucker, Allan and Carterette 2007).
///
/// Where there are many differences it tries `resamples` random assignments of signs, and gives (b + 1)/(m + 1): the
/// assignment that was observed is one of those that chance may give, and p is never 0 (Phipson and Smyth 2010).
pub fn randomisation(differences: &[f64], resamples: usize, seed: u64) -> Result<Randomisation> {
    enough(differences, 1)?;
    if resamples == 0 {
        return Err(Error::Resamples { found: 0, needed: 1 });
    }
    let mut signed: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    // Ordered by size alone: neither the order of the topics nor which system is called the first makes a difference.
    signed.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let sizes: Vec<f64> = signed.iter().map(|difference| difference.abs()).collect();
    let total: f64 = sizes.iter().sum();
    // Sums of the same numbers with the same mean may differ by what n roundings lose.
    let slack = sizes.len() as f64 * f64::EPSILON * total;
    let least = signed.iter().sum::<f64>().abs() - slack;
    if sizes.len() <= MOST_EXACT {
        let tried = 1u64 << sizes.len().saturating_sub(1);
        // The largest difference keeps its sign, for a sum and its mirror image are equally far from 0.
        let far = (0..tried).filter(|signs| sum(&sizes, |_| *signs).abs() >= least).count();
        return Ok(Randomisation { p: far as f64 / tried as f64, exact: true, tried });
    }
    let draws = Draws::new(seed, Purpose::Signs);
    let far = (0..resamples as u64).filter(|resample| {
        let draws = draws.child(*resample);
        sum(&sizes, |block| draws.word(block)).abs() >= least
    });
    let p = (far.count() + 1) as f64 / (resamples as f64 + 1.0);
    Ok(Randomisation { p, exact: false, tried: resamples as u64 })
}

/// The sum of the sizes, each negative whose bit is set; bits come in words of 64.
fn sum(sizes: &[f64], word: impl Fn(u64) -> u64) -> f64 {
    let mut sum = 0.0;
    for (block, sizes) in (0..).zip(sizes.chunks(64)) {
        let mut bits = word(block);
        for size in sizes {
            sum += f64::from_bits(size.to_bits() ^ (bits << 63));
            bits >>= 1;
        }
    }
    sum
}
