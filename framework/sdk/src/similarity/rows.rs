//! Embeddings as they are compared.
//!
//! The cosine is the dot product of directions û = x / max(‖x‖, ε), ε = 1e-8 as in PyTorch's `cosine_similarity`.
//! With g = ∂L/∂û, ∂L/∂x = (g − û(û·g)) / ‖x‖. Below ε, where a direction means nothing and 1/‖x‖ would explode, the
//! gradient is zero.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::views::{Matrix, MatrixMut};

const SMALLEST_NORM: f64 = 1e-8;

/// Independent sums of a dot product: as many as let the processor work on several at once.
const LANES: usize = 8;

/// How two embeddings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Similarity {
    /// The cosine of the angle between them.
    Cosine,
    /// Their dot product.
    Dot,
}

/// The rows of a matrix, ready to be compared by their dot products.
#[derive(Debug, Clone)]
pub struct Compared {
    values: Vec<f64>,
    rows: usize,
    dim: usize,
    /// Lengths of the embeddings, where only directions are compared.
    norms: Option<Vec<f64>>,
}

impl Compared {
    /// Takes the rows in; `what` names one of them in an error.
    ///
    /// # Errors
    /// If a number is not finite.
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
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.dim..(row + 1) * self.dim]
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The rows one after another.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// The similarity of a row to one of `other`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn similarity(&self, row: usize, other: &Self, other_row: usize) -> f64 {
        dot(self.row(row), other.row(other_row))
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
#[derive(Debug, Clone)]
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
    ///
    /// # Panics
    /// If there is no such row.
    pub fn add(&mut self, row: usize, slope: f64, other: &[f64]) {
        add_scaled(&mut self.sums[row * self.dim..(row + 1) * self.dim], slope, other);
    }

    /// The sums one after another.
    pub(super) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.sums
    }

    /// Writes the gradients of the embeddings.
    pub fn write(mut self, of: &Compared, gradients: &mut MatrixMut<'_>) {
        for row in 0..of.rows {
            let gradient = &mut self.sums[row * of.dim..(row + 1) * of.dim];
            of.pull_back(row, gradient);
            for (out, value) in gradients.row_mut(row).iter_mut().zip(gradient) {
                *out = *value as f32;
            }
        }
    }
}

/// The dot product of two rows.
fn dot(a: &[f64], b: &[f64]) -> f64 {
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
