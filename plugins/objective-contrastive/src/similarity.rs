//! Embeddings as they are compared, and the way back for gradients.
//!
//! The cosine is the dot product of directions û = x / max(‖x‖, ε), ε = 1e-8 as in PyTorch's `cosine_similarity`.
//! With g = ∂L/∂û, ∂L/∂x = (g − û(û·g)) / ‖x‖. Below ε, where a direction means nothing and 1/‖x‖ would explode, the
//! gradient is zero.
//!
//! Everything is summed in `f64`, in an order that depends on nothing but the sizes.

use triglot_sdk::{Error, Matrix, MatrixMut, Result};

use crate::options::Similarity;

const SMALLEST_NORM: f64 = 1e-8;

/// Independent sums of a dot product: as many as let the processor work on several at once.
const LANES: usize = 8;

/// The rows of a matrix, ready to be compared by their dot products.
pub struct Compared {
    values: Vec<f64>,
    rows: usize,
    dim: usize,
    /// Lengths of the embeddings, where only directions are compared.
    norms: Option<Vec<f64>>,
}

impl Compared {
    /// Takes the rows in; `what` names one of them in an error.
    pub fn new(embeddings: Matrix<'_>, similarity: Similarity, what: &str) -> Result<Self> {
        let dim = embeddings.cols();
        let mut values = Vec::with_capacity(embeddings.rows() * dim);
        for row in 0..embeddings.rows() {
            let embedding = embeddings.row(row);
            if let Some(column) = embedding.iter().position(|value| !value.is_finite()) {
                return Err(Error::failed(format!(
                    "the embedding of {what} {row} has {} in column {column}",
                    embedding[column]
                )));
            }
            values.extend(embedding.iter().map(|value| f64::from(*value)));
        }
        let mut compared = Self { values, rows: embeddings.rows(), dim, norms: None };
        if similarity == Similarity::Cosine {
            compared.norms =
                Some((0..embeddings.rows()).map(|row| compared.normalise(row)).collect());
        }
        Ok(compared)
    }

    /// What stands for row `row` in the dot product.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.dim..(row + 1) * self.dim]
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Turns the gradient of what stands for row `row` into that of its embedding.
    fn pull_back(&self, row: usize, gradient: &mut [f64]) {
        let Some(norms) = &self.norms else { return };
        let (direction, norm) = (self.row(row), norms[row]);
        if norm < SMALLEST_NORM {
            gradient.fill(0.0);
            return;
        }
        add_scaled(gradient, -dot(direction, gradient), direction);
        gradient.iter_mut().for_each(|value| *value /= norm);
    }

    /// Divides a row by its norm, and returns the norm.
    fn normalise(&mut self, row: usize) -> f64 {
        let values = &mut self.values[row * self.dim..(row + 1) * self.dim];
        let norm = dot(values, values).sqrt();
        let divisor = norm.max(SMALLEST_NORM);
        values.iter_mut().for_each(|value| *value /= divisor);
        norm
    }
}

/// The gradient of what stands for each row, as it is summed up.
pub struct GradientSum {
    sums: Vec<f64>,
    dim: usize,
}

impl GradientSum {
    /// Zero for every row.
    pub fn new(of: &Compared) -> Self {
        Self { sums: vec![0.0; of.rows * of.dim], dim: of.dim }
    }

    /// Adds `slope` × `other`, the slope of the loss at the dot product of row `row` with `other`.
    pub fn add(&mut self, row: usize, slope: f64, other: &[f64]) {
        add_scaled(self.row_mut(row), slope, other);
    }

    /// Writes the gradients of the embeddings.
    pub fn write(mut self, of: &Compared, gradients: &mut MatrixMut<'_>) {
        for row in 0..of.rows {
            let gradient = self.row_mut(row);
            of.pull_back(row, gradient);
            for (out, value) in gradients.row_mut(row).iter_mut().zip(gradient) {
                *out = *value as f32;
            }
        }
    }

    fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.sums[row * self.dim..(row + 1) * self.dim]
    }
}

/// The dot product of two rows.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// Adds `scale` × `row` to `sum`.
fn add_scaled(sum: &mut [f64], scale: f64, row: &[f64]) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += scale * value;
    }
}
