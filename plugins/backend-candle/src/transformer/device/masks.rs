//! The factors of dropout as tensors: drawn on the CPU by the keys that the kernels draw by, so that a device drops
//! what the CPU would drop.

use candle_core::{Device, Tensor};
use rayon::prelude::*;
use triglot_sdk::Result;

use super::grid::Grid;
use crate::kernels::attention::KEYS;
use crate::kernels::dropout::Dropout;
use crate::kernels::pack::Pack;

/// For rows [tokens × cols].
pub(super) fn of_rows(
    dropout: &Dropout<'_>,
    tokens: usize,
    cols: usize,
    device: &Device,
) -> Result<Tensor> {
    let mut factors = vec![0.0f32; tokens * cols];
    factors.par_chunks_mut(cols).enumerate().for_each(|(row, factors)| {
        let draws = dropout.token(row);
        for (channel, factor) in (0..).zip(factors) {
            *factor = draws.factor(channel);
        }
    });
    Ok(Tensor::from_vec(factors, (tokens, cols), device)?)
}

/// For the probabilities of attention [texts × heads × longest × longest].
pub(super) fn of_attention(
    dropout: &Dropout<'_>,
    pack: &Pack,
    grid: &Grid,
    heads: usize,
    device: &Device,
) -> Result<Tensor> {
    let longest = grid.longest;
    let mut factors = vec![0.0f32; grid.texts * heads * longest * longest];
    let rows: Vec<_> = pack.rows().collect();
    let texts = factors.par_chunks_mut((heads * longest * longest).max(1)).zip(rows);
    texts.for_each(|(factors, rows)| {
        for (head, factors) in factors.chunks_exact_mut(longest * longest).enumerate() {
            for (row, factors) in rows.clone().zip(factors.chunks_exact_mut(longest)) {
                let draws = dropout.token(row);
                let channels = (head * KEYS) as u32..;
                for (channel, factor) in channels.zip(&mut factors[..rows.len()]) {
                    *factor = draws.factor(channel);
                }
            }
        }
    });
    Ok(Tensor::from_vec(factors, (grid.texts, heads, longest, longest), device)?)
}
