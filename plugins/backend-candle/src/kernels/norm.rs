//! Layer normalisation (Ba, Kiros, Hinton: Layer Normalization, arXiv 1607.06450) of a residual sum.

use rayon::prelude::*;

use super::BLOCK;
use super::dropout::Dropout;
use super::math::{dot, sum};
use super::sums::add_up;
use crate::buffers::Buffer;
use crate::simd::vectorised;

/// What the backward pass needs.
pub(crate) struct NormTape {
    /// (z - mean) / deviation [rows × cols].
    normalised: Buffer,
    /// 1 / deviation, by row.
    inverse_deviation: Vec<f32>,
}

/// A normalisation's parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Norm<'a> {
    /// What the normalised numbers are multiplied by.
    pub weight: &'a [f32],
    /// What is added then.
    pub bias: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

/// What follows from the gradient of a norm's output.
pub(crate) struct NormGradients {
    /// Of the sum that was normalised.
    pub sum: Buffer,
    /// Of what was dropped out before it entered the sum; the same as `sum` without dropout.
    pub dropped: Option<Buffer>,
    /// Of the weight.
    pub weight: Vec<f32>,
    /// Of the bias.
    pub bias: Vec<f32>,
    /// Of the bias that was added to what was dropped out.
    pub dense_bias: Vec<f32>,
}

impl Norm<'_> {
    /// Norm(residual + dropout(x + bias)), row by row.
    pub(crate) fn residual(
        &self,
        x: &[f32],
        bias: &[f32],
        residual: &[f32],
        dropout: Option<&Dropout<'_>>,
    ) -> (Buffer, NormTape) {
        let cols = self.weight.len();
        self.forward(x.len() / cols, |row, z| {
            let range = row * cols..(row + 1) * cols;
            let terms = x[range.clone()].iter().zip(bias).zip(&residual[range]);
            match dropout.map(|dropout| dropout.token(row)) {
                None => {
                    for (z, ((x, bias), residual)) in z.iter_mut().zip(terms) {
                        *z = x + bias + residual;
                    }
                }
                Some(draws) => {
                    for (channel, (z, ((x, bias), residual))) in (0..).zip(z.iter_mut().zip(terms))
                    {
                        *z = (x + bias) * draws.factor(channel) + residual;
                    }
                }
            }
        })
    }

    /// Norm of the rows that `fill` writes.
    pub(crate) fn forward(
        &self,
        rows: usize,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> (Buffer, NormTape) {
        let cols = self.weight.len();
        let mut normalised = Buffer::room(rows * cols);
        let mut inverse_deviation = vec![0.0; rows];
        let mut out = Buffer::room(rows * cols);
        let blocks = normalised.par_chunks_mut(BLOCK * cols);
        let blocks = blocks.zip(inverse_deviation.par_chunks_mut(BLOCK));
        let blocks = blocks.zip(out.par_chunks_mut(BLOCK * cols)).enumerate();
        blocks.for_each(|(block, ((normalised, inverse), out))| {
            vectorised(
                #[inline(always)]
                || {
                    let rows = normalised.chunks_exact_mut(cols).zip(inverse);
                    let rows = rows.zip(out.chunks_exact_mut(cols)).enumerate();
                    for (row, ((z, inverse), out)) in rows {
                        fill(block * BLOCK + row, z);
                        *inverse = self.row(z, out);
                    }
                },
            );
        });
        (out, NormTape { normalised, inverse_deviation })
    }

    /// Normalises `z` in place and writes the output; returns 1 / deviation.
    #[inline(always)]
    fn row(&self, z: &mut [f32], out: &mut [f32]) -> f32 {
        let n = z.len() as f32;
        let mean = sum(z, |z| z) / n;
        let variance = sum(z, |z| (z - mean) * (z - mean)) / n;
        let inverse = 1.0 / (variance + self.epsilon).sqrt();
        let parameters = self.weight.iter().zip(self.bias);
        for ((z, out), (weight, bias)) in z.iter_mut().zip(out).zip(parameters) {
            *z = (*z - mean) * inverse;
            *out = *z * weight + bias;
        }
        inverse
    }

    /// The gradients that follow from those of the output, which is the sum of `gradients`.
    ///
    /// With x̂ the normalised row, g = ∂y ∘ weight and n its length: ∂z = (g - Σg / n - x̂ Σ(g x̂) / n) / deviation.
    pub(crate) fn backward(
        &self,
        tape: &NormTape,
        gradients: &[&[f32]],
        dropout: Option<&Dropout<'_>>,
    ) -> NormGradients {
        let cols = self.weight.len();
        let mut sum_gradient = Buffer::room(tape.normalised.len());
        let mut dropped = Buffer::room(if dropout.is_some() { sum_gradient.len() } else { 0 });
        // Without dropout there is nothing to write, but as many blocks.
        let blocks = sum_gradient.len().div_ceil(BLOCK * cols);
        let mut dropped_blocks: Vec<&mut [f32]> = match dropout {
            Some(_) => dropped.chunks_mut(BLOCK * cols).collect(),
            None => (0..blocks).map(|_| Default::default()).collect(),
        };
        let parts: Vec<[Vec<f32>; 3]> = sum_gradient
            .par_chunks_mut(BLOCK * cols)
            .zip(dropped_blocks.par_iter_mut())
            .enumerate()
            .map(|(block, (sum_gradient, dropped))| {
                let first = block * BLOCK;
                self.backward_block(tape, gradients, dropout, first, sum_gradient, dropped)
            })
            .collect();
        let total = |which: usize| add_up(parts.iter().map(|part| part[which].as_slice()), cols);
        NormGradients {
            weight: total(0),
            bias: total(1),
            dense_bias: total(2),
            sum: sum_gradient,
            dropped: dropout.is_some().then_some(dropped),
        }
    }

    /// The rows of one block from `first`; returns its parts of the gradients of weight, bias and dense bias.
    fn backward_block(
        &self,
        tape: &NormTape,
        gradients: &[&[f32]],
        dropout: Option<&Dropout<'_>>,
        first: usize,
        sum_gradient: &mut [f32],
        dropped: &mut [f32],
    ) -> [Vec<f32>; 3] {
        let cols = self.weight.len();
        let mut parts = [vec![0.0; cols], vec![0.0; cols], vec![0.0; cols]];
        let [of_weight, of_bias, of_dense] = &mut parts;
        let mut scaled = vec![0.0; cols];
        let mut incoming = vec![0.0; cols];
        vectorised(
            #[inline(always)]
            || {
                for (i, z) in sum_gradient.chunks_exact_mut(cols).enumerate() {
                    let row = first + i;
                    let range = row * cols..(row + 1) * cols;
                    let normalised = &tape.normalised[range.clone()];
                    incoming.fill(0.0);
                    for gradient in gradients {
                        for (sum, value) in incoming.iter_mut().zip(&gradient[range.clone()]) {
                            *sum += value;
                        }
                    }
                    self.backward_row(
                        tape.inverse_deviation[row],
                        normalised,
                        &incoming,
                        &mut scaled,
                        z,
                    );
                    let sums = of_weight.iter_mut().zip(of_bias.iter_mut());
                    for ((weight, bias), (dy, x)) in sums.zip(incoming.iter().zip(normalised)) {
                        *weight += dy * x;
                        *bias += dy;
                    }
                    match dropout.map(|dropout| dropout.token(row)) {
                        None => {
                            of_dense.iter_mut().zip(&*z).for_each(|(sum, z)| *sum += z);
                        }
                        Some(draws) => {
                            let out = &mut dropped[i * cols..(i + 1) * cols];
                            let out = out.iter_mut().zip(of_dense.iter_mut());
                            for (channel, (z, (out, sum))) in (0..).zip(z.iter().zip(out)) {
                                *out = z * draws.factor(channel);
                                *sum += *out;
                            }
                        }
                    }
                }
            },
        );
        parts
    }

    #[inline(always)]
    fn backward_row(
        &self,
        inverse: f32,
        normalised: &[f32],
        incoming: &[f32],
        scaled: &mut [f32],
        z: &mut [f32],
    ) {
        let n = normalised.len() as f32;
        for ((scaled, dy), weight) in scaled.iter_mut().zip(incoming).zip(self.weight) {
            *scaled = dy * weight;
        }
        let mean = sum(scaled, |g| g) / n;
        let along = dot(scaled, normalised) / n;
        for ((z, g), x) in z.iter_mut().zip(&*scaled).zip(normalised) {
            *z = (g - mean - x * along) * inverse;
        }
    }
}
