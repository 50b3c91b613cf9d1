//! Sums over rows: the gradient of a bias.

use rayon::prelude::*;

use crate::simd::vectorised;

/// Rows that are added up before the sums of blocks are.
const ROWS: usize = 64;

/// The sum of all rows.
pub(crate) fn of_columns(values: &[f32], cols: usize) -> Vec<f32> {
    let blocks = values.par_chunks(ROWS * cols);
    let blocks: Vec<Vec<f32>> =
        blocks.map(|block| add_up(block.chunks_exact(cols), cols)).collect();
    add_up(blocks.iter().map(Vec::as_slice), cols)
}

/// The sum of rows, in their order.
pub(super) fn add_up<'a>(rows: impl Iterator<Item = &'a [f32]>, cols: usize) -> Vec<f32> {
    let mut sums = vec![0.0; cols];
    vectorised(
        #[inline(always)]
        || {
            for row in rows {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        },
    );
    sums
}
