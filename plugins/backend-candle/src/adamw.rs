//! AdamW (Loshchilov and Hutter: Decoupled Weight Decay Regularization, ICLR 2019), lazy on the rows of tables.
//!
//! Rows of a table without a gradient are left alone: neither moments nor decay touch them, as in
//! `torch.optim.SparseAdam`, and the bias correction is by the number of all steps, as there. Where every row has a
//! gradient this is `torch.optim.AdamW`, and the gradient is clipped as by `torch.nn.utils.clip_grad_norm_`. Epsilon
//! stands where AdamW has it, after the bias correction; SparseAdam adds it before, which differs for the smallest
//! gradients.
//!
//! The optimiser is written here because a run that resumes must go on in the same bytes, which needs the moments
//! and the count of steps; the library's keeps them to itself.

use rayon::prelude::*;
use triglot_sdk::{Error, Result, Step};

use crate::options::OptimizerOptions;
use crate::parameter::{Gradient, Parameter};
use crate::simd::vectorised;

/// Numbers that one thread moves at a time.
const PART: usize = 1 << 14;

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

/// The Euclidean norm of all gradients, in the order of parameters and rows.
fn gradient_norm(parameters: &[&mut Parameter]) -> Result<f64> {
    let mut squares = 0.0;
    for parameter in parameters {
        for (row, gradient) in parameter.gradient().rows(parameter.cols()) {
            let square = square(gradient);
            if !square.is_finite() {
                return Err(Error::failed(format!(
                    "the gradient of `{}`, row {row}, is not finite; no parameter was changed",
                    parameter.name
                )));
            }
            squares += square;
        }
    }
    Ok(squares.sqrt())
}

/// The Euclidean norm of the gradient that one parameter holds.
pub(crate) fn gradient_norm_of(parameter: &Parameter) -> f64 {
    let rows = parameter.gradient().rows(parameter.cols());
    rows.map(|(_, gradient)| square(gradient)).sum::<f64>().sqrt()
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
        let cols = parameter.cols();
        match parameter.take_gradient() {
            Gradient::Rows(rows) => {
                for (row, gradient) in rows {
                    let range = row as usize * cols..(row as usize + 1) * cols;
                    let values = &mut parameter.values[range.clone()];
                    let first = &mut parameter.first[range.clone()];
                    self.apply_part(keep, values, first, &mut parameter.second[range], &gradient);
                }
            }
            Gradient::Whole(gradient) => {
                let values = parameter.values.par_chunks_mut(PART);
                let moments = parameter.first.par_chunks_mut(PART);
                let moments = moments.zip(parameter.second.par_chunks_mut(PART));
                let parts = values.zip(moments).zip(gradient.par_chunks(PART));
                parts.for_each(|((values, (first, second)), gradient)| {
                    self.apply_part(keep, values, first, second, gradient);
                });
            }
        }
    }

    fn apply_part(
        &self,
        keep: f32,
        values: &mut [f32],
        first: &mut [f32],
        second: &mut [f32],
        gradient: &[f32],
    ) {
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
    fn three_steps_end_where_pytorch_ends() {
        let golden: Golden =
            serde_json::from_str(include_str!("../tests/golden/adamw.json")).unwrap();
        for case in golden.cases {
            let options = OptimizerOptions {
                beta1: golden.beta1,
                beta2: golden.beta2,
                epsilon: case.epsilon,
            };
            let mut adamw = AdamW::new(options, 0);
            let mut parameters: Vec<Parameter> = case
                .parameters
                .into_iter()
                .map(|p| match p.shape[..] {
                    [rows, cols] if case.name == "sparse" => {
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
                        parameter.add_row_gradient(row, 1.0, &values);
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

    #[test]
    fn a_gradient_that_is_not_finite_names_its_parameter_and_changes_nothing() {
        let mut adamw = AdamW::new(OptimizerOptions::default(), 3);
        let mut sound = Parameter::new("sound", &[2], true, vec![1.0, 2.0]);
        let mut broken = Parameter::new("broken", &[2, 1], true, vec![1.0, 2.0]);
        sound.add_row_gradient(0, 1.0, &[1.0, 1.0]);
        broken.add_row_gradient(1, 1.0, &[f32::NAN]);
        let before = sound.clone();
        let step = Step { learning_rate: 0.1, weight_decay: 0.1, clip: Some(1.0) };
        let error = adamw.step(vec![&mut sound, &mut broken], step).unwrap_err();
        assert!(error.message().contains("`broken`, row 1"), "{}", error.message());
        assert_eq!((sound, broken.values, adamw.steps), (before, vec![1.0, 2.0], 3));
    }
}
