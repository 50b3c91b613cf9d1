//! Normalisation before a part of a layer, without a shift: by the root of the mean square (Zhang and Sennrich: Root
//! Mean Square Layer Normalization, NeurIPS 2019), or centred first, which is a layer normalisation.
//!
//! What is normalised goes on unnormalised too, so its gradient is a sum: of what comes back through the norm and of
//! what comes back beside it.

use rayon::prelude::*;

use super::BLOCK;
use super::dropout::Dropout;
use super::math::{dot, sum};
use super::residual::drop_out_row;
use super::sums::add_up;
use crate::buffers::Buffer;
use crate::simd::vectorised;

/// A normalisation's parameter and kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PreNorm<'a> {
    /// What the normalised numbers are multiplied by.
    pub weight: &'a [f32],
    /// Added to the mean square.
    pub epsilon: f32,
    /// Whether the mean is subtracted first.
    pub centred: bool,
}

/// What the backward pass needs.
pub(crate) struct PreNormTape {
    /// (z - mean) / deviation [rows × cols].
    normalised: Buffer,
    /// 1 / deviation, by row.
    inverse_deviation: Vec<f32>,
}

/// What follows from the gradient of a norm's output.
pub(crate) struct PreNormGradients {
    /// Of what was normalised, together with what came beside.
    pub sum: Buffer,
    /// Of the weight.
    pub weight: Vec<f32>,
}

impl PreNorm<'_> {
    /// Norm of rows.
    pub(crate) fn forward(&self, rows: &[f32]) -> (Buffer, PreNormTape) {
        let cols = self.weight.len();
        let mut normalised = Buffer::room(rows.len());
        let mut inverse_deviation = vec![0.0; rows.len() / cols];
        let mut out = Buffer::room(rows.len());
        let block = BLOCK * cols;
        let blocks = normalised.par_chunks_mut(block).zip(inverse_deviation.par_chunks_mut(BLOCK));
        let blocks = blocks.zip(out.par_chunks_mut(block)).zip(rows.par_chunks(block));
        blocks.for_each(|(((normalised, inverse), out), rows)| {
            vectorised(
                #[inline(always)]
                || {
                    let rows = rows.chunks_exact(cols).zip(out.chunks_exact_mut(cols));
                    let rows = rows.zip(normalised.chunks_exact_mut(cols)).zip(inverse);
                    for (((row, out), normalised), inverse) in rows {
                        *inverse = self.row(row, normalised, out);
                    }
                },
            );
        });
        (out, PreNormTape { normalised, inverse_deviation })
    }

    /// Writes the normalised row and the output; returns 1 / deviation.
    #[inline(always)]
    fn row(&self, row: &[f32], normalised: &mut [f32], out: &mut [f32]) -> f32 {
        let n = row.len() as f32;
        let mean = if self.centred { sum(row, |z| z) / n } else { 0.0 };
        let square = sum(row, |z| (z - mean) * (z - mean)) / n;
        let inverse = 1.0 / (square + self.epsilon).sqrt();
        let written = normalised.iter_mut().zip(out).zip(self.weight);
        for (z, ((normalised, out), weight)) in row.iter().zip(written) {
            *normalised = (z - mean) * inverse;
            *out = *normalised * weight;
        }
        inverse
    }

    /// The gradients that follow from that of the output, behind `dropout`, and from those `beside`.
    ///
    /// With x̂ the normalised row, g = ∂y ∘ weight and n its length: ∂z = (g - Σg / n - x̂ Σ(g x̂) / n) / deviation, where
    /// Σg is left out unless the row was centred.
    pub(crate) fn backward(
        &self,
        tape: &PreNormTape,
        gradient: &[f32],
        beside: &[&[f32]],
        dropout: Option<&Dropout<'_>>,
    ) -> PreNormGradients {
        let cols = self.weight.len();
        let mut out = Buffer::room(gradient.len());
        let parts: Vec<Vec<f32>> = out
            .par_chunks_mut(BLOCK * cols)
            .enumerate()
            .map(|(block, out)| {
                let mut of_weight = vec![0.0; cols];
                let mut incoming = vec![0.0; cols];
                vectorised(
                    #[inline(always)]
                    || {
                        for (i, out) in out.chunks_exact_mut(cols).enumerate() {
                            let row = block * BLOCK + i;
                            let range = row * cols..(row + 1) * cols;
                            incoming.copy_from_slice(&gradient[range.clone()]);
                            drop_out_row(&mut incoming, row, dropout);
                            let normalised = &tape.normalised[range.clone()];
                            let inverse = tape.inverse_deviation[row];
                            self.backward_row(
                                inverse,
                                normalised,
                                &mut incoming,
                                &mut of_weight,
                                out,
                            );
                            for beside in beside {
                                for (out, beside) in out.iter_mut().zip(&beside[range.clone()]) {
                                    *out += beside;
                                }
                            }
                        }
                    },
                );
                of_weight
            })
            .collect();
        let weight = add_up(parts.iter().map(Vec::as_slice), cols);
        PreNormGradients { sum: out, weight }
    }

    #[inline(always)]
    fn backward_row(
        &self,
        inverse: f32,
        normalised: &[f32],
        incoming: &mut [f32],
        of_weight: &mut [f32],
        out: &mut [f32],
    ) {
        let n = normalised.len() as f32;
        let scaled = incoming.iter_mut().zip(of_weight);
        for ((g, of_weight), (x, weight)) in scaled.zip(normalised.iter().zip(self.weight)) {
            *of_weight += *g * x;
            *g *= weight;
        }
        let mean = if self.centred { sum(incoming, |g| g) / n } else { 0.0 };
        let along = dot(incoming, normalised) / n;
        for ((out, g), x) in out.iter_mut().zip(&*incoming).zip(normalised) {
            *out = (g - mean - x * along) * inverse;
        }
    }
}
