//! A matrix in main memory whose products are candle's.
//!
//! candle's product chooses another loop, which rounds otherwise, where it is very small: a row alone, or less than a few
//! hundred numbers to come out. A text's embedding would then depend on whether others are encoded with it, so a product
//! of few rows is taken with rows of zeros below them.

use std::ops::{Deref, Range};

use candle_core::{CpuStorage, Device, Storage, StorageRef, Tensor};
use triglot_sdk::{Error, Result};

/// Where there are more columns than this in a product, it is taken in the same way from a few rows on; where there are
/// fewer, only from this many rows on.
const NARROW: usize = 64;
const FEW: usize = 4;

/// A matrix [rows × cols], row by row; a clone shares its numbers.
#[derive(Debug, Clone)]
pub(crate) struct Mat(Tensor);

impl Mat {
    /// Takes numbers [rows × cols] over.
    pub(crate) fn new(values: Vec<f32>, cols: usize) -> Result<Self> {
        let rows = values.len() / cols;
        Ok(Self(Tensor::from_vec(values, (rows, cols), &Device::Cpu)?))
    }

    /// Number of rows.
    fn rows(&self) -> usize {
        self.0.dims().first().copied().unwrap_or(0)
    }

    /// Number of columns.
    pub(crate) fn cols(&self) -> usize {
        self.0.dims().last().copied().unwrap_or(0)
    }

    /// self · other.
    pub(crate) fn times(&self, other: &Self) -> Result<Self> {
        Ok(Self(self.0.matmul(&other.0)?))
    }

    /// self · otherᵀ, of which every row is the same whatever rows stand beside it.
    pub(crate) fn times_transposed(&self, other: &Self) -> Result<Self> {
        let (rows, cols) = (self.rows(), other.rows());
        let enough = if cols > NARROW { FEW } else { NARROW + 1 };
        let transposed = other.0.t()?;
        if rows >= enough {
            return Ok(Self(self.0.matmul(&transposed)?));
        }
        let mut padded = self.values()?.to_vec();
        padded.resize(enough * self.cols(), 0.0);
        let product = Self::new(padded, self.cols())?.0.matmul(&transposed)?;
        Ok(Self(product.narrow(0, 0, rows)?))
    }

    /// selfᵀ · other.
    pub(crate) fn transposed_times(&self, other: &Self) -> Result<Self> {
        Ok(Self(self.0.t()?.matmul(&other.0)?))
    }

    /// Some of its columns.
    pub(crate) fn columns(&self, columns: Range<usize>) -> Result<Self> {
        if columns == (0..self.cols()) {
            return Ok(self.clone());
        }
        let (values, width) = (self.values()?, columns.len());
        let rows = values.chunks_exact(self.cols());
        Self::new(rows.flat_map(|row| &row[columns.clone()]).copied().collect(), width)
    }

    /// Its numbers.
    pub(crate) fn values(&self) -> Result<Values<'_>> {
        let (storage, layout) = self.0.storage_and_layout();
        match (&*storage, layout.contiguous_offsets()) {
            (Storage::Cpu(CpuStorage::F32(_)), Some((start, end))) => {
                Ok(Values { storage, range: start..end })
            }
            _ => Err(Error::failed("a matrix does not lie row by row in main memory")),
        }
    }
}

/// The numbers of a matrix, borrowed.
pub(crate) struct Values<'a> {
    storage: StorageRef<'a>,
    range: Range<usize>,
}

impl Deref for Values<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(values)) => &values[self.range.clone()],
            // `Mat::values` makes none of another kind.
            _ => &[],
        }
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
            rows in 1usize..90,
            part in 1usize..90,
            inner in prop_oneof![1usize..100, Just(768), Just(1500)],
            cols in prop_oneof![1usize..100, Just(384)],
            seed: u64,
        ) {
            let part = part.min(rows);
            let x = random(rows, inner, seed);
            let weight = Mat::new(random(cols, inner, seed ^ 1), inner).unwrap();
            let all = Mat::new(x.clone(), inner).unwrap().times_transposed(&weight).unwrap();
            let few = Mat::new(x[..part * inner].to_vec(), inner).unwrap();
            let few = few.times_transposed(&weight).unwrap();
            prop_assert_eq!(few.rows(), part);
            prop_assert_eq!(&all.values().unwrap()[..part * cols], &*few.values().unwrap());
        }
    }
}
