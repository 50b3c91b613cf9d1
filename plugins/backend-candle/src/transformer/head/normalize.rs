//! Embeddings to unit length, and back.

/// Shortest length that an embedding is divided by, as in `torch.nn.functional.normalize`.
const MIN_LENGTH: f32 = 1e-12;

/// What the backward pass needs.
#[derive(Debug)]
pub(crate) struct NormalizeTape {
    embeddings: Vec<f32>,
    /// The length that each was divided by.
    lengths: Vec<f32>,
}

/// Rows [texts × cols], each divided by its length.
pub(crate) fn forward(mut rows: Vec<f32>, cols: usize) -> (Vec<f32>, NormalizeTape) {
    let mut lengths = Vec::with_capacity(rows.len() / cols);
    for row in rows.chunks_exact_mut(cols) {
        let length = length(row).max(MIN_LENGTH);
        lengths.push(length);
        row.iter_mut().for_each(|value| *value /= length);
    }
    (rows.clone(), NormalizeTape { embeddings: rows, lengths })
}

/// The gradient of the rows from that of the embeddings.
///
/// With e = v / |v|: ∂v = (∂e - e (e · ∂e)) / |v|.
pub(crate) fn backward(tape: &NormalizeTape, mut gradient: Vec<f32>, cols: usize) -> Vec<f32> {
    let texts = tape.embeddings.chunks_exact(cols).zip(&tape.lengths);
    for (gradient, (embedding, length)) in gradient.chunks_exact_mut(cols).zip(texts) {
        let along: f64 = embedding.iter().zip(&*gradient).map(|(e, g)| f64::from(e * g)).sum();
        for (gradient, e) in gradient.iter_mut().zip(embedding) {
            *gradient = (*gradient - e * along as f32) / length;
        }
    }
    gradient
}

fn length(values: &[f32]) -> f32 {
    values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt() as f32
}
