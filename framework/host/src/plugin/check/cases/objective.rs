//! What holds for objectives alone: gradients are those of the loss, may be unwanted, and an evaluation leaves no trace.

use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Loss, Objective, Trouble, Wanted};
use crate::plugin::check::material::{Embeddings, scattered};

/// The cases of objectives.
pub(super) const CASES: &[Case] = &[
    Case::of(
        Kind::Objective,
        "objective-gradient",
        "The gradients are the slopes of the loss, by central differences along random directions",
        gradient,
    ),
    Case::of(
        Kind::Objective,
        "objective-null-gradients",
        "Gradients that are not wanted, either or both, change neither the loss nor the other",
        null_gradients,
    ),
    Case::of(
        Kind::Objective,
        "objective-evaluation",
        "An evaluation leaves no trace: training goes on as if it had not been",
        evaluation,
    ),
];

/// Half the length of a step, in all numbers of the batch together. Its square, the error of a central difference, is
/// small against a slope of a smooth loss, and so are the digits that f32 loses: those cost 10⁻⁷ / step.
const STEP: f64 = 4e-3;
const DIRECTIONS: u64 = 33;
/// How far the gradient may be from the slopes, relative to its length.
const TOLERANCE: f64 = 0.02;
/// A gradient shorter than this, relative to the loss, says nothing.
const VANISHING: f64 = 1e-4;
/// Of a normal distribution, the median of the absolute value, in standard deviations.
const MEDIAN: f64 = 0.674_489_75;

fn gradient(lab: &Lab) -> Outcome {
    let objective = lab.objective()?;
    let mut told = false;
    for seed in 1..=3 {
        let raw = Embeddings::of(6, 8, seed);
        for (what, batch) in [("unit", of_unit_length(&raw)), ("unequal", raw.clone())] {
            let Some(error) = gradient_error(&objective, &batch)? else { continue };
            told = true;
            if error > TOLERANCE {
                return Ok(Verdict::Fail(format!(
                    "for embeddings of {what} length the gradient is off by {:.1} % of its length",
                    100.0 * error
                )));
            }
        }
    }
    Ok(match told {
        true => Verdict::PASS,
        false => Verdict::Warn("the gradient vanishes for every batch that was tried".into()),
    })
}

/// How far the gradient is from the slopes of the loss, relative to its length; `None` where both all but vanish.
///
/// An error e of the gradient in n numbers shows along a random direction d of unit length as e·d, whose standard
/// deviation is ‖e‖/√n. The median over directions tells that deviation; and where a loss has an edge (a hinge), which
/// few steps cross, it does not heed those.
fn gradient_error(objective: &Objective, batch: &Embeddings) -> Result<Option<f64>, Trouble> {
    let wanted = Wanted { training: false, ..Wanted::ALL };
    let found = objective.evaluate(batch, wanted)?;
    let gradients: Vec<f64> = [found.queries, found.passages]
        .into_iter()
        .flat_map(Option::unwrap_or_default)
        .map(f64::from)
        .collect();
    let (mut errors, mut slopes) = (Vec::new(), Vec::new());
    for number in 0..DIRECTIONS {
        let direction = direction(gradients.len(), number);
        let moved = |by: f64| stepped(batch, &direction, by);
        let (ahead, behind) = (moved(STEP), moved(-STEP));
        let rise = objective.evaluate(&ahead, Wanted::LOSS)?.loss
            - objective.evaluate(&behind, Wanted::LOSS)?.loss;
        // The step as f32 took it.
        let step: Vec<f64> = numbers(&ahead).zip(numbers(&behind)).map(|(a, b)| a - b).collect();
        let length = norm(&step);
        let expected: f64 = gradients.iter().zip(&step).map(|(g, s)| g * s).sum();
        slopes.push((rise / length).abs());
        errors.push(((rise - expected) / length).abs());
    }
    let whole = |along: Vec<f64>| (gradients.len() as f64).sqrt() * median(along) / MEDIAN;
    let (error, slope) = (whole(errors), whole(slopes));
    let length = norm(&gradients).max(slope);
    // A NaN is no vanishing gradient.
    let vanishes = length <= VANISHING * found.loss.abs().max(1.0);
    Ok((!vanishes).then_some(error / length))
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The middle one; NaN is the largest.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

fn numbers(batch: &Embeddings) -> impl Iterator<Item = f64> {
    batch.queries.iter().chain(&batch.passages).copied().map(f64::from)
}

/// A direction of unit length; sums of three uniform numbers are near enough to normal ones.
fn direction(len: usize, number: u64) -> Vec<f64> {
    let place = |at: usize, part: u64| number << 40 | (at as u64) << 2 | part;
    let draw = |at: usize| (0..3).map(|part| scattered(place(at, part)) - 0.5).sum::<f64>();
    let raw: Vec<f64> = (0..len).map(draw).collect();
    let length = norm(&raw).max(f64::MIN_POSITIVE);
    raw.into_iter().map(|x| x / length).collect()
}

fn stepped(batch: &Embeddings, direction: &[f64], by: f64) -> Embeddings {
    let mut stepped = batch.clone();
    let numbers = stepped.queries.iter_mut().chain(&mut stepped.passages);
    for (number, along) in numbers.zip(direction) {
        *number = (f64::from(*number) + by * along) as f32;
    }
    stepped
}

fn of_unit_length(batch: &Embeddings) -> Embeddings {
    let mut batch = batch.clone();
    for matrix in [&mut batch.queries, &mut batch.passages] {
        for row in matrix.chunks_exact_mut(batch.dim.max(1)) {
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            row.iter_mut().for_each(|x| *x /= length);
        }
    }
    batch
}

fn null_gradients(lab: &Lab) -> Outcome {
    let batch = Embeddings::small();
    let all = lab.objective()?.evaluate(&batch, Wanted::ALL)?;
    for (queries, passages) in [(true, false), (false, true), (false, false)] {
        for scalars in [true, false] {
            let wanted = Wanted { queries, passages, scalars, ..Wanted::ALL };
            let some = lab.objective()?.evaluate(&batch, wanted)?;
            let expected = Loss {
                loss: all.loss,
                queries: all.queries.clone().filter(|_| queries),
                passages: all.passages.clone().filter(|_| passages),
                scalars: if scalars { all.scalars.clone() } else { Vec::new() },
            };
            if !same(&some, &expected) {
                let unwanted = match (queries, passages) {
                    (true, _) => "those of the passages are",
                    (_, true) => "those of the queries are",
                    _ => "both are",
                };
                return Ok(Verdict::Fail(format!(
                    "loss, gradients or named numbers change when of the gradients {unwanted} not wanted"
                )));
            }
        }
    }
    Ok(Verdict::PASS)
}

fn evaluation(lab: &Lab) -> Outcome {
    let batches = [Embeddings::of(6, 8, 1), Embeddings::of(5, 8, 2)];
    let validation = [Wanted::LOSS, Wanted { training: false, ..Wanted::ALL }];
    let (asked, other) = (lab.objective()?, lab.objective()?);
    for round in 0..3 {
        for batch in &batches {
            for wanted in validation {
                asked.evaluate(&Embeddings::of(4, 8, 3 + round), wanted)?;
            }
            let (asked, other) =
                (asked.evaluate(batch, Wanted::ALL)?, other.evaluate(batch, Wanted::ALL)?);
            if !same(&asked, &other) {
                return Ok(Verdict::Fail(format!(
                    "after an evaluation the loss of a training batch is {}, and {} without one, or its gradients differ",
                    asked.loss, other.loss
                )));
            }
        }
    }
    Ok(Verdict::PASS)
}

/// To the last bit.
pub(super) fn same(a: &Loss, b: &Loss) -> bool {
    let bits = |gradients: &Option<Vec<f32>>| -> Option<Vec<u32>> {
        gradients.as_ref().map(|values| values.iter().map(|x| x.to_bits()).collect())
    };
    let scalars = |loss: &Loss| -> Vec<(String, u64)> {
        loss.scalars.iter().map(|(name, value)| (name.clone(), value.to_bits())).collect()
    };
    a.loss.to_bits() == b.loss.to_bits()
        && bits(&a.queries) == bits(&b.queries)
        && bits(&a.passages) == bits(&b.passages)
        && scalars(a) == scalars(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_of_unit_length_and_unlike_each_other() {
        let (one, other) = (direction(100, 0), direction(100, 1));
        assert!((norm(&one) - 1.0).abs() < 1e-12 && (norm(&other) - 1.0).abs() < 1e-12);
        let cosine: f64 = one.iter().zip(&other).map(|(a, b)| a * b).sum();
        assert!(cosine.abs() < 0.3, "{cosine}");
    }

    #[test]
    fn the_median_takes_nan_for_large() {
        assert_eq!(median(vec![3.0, f64::NAN, 1.0]), 3.0);
        assert!(median(vec![f64::NAN, f64::NAN, 1.0]).is_nan());
    }
}
