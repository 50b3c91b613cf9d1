//! The mean of the table rows of a text's tokens, forward and backward.
//!
//! Each text is summed on its own, token by token: its embedding is the same to the bit whichever texts it shares a
//! call with. The gradients of a row are added text by text, so that neither threads nor chunks change them.

use rayon::prelude::*;
use triglot_sdk::Random;

use crate::parameter::Parameter;

/// A new table of numbers from a normal distribution; row i depends on the key and i alone.
pub(crate) fn new(rows: usize, dim: usize, scale: f64, key: &[u64]) -> Parameter {
    let mut values = vec![0.0; rows * dim];
    if scale > 0.0 {
        for (row, values) in (0u64..).zip(values.chunks_exact_mut(dim)) {
            let mut random = Random::new(&[key, &[row]].concat());
            values.fill_with(|| (scale * normal(&mut random)) as f32);
        }
    }
    Parameter::table("embedding.weight", [rows, dim], values)
}

/// The mean rows [texts × dim]; zero for a text without tokens.
pub(crate) fn means(table: &Parameter, texts: &[Vec<u32>]) -> Vec<f32> {
    let mut out = vec![0.0; texts.len() * table.cols()];
    out.par_chunks_mut(table.cols()).zip(texts).for_each(|(mean, tokens)| {
        for token in tokens {
            for (sum, value) in mean.iter_mut().zip(table.row(*token)) {
                *sum += value;
            }
        }
        let count = tokens.len().max(1) as f32;
        mean.iter_mut().for_each(|sum| *sum /= count);
    });
    out
}

/// Adds what follows for the table from the gradients of [`means`].
pub(crate) fn add_gradients(table: &mut Parameter, texts: &[Vec<u32>], gradients: &[f32]) {
    let of_texts = texts.iter().zip(gradients.chunks_exact(table.cols()));
    let shares: Vec<f32> = of_texts
        .flat_map(|(tokens, gradient)| {
            let share = 1.0 / tokens.len().max(1) as f32;
            gradient.iter().map(move |value| share * value)
        })
        .collect();
    let rows: Vec<(u32, u32)> = (0u32..)
        .zip(texts)
        .flat_map(|(text, tokens)| tokens.iter().map(move |token| (*token, text)))
        .collect();
    table.add_row_gradients(&rows, &shares);
}

/// A draw from the standard normal distribution (Box and Muller, Annals of Mathematical Statistics 1958).
fn normal(random: &mut Random) -> f64 {
    // 1 - u is never 0, so the logarithm is finite.
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}
