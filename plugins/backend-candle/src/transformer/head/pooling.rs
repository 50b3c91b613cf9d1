//! The rows of a text's tokens to one row, and back, as the `Pooling` of sentence-transformers has it. Several poolings
//! stand side by side, each as wide as a row.

use crate::kernels::pack::Pack;
use crate::transformer::options::Pooling;

/// Which row each maximum is from; nothing else needs to be remembered.
#[derive(Debug, Default)]
pub(crate) struct PoolTape {
    /// For every text and every pooling by maximum, the row of each column.
    largest: Vec<u32>,
}

/// How rows are added up: the weight of each by its position, and what the sum is multiplied by.
#[derive(Clone, Copy)]
struct Sum {
    by_position: bool,
    scale: f32,
}

impl Sum {
    /// The sum that a pooling of so many rows is, if it is one.
    fn of(pooling: Pooling, rows: usize) -> Option<Self> {
        let count = rows as f32;
        match pooling {
            Pooling::Mean => Some(Self { by_position: false, scale: 1.0 / count }),
            Pooling::MeanSqrtLen => Some(Self { by_position: false, scale: 1.0 / count.sqrt() }),
            // Weights 1, 2, …, n have the sum n (n + 1) / 2 (Muennighoff: SGPT, arXiv 2202.08904, section 3.1).
            Pooling::WeightedMean => {
                Some(Self { by_position: true, scale: 2.0 / (count * (count + 1.0)) })
            }
            Pooling::Cls | Pooling::Pooler | Pooling::Max | Pooling::Last => None,
        }
    }

    fn weight(self, position: usize) -> f32 {
        if self.by_position { (position + 1) as f32 } else { 1.0 }
    }
}

/// The pooled rows [texts × poolings · cols] of rows [tokens × cols].
pub(crate) fn forward(
    poolings: &[Pooling],
    pack: &Pack,
    rows: &[f32],
    cols: usize,
) -> (Vec<f32>, PoolTape) {
    let mut pooled = vec![0.0; pack.texts() * poolings.len() * cols];
    let mut tape = PoolTape::default();
    let mut outs = pooled.chunks_exact_mut(cols);
    for range in pack.rows() {
        let rows = &rows[range.start * cols..range.end * cols];
        for (pooling, out) in poolings.iter().zip(&mut outs) {
            pool(*pooling, rows, out, &mut tape);
        }
    }
    (pooled, tape)
}

fn pool(pooling: Pooling, rows: &[f32], out: &mut [f32], tape: &mut PoolTape) {
    let cols = out.len();
    let mut each = rows.chunks_exact(cols);
    if let Some(sum) = Sum::of(pooling, each.len()) {
        for (position, row) in each.enumerate() {
            let weight = sum.weight(position);
            out.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
        out.iter_mut().for_each(|value| *value *= sum.scale);
        return;
    }
    let chosen = if pooling == Pooling::Last { each.next_back() } else { each.next() };
    if let Some(row) = chosen {
        out.copy_from_slice(row);
    }
    if pooling == Pooling::Max {
        let start = tape.largest.len();
        tape.largest.resize(start + cols, 0);
        for (position, row) in (1..).zip(each) {
            let largest = out.iter_mut().zip(&mut tape.largest[start..]);
            for ((out, at), value) in largest.zip(row) {
                // A NaN stays, so that it is seen.
                if *value > *out || value.is_nan() {
                    (*out, *at) = (*value, position);
                }
            }
        }
    }
}

/// The gradient of the rows [tokens × cols] from that of the pooled ones.
///
/// Of several rows that have the maximum the first gets the whole gradient, as in `torch.max` over a dimension.
pub(crate) fn backward(
    poolings: &[Pooling],
    pack: &Pack,
    tape: &PoolTape,
    gradient: &[f32],
    cols: usize,
) -> Vec<f32> {
    let mut out = vec![0.0; pack.tokens().len() * cols];
    let mut gradients = gradient.chunks_exact(cols);
    let mut largest = tape.largest.chunks_exact(cols);
    for range in pack.rows() {
        let rows = &mut out[range.start * cols..range.end * cols];
        for (pooling, gradient) in poolings.iter().zip(&mut gradients) {
            if *pooling == Pooling::Max {
                let at = largest.next().unwrap_or_default();
                for (col, (at, gradient)) in at.iter().zip(gradient).enumerate() {
                    rows[*at as usize * cols + col] += gradient;
                }
            } else {
                of_rows(*pooling, rows, gradient);
            }
        }
    }
    out
}

/// Adds the gradient of a text's rows.
fn of_rows(pooling: Pooling, rows: &mut [f32], gradient: &[f32]) {
    let mut each = rows.chunks_exact_mut(gradient.len());
    if let Some(sum) = Sum::of(pooling, each.len()) {
        for (position, row) in each.enumerate() {
            let share = sum.weight(position) * sum.scale;
            row.iter_mut().zip(gradient).for_each(|(row, value)| *row += value * share);
        }
        return;
    }
    let chosen = if pooling == Pooling::Last { each.next_back() } else { each.next() };
    if let Some(row) = chosen {
        row.iter_mut().zip(gradient).for_each(|(row, value)| *row += value);
    }
}
