//! A tensor of a model: its numbers, and while it is trained its moments and the gradient held for it.
//!
//! The gradient of a table is kept by rows ([`crate::rows`]), that of what every text passes through as a whole. One
//! that is frozen has neither moments nor a gradient: it costs what its numbers take.

use std::borrow::Cow;
use std::fmt::{self, Debug, Formatter};

use crate::buffers::Buffer;
use crate::low_rank::LowRank;
use crate::rows::RowGradients;
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
    /// Whether steps move it; if not, it takes no gradient.
    pub trainable: bool,
    /// The numbers, row by row.
    pub values: Vec<f32>,
    /// Running means of the gradient; empty if it is frozen.
    pub first: Vec<f32>,
    /// Running means of the squared gradient; empty if it is frozen.
    pub second: Vec<f32>,
    /// What products add to it.
    pub low_rank: Option<LowRank>,
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
    /// Of the rows that have one.
    Rows(RowGradients),
    /// Of every number.
    Whole(Buffer),
}

/// What a step moves of a parameter, or of a part of it: numbers, and the moments of each.
pub(crate) struct Moving<'a> {
    pub values: &'a mut [f32],
    pub first: &'a mut [f32],
    pub second: &'a mut [f32],
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
            low_rank: None,
            gradient: Gradient::Whole(Buffer::default()),
        }
    }

    /// A table, of whose rows few have a gradient at a time.
    pub(crate) fn table(name: impl Into<String>, shape: [usize; 2], values: Vec<f32>) -> Self {
        let whole = Self::new(name, &shape, true, values);
        Self { gradient: Gradient::Rows(RowGradients::new(shape[1])), ..whole }
    }

    /// Makes it one that no step moves.
    pub(crate) fn freeze(&mut self) {
        self.trainable = false;
        self.first = Vec::new();
        self.second = Vec::new();
        self.gradient = match &self.gradient {
            Gradient::Rows(_) => Gradient::Rows(RowGradients::new(self.cols())),
            Gradient::Whole(_) => Gradient::Whole(Buffer::default()),
        };
    }

    /// Its numbers under its name, to write.
    pub(crate) fn named(&self) -> Named<'_> {
        Named::new(&self.name, &self.shape, &self.values)
    }

    /// The numbers that products use: its own, with what stands beside it in the same list.
    pub(crate) fn effective(&self, list: &[Self]) -> Cow<'_, [f32]> {
        match &self.low_rank {
            None => Cow::Borrowed(&self.values),
            Some(low_rank) => Cow::Owned(low_rank.merged(self, list)),
        }
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

    /// Adds rows of `values` to the gradient, for each (row, from) the row `from` to that of the table's row `row`; those
    /// of one row in the order given.
    pub(crate) fn add_row_gradients(&mut self, shares: &[(u32, u32)], values: &[f32]) {
        if !self.trainable {
            return;
        }
        let (cols, all) = (self.cols(), self.values.len());
        match &mut self.gradient {
            Gradient::Rows(rows) => rows.add(all / cols, shares, values),
            Gradient::Whole(whole) => {
                if whole.is_empty() {
                    *whole = vec![0.0; all].into();
                }
                for (row, from) in shares {
                    let sums = &mut whole[*row as usize * cols..][..cols];
                    let values = &values[*from as usize * cols..][..cols];
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                }
            }
        }
    }

    /// Adds a gradient for every number.
    pub(crate) fn add_gradient(&mut self, values: impl Into<Buffer>) {
        if !self.trainable {
            return;
        }
        match &mut self.gradient {
            Gradient::Whole(whole) if whole.is_empty() => *whole = values.into(),
            Gradient::Whole(whole) => {
                whole.iter_mut().zip(&*values.into()).for_each(|(sum, value)| *sum += value);
            }
            Gradient::Rows(rows) => {
                let height = self.values.len() / rows.cols();
                let all: Vec<(u32, u32)> = (0..height as u32).map(|row| (row, row)).collect();
                rows.add(height, &all, &values.into());
            }
        }
    }

    /// Sets the moments to zero.
    pub(crate) fn forget_moments(&mut self) {
        // New ones, for zeros that nobody has touched take no memory.
        self.first = vec![0.0; self.first.len()];
        self.second = vec![0.0; self.second.len()];
    }

    /// The gradient held.
    pub(crate) fn gradient(&self) -> &Gradient {
        &self.gradient
    }

    /// What a step moves, and the gradient that it follows.
    pub(crate) fn moving(&mut self) -> (Moving<'_>, &mut Gradient) {
        let Self { values, first, second, gradient, .. } = self;
        (Moving { values, first, second }, gradient)
    }
}

impl Gradient {
    /// The rows that have a gradient, each `cols` long, ascending.
    pub(crate) fn rows(&self, cols: usize) -> std::vec::IntoIter<(u32, &[f32])> {
        let rows: Vec<_> = match self {
            Self::Rows(rows) => rows.ascending(),
            Self::Whole(whole) => (0..).zip(whole.chunks_exact(cols)).collect(),
        };
        rows.into_iter()
    }

    /// Forgets it.
    pub(crate) fn clear(&mut self) {
        match self {
            Self::Rows(rows) => rows.clear(),
            // Whoever adds the next one brings its buffer.
            Self::Whole(whole) => *whole = Buffer::default(),
        }
    }
}
