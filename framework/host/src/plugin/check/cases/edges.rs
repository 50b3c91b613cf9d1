//! Inputs at the edge: nothing at all, and numbers that are none.

use crate::plugin::Kind;
use crate::plugin::backend::{Mode, StepArgs};
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Refusable, Trouble};
use crate::plugin::check::material::Material;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::every(
        "zero-rows",
        "No rows, no texts, no queries: a result or a refusal, no panic",
        nothing,
    )
    .within(30),
    Case::every(
        "not-finite-input",
        "NaN, infinite, huge and zero numbers: a result or a refusal, no panic and no hang",
        not_finite,
    )
    .within(60),
];

fn nothing(lab: &Lab) -> Outcome {
    lab.exercise(&Material::nothing())?;
    lab.exercise(&Material::nothing_to_do())?;
    Ok(Verdict::PASS)
}

/// What every number, or every seventh, is replaced by.
const ODD: [f32; 8] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    f32::MIN,
    f32::MIN_POSITIVE / 4.0,
    0.0,
    -0.0,
];

fn not_finite(lab: &Lab) -> Outcome {
    for odd in ODD {
        let when = |trouble: Trouble| trouble.when(&format!("with {odd:e} among the numbers"));
        if lab.component().kind == Kind::Backend {
            learn(lab, odd).map_err(when)?;
            continue;
        }
        lab.exercise(&Material::spoilt(|_, _| odd)).map_err(when)?;
        lab.exercise(&Material::spoilt(|at, value| if at % 7 == 3 { odd } else { value }))
            .map_err(when)?;
    }
    Ok(Verdict::PASS)
}

/// Teaches a backend by gradients, and at a rate, that are odd.
fn learn(lab: &Lab, odd: f32) -> Result<(), Trouble> {
    let texts = Material::brief().texts;
    let backend = lab.ready_backend()?;
    let info = backend.info()?;
    if !info.trainable {
        return Ok(());
    }
    for rate in [1e-3, odd.into()] {
        backend.encode(Mode::Tape, &texts, info.dim).or_refusal()?.ok();
        let gradients = vec![odd; texts.len() * info.dim];
        backend.backward(&gradients, info.dim).or_refusal()?.ok();
        let args = StepArgs { learning_rate: rate, weight_decay: 0.01, clip: Some(1.0) };
        backend.step(args).or_refusal()?.ok();
        backend.encode(Mode::Inference, &texts, info.dim).or_refusal()?.ok();
    }
    Ok(())
}
