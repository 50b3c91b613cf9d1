//! A matrix in main memory whose products are candle's.

use std::ops::{Deref, Range};

use candle_core::{CpuStorage, Device, Storage, StorageRef, Tensor};
use triglot_sdk::{Error, Result};

/// A matrix [rows × cols], row by row; a clone shares its numbers.
#[derive(Debug, Clone)]
pub(crate) struct Mat(Tensor);

impl Mat {
    /// Takes numbers [rows × cols] over.
    pub(crate) fn new(values: Vec<f32>, cols: usize) -> Result<Self> {
        let rows = values.len() / cols;
        Ok(Self(Tensor::from_vec(values, (rows, cols), &Device::Cpu)?))
    }

    /// Number of columns.
    pub(crate) fn cols(&self) -> usize {
        self.0.dims().last().copied().unwrap_or(0)
    }

    /// self · other.
    pub(crate) fn times(&self, other: &Self) -> Result<Self> {
        Ok(Self(self.0.matmul(&other.0)?))
    }

    /// self · otherᵀ.
    pub(crate) fn times_transposed(&self, other: &Self) -> Result<Self> {
        Ok(Self(self.0.matmul(&other.0.t()?)?))
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
