//! A matrix in main memory.
//!
//! The library chooses another loop, which rounds otherwise, where a product is very small: a row alone, or less than a
//! few hundred numbers to come out. A text's embedding would then depend on whether others are encoded with it, so a
//! product of few rows is taken with rows of zeros below them.

use std::ops::Range;
use std::sync::Arc;

use crate::buffers::Buffer;
use crate::product::{SMALL, View, product};

/// Where there are more columns than this in a product, it is taken in the same way from a few rows on; where there are
/// fewer, only from this many rows on.
const NARROW: usize = 64;
const FEW: usize = 4;

/// A matrix [rows × cols], row by row; a clone shares its numbers.
#[derive(Debug, Clone)]
pub(crate) struct Mat {
    values: Arc<Buffer>,
    cols: usize,
}

impl Mat {
    /// Takes numbers [rows × cols] over.
    pub(crate) fn new(values: impl Into<Buffer>, cols: usize) -> Self {
        let values = values.into();
        debug_assert_eq!(values.len() % cols.max(1), 0);
        Self { values: Arc::new(values), cols }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.values.len() / self.cols.max(1)
    }

    /// Number of columns.
    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    /// It as products take it.
    pub(crate) fn view(&self) -> View<'_> {
        View::new(&self.values, self.cols)
    }

    /// self · other.
    pub(crate) fn times(&self, other: View<'_>) -> Self {
        Self::new(product(self.view(), other), other.cols())
    }

    /// self · otherᵀ, of which every row is the same whatever rows stand beside it.
    pub(crate) fn times_transposed(&self, other: View<'_>) -> Self {
        let (rows, cols) = (self.rows(), other.rows());
        let enough = if cols > NARROW { FEW } else { (NARROW + 1).max(SMALL / cols.max(1) + 1) };
        let transposed = other.transposed();
        if rows >= enough {
            return Self::new(product(self.view(), transposed), cols);
        }
        let mut padded = self.values.to_vec();
        padded.resize(enough * self.cols, 0.0);
        let mut out = product(View::new(&padded, self.cols), transposed);
        out.truncate(rows * cols);
        Self::new(out, cols)
    }

    /// selfᵀ · other.
    pub(crate) fn transposed_times(&self, other: View<'_>) -> Self {
        Self::new(product(self.view().transposed(), other), other.cols())
    }

    /// Some of its columns.
    pub(crate) fn columns(&self, columns: Range<usize>) -> Self {
        if columns == (0..self.cols()) {
            return self.clone();
        }
        let width = columns.len();
        let rows = self.values.chunks_exact(self.cols);
        Self::new(rows.flat_map(|row| &row[columns.clone()]).copied().collect::<Vec<_>>(), width)
    }

    /// Its numbers.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Its numbers, taken over where nobody shares them.
    pub(crate) fn into_values(self) -> Buffer {
        Arc::unwrap_or_clone(self.values)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use triglot_sdk::Random;

    use super::*;

    fn random(rows: usize, cols: usize, seed: u64) -> Vec<f32> {
        let mut random = Random::new(&[seed]);
        (0..rows * cols).map(|_| (2.0 * random.unit() - 1.0) as f32).collect()
    }

    proptest! {
        #[test]
        fn a_row_of_a_product_does_not_depend_on_the_rows_beside_it(
            rows in prop_oneof![1usize..90, 120usize..300],
            part in 1usize..90,
            inner in prop_oneof![1usize..100, Just(768), Just(1500)],
            cols in prop_oneof![1usize..100, Just(384)],
            seed: u64,
        ) {
            let part = part.min(rows);
            let x = random(rows, inner, seed);
            let weight = Mat::new(random(cols, inner, seed ^ 1), inner);
            let all = Mat::new(x.clone(), inner).times_transposed(weight.view());
            let few = Mat::new(x[..part * inner].to_vec(), inner);
            let few = few.times_transposed(weight.view());
            prop_assert_eq!(few.rows(), part);
            prop_assert_eq!(&all.values()[..part * cols], few.values());
        }
    }
}
