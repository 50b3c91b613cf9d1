//! GELU(x) = x Φ(x), Φ the standard normal distribution's function (Hendrycks and Gimpel: Gaussian Error Linear Units,
//! arXiv 1606.08415), after a bias.

use rayon::prelude::*;

use super::BLOCK;
use super::math::normal;
use crate::buffers::Buffer;
use crate::simd::vectorised;

/// GELU(x + bias) of rows x.
pub(crate) fn forward(x: &[f32], bias: &[f32]) -> Buffer {
    let mut out = Buffer::room(x.len());
    each(
        x,
        bias,
        &mut out,
        #[inline(always)]
        |out, x| *out = x * normal(x).0,
    );
    out
}

/// ∂x from ∂GELU(x + bias): Φ(x) + x φ(x) times it.
pub(crate) fn backward(x: &[f32], bias: &[f32], gradient: &[f32]) -> Buffer {
    let mut out = Buffer::copy(gradient);
    each(
        x,
        bias,
        &mut out,
        #[inline(always)]
        |out, x| {
            let (below, density) = normal(x);
            *out *= below + x * density;
        },
    );
    out
}

/// Calls `change` with every number of `out` and that of x + bias.
fn each(x: &[f32], bias: &[f32], out: &mut [f32], change: impl Fn(&mut f32, f32) + Sync) {
    let block = BLOCK * bias.len();
    out.par_chunks_mut(block).zip(x.par_chunks(block)).for_each(|(out, x)| {
        vectorised(
            #[inline(always)]
            || {
                let rows = out.chunks_exact_mut(bias.len()).zip(x.chunks_exact(bias.len()));
                for (out, x) in rows {
                    for ((out, x), bias) in out.iter_mut().zip(x).zip(bias) {
                        change(out, x + bias);
                    }
                }
            },
        );
    });
}
