//! The rows of a text's tokens to its embedding: their mean, or the first row; then to unit length, if asked.

use crate::kernels::pack::Pack;

use crate::transformer::options::Pooling;

/// Shortest length that an embedding is divided by, as in `torch.nn.functional.normalize`.
const MIN_LENGTH: f32 = 1e-12;

/// How a text's rows become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pooler {
    pub pooling: Pooling,
    pub normalize: bool,
}

/// What the backward pass needs.
pub(crate) struct PoolTape {
    embeddings: Vec<f32>,
    /// The length of each text's pooled row.
    lengths: Vec<f32>,
}

impl Pooler {
    /// The embeddings [texts × cols] of rows [tokens × cols].
    pub(crate) fn forward(self, pack: &Pack, rows: &[f32], cols: usize) -> (Vec<f32>, PoolTape) {
        let mut embeddings = vec![0.0; pack.texts() * cols];
        let mut lengths = Vec::with_capacity(pack.texts());
        for (range, out) in pack.rows().zip(embeddings.chunks_exact_mut(cols)) {
            let share = 1.0 / range.len() as f32;
            let rows = &rows[range.start * cols..range.end * cols];
            match self.pooling {
                Pooling::Cls => out.copy_from_slice(&rows[..cols]),
                Pooling::Mean => {
                    for row in rows.chunks_exact(cols) {
                        out.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                    }
                    out.iter_mut().for_each(|sum| *sum *= share);
                }
            }
            let length = length(out).max(MIN_LENGTH);
            lengths.push(length);
            if self.normalize {
                out.iter_mut().for_each(|value| *value /= length);
            }
        }
        (embeddings.clone(), PoolTape { embeddings, lengths })
    }

    /// The gradient of the rows from that of the embeddings.
    ///
    /// With e = v / |v|: ∂v = (∂e - e (e · ∂e)) / |v|.
    pub(crate) fn backward(
        self,
        pack: &Pack,
        tape: &PoolTape,
        gradient: &[f32],
        cols: usize,
    ) -> Vec<f32> {
        let mut out = vec![0.0; pack.tokens().len() * cols];
        let texts = tape.embeddings.chunks_exact(cols).zip(&tape.lengths);
        let texts = texts.zip(gradient.chunks_exact(cols)).zip(pack.rows());
        for (((embedding, length), gradient), range) in texts {
            let mut pooled = gradient.to_vec();
            if self.normalize {
                let along: f64 =
                    embedding.iter().zip(gradient).map(|(e, g)| f64::from(e * g)).sum();
                for (pooled, e) in pooled.iter_mut().zip(embedding) {
                    *pooled = (*pooled - e * along as f32) / length;
                }
            }
            let share = 1.0 / range.len() as f32;
            let rows = &mut out[range.start * cols..range.end * cols];
            match self.pooling {
                Pooling::Cls => rows[..cols].copy_from_slice(&pooled),
                Pooling::Mean => {
                    for row in rows.chunks_exact_mut(cols) {
                        row.iter_mut().zip(&pooled).for_each(|(row, value)| *row = value * share);
                    }
                }
            }
        }
        out
    }
}

fn length(values: &[f32]) -> f32 {
    values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt() as f32
}
