//! Wilcoxon's signed-rank test.
//!
//! As scipy's `wilcoxon` with its defaults: zeros are dropped, ties share the mean of their ranks, and the distribution
//! is exact where that is cheap. One difference in means, none in results: where there are ties among few differences
//! scipy enumerates all signs; here ranks are doubled, which makes them whole, and their sums counted, ties or not.

use super::distribution::normal_two_sided;
use super::error::Result;
use super::pairs::enough;

/// Up to so many differences, none of them tied or 0, the distribution is exact.
const MOST_UNTIED: usize = 50;
/// Up to so many differences, with ties or zeros among them, the distribution is exact.
const MOST_TIED: usize = 13;

/// What the signed-rank test says of differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wilcoxon {
    /// The smaller of the rank sums of positive and of negative differences.
    pub statistic: f64,
    /// The probability of one at least as small, if differences are symmetric around 0.
    pub p: f64,
    /// Whether `p` is from the exact distribution and not from the normal approximation.
    pub exact: bool,
    /// Differences that are 0 and count for nothing.
    pub zeros: usize,
}

/// Wilcoxon's signed-rank test that differences are symmetric around 0, two-sided (Wilcoxon 1945); p = 1 where all are 0.
pub fn wilcoxon(differences: &[f64]) -> Result<Wilcoxon> {
    enough(differences, 1)?;
    let mut nonzero: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    nonzero.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let zeros = differences.len() - nonzero.len();
    if nonzero.is_empty() {
        return Ok(Wilcoxon { statistic: 0.0, p: 1.0, exact: true, zeros });
    }
    let (doubled, tied) = doubled_ranks(&nonzero);
    let positive = nonzero.iter().zip(&doubled).filter(|(d, _)| **d > 0.0);
    let positive: u64 = positive.map(|(_, rank)| rank).sum();
    let total: u64 = doubled.iter().sum();
    let smaller = positive.min(total - positive);
    let untied = zeros == 0 && tied.is_empty();
    let exact = differences.len() <= if untied { MOST_UNTIED } else { MOST_TIED };
    let p = match exact {
        true => exact_p(&doubled, smaller),
        false => approximate_p(smaller, nonzero.len(), &tied),
    };
    Ok(Wilcoxon { statistic: smaller as f64 / 2.0, p, exact, zeros })
}

/// Twice the rank of every difference, ascending by size, and how many share each rank that is shared.
fn doubled_ranks(ascending: &[f64]) -> (Vec<u64>, Vec<f64>) {
    let (mut ranks, mut tied) = (Vec::new(), Vec::new());
    for same in ascending.chunk_by(|a, b| a.abs() == b.abs()) {
        // Ranks r + 1 to r + k have the mean r + (k + 1)/2.
        let doubled = (2 * ranks.len() + same.len() + 1) as u64;
        ranks.extend(same.iter().map(|_| doubled));
        if same.len() > 1 {
            tied.push(same.len() as f64);
        }
    }
    (ranks, tied)
}

/// Twice the probability of a sum of ranks up to `smaller`, every sign as likely as the other: the number of subsets with
/// each sum, rank by rank. Counts up to 2⁵⁰ are exact in an f64.
fn exact_p(doubled: &[u64], smaller: u64) -> f64 {
    let smaller = smaller as usize;
    let mut subsets = vec![0.0; smaller + 1];
    subsets[0] = 1.0;
    for rank in doubled {
        let rank = *rank as usize;
        for sum in (rank..=smaller).rev() {
            subsets[sum] += subsets[sum - rank];
        }
    }
    let all = 2f64.powi(doubled.len() as i32);
    (2.0 * subsets.iter().sum::<f64>() / all).min(1.0)
}

/// The normal approximation, its variance corrected for ties, without correction for continuity.
fn approximate_p(smaller: u64, count: usize, tied: &[f64]) -> f64 {
    let n = count as f64;
    let mean = n * (n + 1.0) / 4.0;
    let ties: f64 = tied.iter().map(|t| t.powi(3) - t).sum();
    let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - ties / 2.0) / 24.0;
    normal_two_sided((smaller as f64 / 2.0 - mean) / variance.sqrt())
}
