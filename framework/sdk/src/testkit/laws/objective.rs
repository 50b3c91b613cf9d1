//! Laws of objectives.

use std::path::Path;

use super::{Result, demand, trying};
use crate::Objective;
use crate::testkit::{EmbeddingBatch, Evaluated, Wanted};

/// The step of a finite difference: its square, the error of the quotient, is small, and so are the digits that f32
/// loses.
const STEP: f32 = 1e-3;

/// Gradients of this norm and below are as good as zero.
const VANISHING: f64 = 1e-4;

/// How far the gradients are from the slopes of the loss: ‖g − d‖ / max(‖g‖ + ‖d‖, 10⁻⁴) over all numbers of the
/// batch, with d = (f(x + h) − f(x − h)) / 2h, one evaluation on either side of each number. Right gradients of a smooth
/// loss are below 0.01. The floor is for batches whose gradients all but vanish: there the quotient would be one of
/// rounding errors.
///
/// # Errors
/// If the loss cannot be evaluated.
pub fn gradient_error<O: Objective>(objective: &mut O, batch: &EmbeddingBatch) -> Result<f64> {
    let asked = EmbeddingBatch { validation: true, ..batch.clone() };
    let found = evaluate(objective, &asked, Wanted::ALL)?;
    let (mut apart, mut found_square, mut slope_square) = (0.0, 0.0, 0.0);
    let rows = |batch: &EmbeddingBatch| [batch.queries.len(), batch.passages.len()];
    for (side, count) in rows(batch).into_iter().enumerate() {
        for row in 0..count {
            let gradients =
                if side == 0 { &found.query_gradients } else { &found.passage_gradients };
            for (column, gradient) in gradients[row].iter().enumerate() {
                let slope = slope(objective, &asked, |batch| {
                    let side = if side == 0 { &mut batch.queries } else { &mut batch.passages };
                    &mut side[row][column]
                })?;
                let gradient = f64::from(*gradient);
                apart += (gradient - slope).powi(2);
                found_square += gradient.powi(2);
                slope_square += slope.powi(2);
            }
        }
    }
    Ok(apart.sqrt() / (found_square.sqrt() + slope_square.sqrt()).max(VANISHING))
}

/// The slope of the loss at one number of the batch, with the steps that f32 really takes.
fn slope<O: Objective>(
    objective: &mut O,
    batch: &EmbeddingBatch,
    at: impl Fn(&mut EmbeddingBatch) -> &mut f32,
) -> Result<f64> {
    let mut stepped = |by: f32| {
        let mut moved = batch.clone();
        *at(&mut moved) += by;
        let x = f64::from(*at(&mut moved));
        Ok((x, evaluate(objective, &moved, NO_GRADIENTS)?.loss))
    };
    let ((low, below), (high, above)) = (stepped(-STEP)?, stepped(STEP)?);
    Ok((above - below) / (high - low))
}

const NO_GRADIENTS: Wanted = Wanted { queries: false, passages: false };

/// Holds that gradients which are not asked for change neither the loss nor the others.
///
/// # Errors
/// If they do, or the loss cannot be evaluated.
pub fn unwanted_gradients_change_nothing<O: Objective>(
    make: impl Fn() -> crate::Result<O>,
    batch: &EmbeddingBatch,
) -> Result {
    let evaluate = |wanted| evaluate(&mut trying("making an instance", make())?, batch, wanted);
    let all = evaluate(Wanted::ALL)?;
    for (queries, passages) in [(false, false), (true, false), (false, true)] {
        let some = evaluate(Wanted { queries, passages })?;
        let same = same_numbers(&some, &all)
            && (!queries || some.query_gradients == all.query_gradients)
            && (!passages || some.passage_gradients == all.passage_gradients);
        demand(same, || {
            format!(
                "the loss or a gradient is another with query gradients {} and passage gradients {}",
                if queries { "wanted" } else { "unwanted" },
                if passages { "wanted" } else { "unwanted" },
            )
        })?;
    }
    Ok(())
}

/// Holds that an instance which was asked for a validation loss trains on as one that was not.
///
/// # Errors
/// If it does not, or the loss cannot be evaluated.
pub fn validation_changes_nothing<O: Objective>(
    make: impl Fn() -> crate::Result<O>,
    batch: &EmbeddingBatch,
) -> Result {
    let validation = EmbeddingBatch { validation: true, ..batch.clone() };
    let training = EmbeddingBatch { validation: false, ..batch.clone() };
    let mut asked = trying("making an instance", make())?;
    evaluate(&mut asked, &validation, Wanted::ALL)?;
    evaluate(&mut asked, &validation, NO_GRADIENTS)?;
    let after = evaluate(&mut asked, &training, Wanted::ALL)?;
    let fresh = evaluate(&mut trying("making an instance", make())?, &training, Wanted::ALL)?;
    let same = same_numbers(&after, &fresh)
        && after.query_gradients == fresh.query_gradients
        && after.passage_gradients == fresh.passage_gradients;
    demand(same, || "after a validation the instance trains otherwise".into())
}

/// Holds that parameters of an objective's own go on as they would have once they are saved into `folder`, an empty one,
/// and loaded; that a validation between an evaluation and its step changes nothing; and that each step needs an
/// evaluation of its own.
///
/// # Errors
/// If they do not, or the objective says that it has none.
pub fn parameters_go_on<O: Objective>(
    make: impl Fn() -> crate::Result<O>,
    batch: &EmbeddingBatch,
    folder: &Path,
) -> Result {
    const RATE: f64 = 0.01;
    let training = EmbeddingBatch { validation: false, ..batch.clone() };
    let validation = EmbeddingBatch { validation: true, ..batch.clone() };
    let train = |objective: &mut O| -> Result<Evaluated> {
        let evaluated = evaluate(objective, &training, Wanted::ALL)?;
        trying("taking a step", objective.step(RATE, 0.5))?;
        Ok(evaluated)
    };
    let mut first = trying("making an instance", make())?;
    demand(first.parameters() > 0, || "it says that it has no parameters".into())?;
    evaluate(&mut first, &validation, Wanted::ALL)?;
    demand(first.step(RATE, 0.5).is_err(), || "a step is taken after a validation alone".into())?;
    train(&mut first)?;
    demand(first.step(RATE, 0.5).is_err(), || "two steps are taken after one evaluation".into())?;
    trying("saving", first.save(folder))?;
    let mut loaded = trying("making an instance", make())?;
    trying("loading", loaded.load(folder))?;
    for _ in 0..3 {
        let went_on = train(&mut first)?;
        let resumed = evaluate(&mut loaded, &training, Wanted::ALL)?;
        evaluate(&mut loaded, &validation, Wanted::ALL)?;
        trying("taking a step", loaded.step(RATE, 0.5))?;
        demand(same_numbers(&went_on, &resumed), || {
            format!(
                "a loaded instance has the loss {}, one that went on {}",
                resumed.loss, went_on.loss
            )
        })?;
    }
    Ok(())
}

fn evaluate<O: Objective>(
    objective: &mut O,
    batch: &EmbeddingBatch,
    wanted: Wanted,
) -> Result<Evaluated> {
    trying("evaluating", batch.evaluate_by(objective, wanted))
}

fn same_numbers(a: &Evaluated, b: &Evaluated) -> bool {
    a.loss == b.loss && a.scalars == b.scalars
}
