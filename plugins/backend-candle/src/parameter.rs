//! A trainable matrix with its moments and the gradient held for it.
//!
//! The gradient is kept by rows: a batch touches a few thousand rows of a table that may have hundreds of
//! thousands, and a gradient of the table's size would cost more than the rest of the step. A layer that every text
//! passes through simply has a gradient for each of its rows.

use std::collections::BTreeMap;

/// A named matrix, or a vector, which is one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    /// The name that it has in files, which is the one that sentence-transformers uses.
    pub name: &'static str,
    /// Its shape in files.
    pub shape: Vec<usize>,
    /// Whether weight decay applies; by custom not to biases.
    pub decays: bool,
    /// The numbers, row by row.
    pub values: Vec<f32>,
    /// Running means of the gradient.
    pub first: Vec<f32>,
    /// Running means of the squared gradient.
    pub second: Vec<f32>,
    gradient: BTreeMap<u32, Vec<f32>>,
}

impl Parameter {
    /// A new parameter of these values, with moments of zero.
    pub(crate) fn new(name: &'static str, shape: &[usize], decays: bool, values: Vec<f32>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        Self {
            name,
            shape: shape.to_vec(),
            decays,
            first: vec![0.0; values.len()],
            second: vec![0.0; values.len()],
            values,
            gradient: BTreeMap::new(),
        }
    }

    /// Length of a row.
    pub(crate) fn cols(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// Row `row`.
    pub(crate) fn row(&self, row: u32) -> &[f32] {
        let start = row as usize * self.cols();
        &self.values[start..start + self.cols()]
    }

    /// Adds `scale` · `values` to the gradient of a row.
    pub(crate) fn add_gradient(&mut self, row: u32, scale: f32, values: &[f32]) {
        let cols = self.cols();
        let gradient = self.gradient.entry(row).or_insert_with(|| vec![0.0; cols]);
        for (sum, value) in gradient.iter_mut().zip(values) {
            *sum += scale * value;
        }
    }

    /// Adds a gradient for every row.
    pub(crate) fn add_whole_gradient(&mut self, values: &[f32]) {
        let cols = self.cols();
        for (row, values) in (0..).zip(values.chunks_exact(cols)) {
            self.add_gradient(row, 1.0, values);
        }
    }

    /// The gradient held, by rows, ascending.
    pub(crate) fn gradient(&self) -> &BTreeMap<u32, Vec<f32>> {
        &self.gradient
    }

    /// Forgets the gradient and returns it.
    pub(crate) fn take_gradient(&mut self) -> BTreeMap<u32, Vec<f32>> {
        std::mem::take(&mut self.gradient)
    }
}
