//! Pearson's chi-square test of drawn counts against expected ones.
//!
//! Its law is that of independent draws. Samplers that deal their batches, or walk an epoch without drawing anything
//! twice, spread less than that: their p-values come out near 1, and only small ones speak against a law.

use serde::Serialize;
use statrs::function::gamma::checked_gamma_ur;

/// Cells below this expectation are pooled (Cochran 1954, Some Methods for Strengthening the Common χ² Tests).
const LEAST_EXPECTED: f64 = 5.0;

/// The result of a test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChiSquare {
    /// Pearson's statistic, Σ (drawn − expected)² / expected.
    pub statistic: f64,
    /// Degrees of freedom: cells less one.
    pub degrees_of_freedom: usize,
    /// The probability of a statistic at least as large, if the expected counts are those of the law.
    pub p_value: f64,
    /// How many cells of small expectation were pooled into one.
    pub pooled: usize,
}

impl ChiSquare {
    /// Tests cells of (expected, drawn); `None` where fewer than two are left to compare. Expectations are positive,
    /// and of the same sum as what was drawn.
    pub fn of(cells: impl IntoIterator<Item = (f64, u64)>) -> Option<Self> {
        let mut cells: Vec<(f64, f64)> =
            cells.into_iter().map(|(expected, drawn)| (expected, drawn as f64)).collect();
        cells.sort_by(|a, b| a.0.total_cmp(&b.0));
        let pooled = pool(&mut cells);
        let degrees_of_freedom = cells.len().checked_sub(1).filter(|degrees| *degrees > 0)?;
        let statistic = cells.iter().map(|(expected, drawn)| (drawn - expected).powi(2) / expected);
        let statistic: f64 = statistic.sum();
        // The survival function is the regularised upper incomplete gamma function Q(k/2, x/2).
        let p_value = checked_gamma_ur(degrees_of_freedom as f64 / 2.0, statistic / 2.0).ok()?;
        Some(Self { statistic, degrees_of_freedom, p_value, pooled })
    }
}

/// Pools the first of ascending cells until none expects too little; gives how many went into the pool.
fn pool(cells: &mut Vec<(f64, f64)>) -> usize {
    let mut pool = (0.0, 0.0);
    let mut pooled = 0;
    for (expected, drawn) in cells.iter() {
        let enough = pooled == 0 || pool.0 >= LEAST_EXPECTED;
        if *expected >= LEAST_EXPECTED && enough {
            break;
        }
        pool = (pool.0 + expected, pool.1 + drawn);
        pooled += 1;
    }
    if pooled > 0 {
        cells.splice(..pooled, [pool]);
    }
    pooled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn p_values_are_those_of_the_tables() {
        // Upper quantiles of chi-square: Abramowitz and Stegun, table 26.8.
        for (degrees, statistic, p) in
            [(1, 3.841_46, 0.05), (2, 9.210_34, 0.01), (10, 18.3070, 0.05), (100, 149.449, 0.001)]
        {
            // One cell carries the whole statistic, and the others meet their expectation.
            let expected = 1e6f64;
            let off = (expected * statistic).sqrt();
            let cells =
                (0..=degrees).map(|i| (expected, if i == 0 { expected + off } else { expected }));
            let cells: Vec<(f64, u64)> =
                cells.map(|(e, drawn): (f64, f64)| (e, drawn.round() as u64)).collect();
            let test = ChiSquare::of(cells).unwrap();
            assert_eq!(test.degrees_of_freedom, degrees);
            assert!((test.p_value - p).abs() < p * 0.01, "{test:?} for {p}");
        }
    }

    #[test]
    fn one_cell_tells_nothing() {
        assert_eq!(ChiSquare::of([(100.0, 100)]), None);
        assert_eq!(ChiSquare::of([(1.0, 0), (1.0, 2)]), None, "all of it is pooled");
        assert_eq!(ChiSquare::of([]), None);
    }

    #[test]
    fn a_pool_that_still_expects_too_little_takes_the_next_cell() {
        let test = ChiSquare::of([(1.0, 0), (20.0, 25), (30.0, 26)]).unwrap();
        assert_eq!((test.pooled, test.degrees_of_freedom), (2, 1));
        assert!((test.statistic - (16.0 / 21.0 + 16.0 / 30.0)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn pooling_keeps_sums_and_leaves_no_small_cell_but_an_only_one(
            mut cells in prop::collection::vec((0.01..30.0f64, 0u32..40), 0..20),
        ) {
            cells.sort_by(|a, b| a.0.total_cmp(&b.0));
            let before: Vec<(f64, f64)> = cells.iter().map(|(e, d)| (*e, f64::from(*d))).collect();
            let mut after = before.clone();
            pool(&mut after);
            let sum = |cells: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| cells.iter().map(of).sum::<f64>();
            prop_assert!((sum(&before, |c| c.0) - sum(&after, |c| c.0)).abs() < 1e-9);
            prop_assert_eq!(sum(&before, |c| c.1), sum(&after, |c| c.1));
            prop_assert!(after.len() < 2 || after.iter().all(|(e, _)| *e >= LEAST_EXPECTED));
        }
    }
}
