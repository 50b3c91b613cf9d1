//! Sums along the residual stream of layers that do not normalise it, and dropout by itself.

use rayon::prelude::*;

use super::BLOCK;
use super::dropout::Dropout;
use crate::buffers::Buffer;
use crate::simd::vectorised;

/// residual + dropout(x).
pub(crate) fn add(
    residual: &[f32],
    x: &[f32],
    cols: usize,
    dropout: Option<&Dropout<'_>>,
) -> Buffer {
    let mut out = Buffer::copy(x);
    let block = BLOCK * cols;
    let parts = out.par_chunks_mut(block).zip(residual.par_chunks(block)).enumerate();
    parts.for_each(|(index, (out, residual))| {
        vectorised(
            #[inline(always)]
            || {
                let rows = out.chunks_exact_mut(cols).zip(residual.chunks_exact(cols));
                for (row, (out, residual)) in (index * BLOCK..).zip(rows) {
                    drop_out_row(out, row, dropout);
                    out.iter_mut().zip(residual).for_each(|(out, residual)| *out += residual);
                }
            },
        );
    });
    out
}

/// Drops out of rows.
pub(crate) fn drop_out(rows: &mut [f32], cols: usize, dropout: Option<&Dropout<'_>>) {
    if dropout.is_none() {
        return;
    }
    rows.par_chunks_mut(BLOCK * cols).enumerate().for_each(|(block, rows)| {
        vectorised(
            #[inline(always)]
            || {
                for (i, values) in rows.chunks_exact_mut(cols).enumerate() {
                    drop_out_row(values, block * BLOCK + i, dropout);
                }
            },
        );
    });
}

/// Drops out of one row.
#[inline(always)]
pub(super) fn drop_out_row(values: &mut [f32], row: usize, dropout: Option<&Dropout<'_>>) {
    if let Some(dropout) = dropout {
        let draws = dropout.token(row);
        for (channel, value) in (0..).zip(values) {
            *value *= draws.factor(channel);
        }
    }
}
