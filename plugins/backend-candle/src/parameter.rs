//! A trainable tensor with its moments and the gradient held for it.
//!
//! The gradient of a table is kept by rows: a batch touches a few thousand rows of one that may have hundreds of
//! thousands, and a gradient of the table's size would cost more than the rest of the step. What every text passes
//! through has a whole gradient.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};

use crate::tensors::Named;

/// A named tensor.
#[derive(Clone, PartialEq)]
pub(crate) struct Parameter {
    /// The name that it has in files.
    pub name: String,
    /// Its shape in files.
    pub shape: Vec<usize>,
    /// Whether weight decay applies; by custom neither to biases nor to the weights of a normalisation.
    pub decays: bool,
    /// Whether it is trained; what is not holds no gradient and does not move.
    pub trainable: bool,
    /// The numbers, row by row.
    pub values: Vec<f32>,
    /// Running means of the gradient.
    pub first: Vec<f32>,
    /// Running means of the squared gradient.
    pub second: Vec<f32>,
    gradient: Gradient,
}

/// Millions of numbers help no reader.
impl Debug for Parameter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.shape)
    }
}

/// The gradient held; empty if there is none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Gradient {
    /// Of the rows that have one, ascending.
    Rows(BTreeMap<u32, Vec<f32>>),
    /// Of every number.
    Whole(Vec<f32>),
}

impl Parameter {
    /// A parameter of these values, with moments of zero.
    pub(crate) fn new(
        name: impl Into<String>,
        shape: &[usize],
        decays: bool,
        values: Vec<f32>,
    ) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        Self {
            name: name.into(),
            shape: shape.to_vec(),
            decays,
            trainable: true,
            first: vec![0.0; values.len()],
            second: vec![0.0; values.len()],
            values,
            gradient: Gradient::Whole(Vec::new()),
        }
    }

    /// A table, of whose rows few have a gradient at a time.
    pub(crate) fn table(name: impl Into<String>, shape: [usize; 2], values: Vec<f32>) -> Self {
        let whole = Self::new(name, &shape, true, values);
        Self { gradient: Gradient::Rows(BTreeMap::new()), ..whole }
    }

    /// Its numbers under its name, to write.
    pub(crate) fn named(&self) -> Named<'_> {
        Named::new(&self.name, &self.shape, &self.values)
    }

    /// Whether its gradient is kept by rows.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.gradient, Gradient::Rows(_))
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

    /// Adds `scale` · `values` to the gradient of a row; nothing if it is not trained.
    pub(crate) fn add_row_gradient(&mut self, row: u32, scale: f32, values: &[f32]) {
        if !self.trainable {
            return;
        }
        let (cols, all) = (self.cols(), self.values.len());
        let gradient = match &mut self.gradient {
            Gradient::Rows(rows) => rows.entry(row).or_insert_with(|| vec![0.0; cols]),
            Gradient::Whole(whole) => {
                whole.resize(all, 0.0);
                &mut whole[row as usize * cols..][..cols]
            }
        };
        for (sum, value) in gradient.iter_mut().zip(values) {
            *sum += scale * value;
        }
    }

    /// Adds a gradient for every number; nothing if it is not trained.
    pub(crate) fn add_gradient(&mut self, values: Vec<f32>) {
        if !self.trainable {
            return;
        }
        match &mut self.gradient {
            Gradient::Whole(whole) if whole.is_empty() => *whole = values,
            Gradient::Whole(whole) => {
                whole.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            Gradient::Rows(_) => {
                let cols = self.cols();
                for (row, values) in (0..).zip(values.chunks_exact(cols)) {
                    self.add_row_gradient(row, 1.0, values);
                }
            }
        }
    }

    /// Sets the moments to zero.
    pub(crate) fn forget_moments(&mut self) {
        self.first.fill(0.0);
        self.second.fill(0.0);
    }

    /// The gradient held.
    pub(crate) fn gradient(&self) -> &Gradient {
        &self.gradient
    }

    /// Forgets the gradient and returns it.
    pub(crate) fn take_gradient(&mut self) -> Gradient {
        let none = match &self.gradient {
            Gradient::Rows(_) => Gradient::Rows(BTreeMap::new()),
            Gradient::Whole(_) => Gradient::Whole(Vec::new()),
        };
        std::mem::replace(&mut self.gradient, none)
    }
}

impl Gradient {
    /// The rows that have a gradient, each `cols` long, ascending.
    pub(crate) fn rows(&self, cols: usize) -> Box<dyn Iterator<Item = (u32, &[f32])> + '_> {
        match self {
            Self::Rows(rows) => {
                Box::new(rows.iter().map(|(row, values)| (*row, values.as_slice())))
            }
            Self::Whole(whole) => Box::new((0..).zip(whole.chunks_exact(cols))),
        }
    }
}
