//! AdamW (Loshchilov and Hutter: Decoupled Weight Decay Regularization, ICLR 2019).
//!
//! With gradient g, clipped as by `torch.nn.utils.clip_grad_norm_`, step t, rate η and decay λ:
//!
//! ```text
//! m ← β₁ m + (1 - β₁) g          θ ← θ (1 - η λ) - η / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
//! v ← β₂ v + (1 - β₂) g²
//! ```
//!
//! This is `torch.optim.AdamW`, and of a table so too where updates are dense. They are lazy unless an option says
//! otherwise: rows without a gradient are left alone, as by `torch.optim.SparseAdam`, for a pass over a table of 250,000
//! rows takes longer than the rest of a step. A row that is absent for k steps and then returns differs in three ways
//! from one under dense updates:
//!
//! * it has not moved meanwhile, where a dense one goes on by what is left of m, a sum of η β₁ʲ m/√v over j = 1 to k;
//! * its moments are what they were, where dense ones are β₁ᵏ m and β₂ᵏ v, so that its old gradients count for more;
//! * it has not decayed, where a dense one is smaller by (1 - η λ)ᵏ.
//!
//! How far that leads: e5-small with a vocabulary of 43,678, trained for 60 steps on SQuAD pairs in five languages (batches
//! of 16 pairs, rate 5e-5, dropout off), moves its table by 0.12 lazily (7,268 rows) and by 0.32 densely (all of them), the
//! two 0.23 apart in Euclidean norm; the last layer's output matrix ends 0.0008 apart, of 0.25 that it moved, and no loss
//! differs by more than 0.0042.
//!
//! The bias correction is by the number of all steps in either case. Epsilon stands where AdamW has it, after the bias
//! correction; SparseAdam adds it before, which differs for the smallest gradients. A parameter that no gradient has
//! reached is left alone in either case, as PyTorch does with one whose `grad` is None.
//!
//! The optimiser is written here because a run that resumes must go on in the same bytes, which needs the moments
//! and the count of steps; the library's keeps them to itself.

use rayon::prelude::*;
use triglot_sdk::{Error, Result, Step};

use crate::options::{EmbeddingUpdates, OptimizerOptions};
use crate::parameter::{Gradient, Moving, Parameter};
use crate::rows::RowGradients;
use crate::simd::vectorised;

/// Numbers that one thread moves at a time.
const PART: usize = 1 << 14;
/// Rows that one thread moves at a time, at least.
const ROWS: usize = 32;

/// The optimiser's own state; the moments lie with their parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AdamW {
    options: OptimizerOptions,
    /// Steps taken.
    pub steps: u64,
}

impl AdamW {
    /// An optimiser that has taken `steps` steps.
    pub(crate) fn new(options: OptimizerOptions, steps: u64) -> Self {
        Self { options, steps }
    }

    /// Moves the parameters by the gradients they hold, and clears those; returns the Euclidean norm of the whole
    /// gradient before clipping. On an error nothing has changed.
    pub(crate) fn step(&mut self, mut parameters: Vec<&mut Parameter>, step: Step) -> Result<f64> {
        let gradient_norm = gradient_norm(&parameters)?;
        // The small number is PyTorch's, and keeps the quotient finite.
        let clip = match step.clip {
            Some(largest) => (largest / (gradient_norm + 1e-6)).min(1.0),
            None => 1.0,
        };
        self.steps += 1;
        let update = Update::new(self.options, step, self.steps, clip);
        parameters.iter_mut().for_each(|parameter| update.apply(parameter));
        Ok(gradient_norm)
    }
}

/// The Euclidean norm of all gradients, added up in the order of parameters and rows.
fn gradient_norm(parameters: &[&mut Parameter]) -> Result<f64> {
    let mut sum = 0.0;
    for parameter in parameters {
        for (row, square) in squares(parameter) {
            if !square.is_finite() {
                return Err(Error::failed(format!(
                    "the gradient of `{}`, row {row}, is not finite; no parameter was changed",
                    parameter.name
                )));
            }
            sum += square;
        }
    }
    Ok(sum.sqrt())
}

/// The Euclidean norm of the gradient that one parameter holds.
pub(crate) fn gradient_norm_of(parameter: &Parameter) -> f64 {
    squares(parameter).iter().map(|(_, square)| square).sum::<f64>().sqrt()
}

/// The squared norm of every row that has a gradient, ascending.
fn squares(parameter: &Parameter) -> Vec<(u32, f64)> {
    let rows = parameter.gradient().rows(parameter.cols());
    let rows = rows.as_slice().par_iter().with_min_len(ROWS);
    rows.map(|(row, gradient)| (*row, square(gradient))).collect()
}

/// The sum of squares, in eight interleaved parts that a vector unit adds at once.
fn square(values: &[f32]) -> f64 {
    vectorised(
        #[inline(always)]
        || {
            let mut sums = [0.0f64; 8];
            let (eights, rest) = values.as_chunks::<8>();
            for eight in eights {
                for (sum, value) in sums.iter_mut().zip(eight) {
                    *sum += f64::from(*value) * f64::from(*value);
                }
            }
            sums.iter().sum::<f64>() + rest.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>()
        },
    )
}

/// The numbers of one step.
struct Update {
    tables: EmbeddingUpdates,
    keep: f32,
    clip: f32,
    /// A beta with what it leaves for the new gradient, subtracted in `f64`: 1 - 0.999 in `f32` is 1e-5 off.
    first: (f32, f32),
    second: (f32, f32),
    step_size: f32,
    second_correction: f32,
    epsilon: f32,
}

impl Update {
    fn new(options: OptimizerOptions, step: Step, steps: u64, clip: f64) -> Self {
        let correction = |beta: f64| 1.0 - beta.powf(steps as f64);
        Self {
            tables: options.embedding_updates,
            keep: (1.0 - step.learning_rate * step.weight_decay) as f32,
            clip: clip as f32,
            first: (options.beta1 as f32, (1.0 - options.beta1) as f32),
            second: (options.beta2 as f32, (1.0 - options.beta2) as f32),
            step_size: (step.learning_rate / correction(options.beta1)) as f32,
            second_correction: correction(options.beta2).sqrt() as f32,
            epsilon: options.epsilon as f32,
        }
    }

    fn apply(&self, parameter: &mut Parameter) {
        let keep = if parameter.decays { self.keep } else { 1.0 };
        let (moving, gradient) = parameter.moving();
        match gradient {
            Gradient::Rows(rows) if rows.is_empty() => {}
            Gradient::Rows(rows) => match self.tables {
                EmbeddingUpdates::Lazy => self.apply_lazily(keep, moving, rows),
                EmbeddingUpdates::Dense => self.apply_densely(keep, moving, rows),
            },
            Gradient::Whole(gradient) => {
                let parts = parts(moving, PART).zip(gradient.par_chunks(PART));
                parts.for_each(|(part, gradient)| self.apply_part(keep, part, gradient));
            }
        }
        gradient.clear();
    }

    /// Moves the rows that have a gradient.
    fn apply_lazily(&self, keep: f32, table: Moving<'_>, gradients: &RowGradients) {
        let gradients = gradients.ascending();
        let carve = |numbers| carve(numbers, &gradients);
        let moments = carve(table.first).zip(carve(table.second));
        let rows = carve(table.values).zip(moments);
        let rows = rows.map(|(values, (first, second))| Moving { values, first, second });
        let rows: Vec<_> = rows.zip(&gradients).collect();
        let rows = rows.into_par_iter().with_min_len(ROWS);
        rows.for_each(|(row, (_, gradient))| self.apply_part(keep, row, gradient));
    }

    /// Moves all rows; the gradient of most is zero.
    fn apply_densely(&self, keep: f32, table: Moving<'_>, gradients: &RowGradients) {
        let none = vec![0.0; gradients.cols()];
        let rows = parts(table, gradients.cols()).enumerate().with_min_len(ROWS);
        rows.for_each(|(index, row)| {
            self.apply_part(keep, row, gradients.get(index).unwrap_or(&none));
        });
    }

    fn apply_part(&self, keep: f32, part: Moving<'_>, gradient: &[f32]) {
        let Moving { values, first, second } = part;
        vectorised(
            #[inline(always)]
            || {
                let moments = first.iter_mut().zip(second);
                for ((value, (first, second)), gradient) in
                    values.iter_mut().zip(moments).zip(gradient)
                {
                    let gradient = gradient * self.clip;
                    *first = self.first.0 * *first + self.first.1 * gradient;
                    *second = self.second.0 * *second + self.second.1 * gradient * gradient;
                    let root = second.sqrt() / self.second_correction + self.epsilon;
                    *value = *value * keep - self.step_size * *first / root;
                }
            },
        );
    }
}

/// Cuts what moves into parts of so many numbers.
fn parts(whole: Moving<'_>, size: usize) -> impl IndexedParallelIterator<Item = Moving<'_>> {
    let moments = whole.first.par_chunks_mut(size).zip(whole.second.par_chunks_mut(size));
    let parts = whole.values.par_chunks_mut(size).zip(moments);
    parts.map(|(values, (first, second))| Moving { values, first, second })
}

/// Cuts the rows that have a gradient out of a table's numbers, each to change on its own.
fn carve<'a>(
    mut numbers: &'a mut [f32],
    gradients: &[(u32, &[f32])],
) -> impl Iterator<Item = &'a mut [f32]> {
    let mut next = 0;
    gradients.iter().map(move |(row, gradient)| {
        let cols = gradient.len();
        let (_, rest) = std::mem::take(&mut numbers).split_at_mut((*row - next) as usize * cols);
        let (row_numbers, rest) = rest.split_at_mut(cols);
        (numbers, next) = (rest, *row + 1);
        row_numbers
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Golden {
        learning_rate: f64,
        beta1: f64,
        beta2: f64,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        name: String,
        epsilon: f64,
        weight_decay: f64,
        clip: Option<f64>,
        /// Whether its matrices are tables, and how those are updated.
        table: bool,
        updates: EmbeddingUpdates,
        parameters: Vec<Start>,
        steps: Vec<Taken>,
    }

    #[derive(Deserialize)]
    struct Start {
        shape: Vec<usize>,
        decays: bool,
        values: Vec<f32>,
    }

    #[derive(Deserialize)]
    struct Taken {
        gradients: Vec<BTreeMap<u32, Vec<f32>>>,
        norm: f64,
        values: Vec<Vec<f32>>,
    }

    #[test]
    fn every_step_ends_where_pytorch_ends() {
        let golden: Golden =
            serde_json::from_str(include_str!("../tests/golden/adamw.json")).unwrap();
        for case in golden.cases {
            let options = OptimizerOptions {
                beta1: golden.beta1,
                beta2: golden.beta2,
                epsilon: case.epsilon,
                embedding_updates: case.updates,
            };
            let mut adamw = AdamW::new(options, 0);
            let mut parameters: Vec<Parameter> = case
                .parameters
                .into_iter()
                .map(|p| match p.shape[..] {
                    [rows, cols] if case.table => {
                        Parameter::table("golden", [rows, cols], p.values)
                    }
                    _ => Parameter::new("golden", &p.shape, p.decays, p.values),
                })
                .collect();
            let step = Step {
                learning_rate: golden.learning_rate,
                weight_decay: case.weight_decay,
                clip: case.clip,
            };
            for taken in case.steps {
                for (parameter, gradient) in parameters.iter_mut().zip(taken.gradients) {
                    for (row, values) in gradient {
                        parameter.add_row_gradients(&[(row, 0)], &values);
                    }
                }
                let norm = adamw.step(parameters.iter_mut().collect(), step).unwrap();
                // PyTorch sums the norm in f32.
                assert!((norm / taken.norm - 1.0).abs() < 1e-6);
                for (parameter, expected) in parameters.iter().zip(&taken.values) {
                    for (found, expected) in parameter.values.iter().zip(expected) {
                        // A few roundings of numbers near 1.
                        assert!(
                            (found - expected).abs() < 5e-7,
                            "{}: {found} {expected}",
                            case.name
                        );
                    }
                }
            }
        }
    }

    /// A table of five rows after steps in which these rows have a gradient.
    fn trained(embedding_updates: EmbeddingUpdates, steps: &[&[u32]]) -> Parameter {
        let options = OptimizerOptions { embedding_updates, ..OptimizerOptions::default() };
        let mut adamw = AdamW::new(options, 0);
        let mut table = Parameter::table("t", [5, 2], (0..10).map(|i| i as f32 - 4.5).collect());
        let step = Step { learning_rate: 0.1, weight_decay: 0.1, clip: None };
        for rows in steps {
            let shares: Vec<(u32, u32)> = rows.iter().map(|row| (*row, *row)).collect();
            let gradient: Vec<f32> = (0..10).map(|i| (i as f32).cos()).collect();
            table.add_row_gradients(&shares, &gradient);
            adamw.step(vec![&mut table], step).unwrap();
        }
        table
    }

    #[test]
    fn rows_that_are_always_there_end_alike_under_both_updates_and_others_do_not() {
        let [lazy, dense] = [EmbeddingUpdates::Lazy, EmbeddingUpdates::Dense]
            .map(|updates| trained(updates, &[&[3, 0], &[0, 1], &[1, 0], &[0, 3]]));
        assert_eq!(lazy.row(0), dense.row(0), "always there");
        assert_ne!(lazy.row(1), dense.row(1), "decayed before it came");
        assert_ne!(lazy.row(3), dense.row(3), "moved on while it was away");
        assert_eq!(lazy.row(2), [-0.5, 0.5], "never there");
        let decayed = 0.5 * 0.99f32.powi(4);
        assert!((dense.row(2)[1] - decayed).abs() < 1e-6, "{:?}", dense.row(2));
    }

    #[test]
    fn a_gradient_that_is_not_finite_names_its_parameter_and_changes_nothing() {
        let mut adamw = AdamW::new(OptimizerOptions::default(), 3);
        let mut sound = Parameter::new("sound", &[2], true, vec![1.0, 2.0]);
        let mut broken = Parameter::new("broken", &[2, 1], true, vec![1.0, 2.0]);
        sound.add_gradient(vec![1.0, 1.0]);
        broken.add_row_gradients(&[(1, 0)], &[f32::NAN]);
        let before = sound.clone();
        let step = Step { learning_rate: 0.1, weight_decay: 0.1, clip: Some(1.0) };
        let error = adamw.step(vec![&mut sound, &mut broken], step).unwrap_err();
        assert!(error.message().contains("`broken`, row 1"), "{}", error.message());
        assert_eq!((sound, broken.values, adamw.steps), (before, vec![1.0, 2.0], 3));
    }
}
