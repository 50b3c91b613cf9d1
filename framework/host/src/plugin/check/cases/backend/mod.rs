//! What holds for backends alone: [`encode`] is about texts in, [`train`] about gradients in, [`state`] about what is saved.

mod encode;
mod state;
mod train;

use crate::plugin::Kind;
use crate::plugin::backend::{Mode, StepArgs, StepReport};
use crate::plugin::check::answer::Outcome;
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Backend, Lab, Trouble};
use crate::plugin::check::material::{Material, Text, scattered};

/// The cases of backends.
pub(super) const CASES: &[Case] = &[
    case(
        "backend-inference",
        "Where nothing is dropped out, inference gives the embeddings of an encode with a tape",
        encode::inference,
    ),
    case(
        "backend-modes",
        "An encode for training gives the same with and without a tape, under the same keys",
        encode::modes,
    ),
    case(
        "backend-chunks",
        "A text has the same embedding in a call of its own, in a chunk and among all, in every mode",
        encode::chunks,
    ),
    case(
        "backend-tape",
        "A backward without a tape, on one that is consumed, or of another shape than its tape is refused",
        train::tape,
    ),
    case(
        "backend-accumulates",
        "The gradients of chunks add up to that of the whole: the step after them is the same",
        train::accumulates,
    ),
    case(
        "backend-variables",
        "A gradient reaches every variable, a step moves each and forgets the gradients; the embeddings move with them",
        train::variables,
    ),
    case(
        "backend-fingerprint",
        "The fingerprint changes when the embeddings do, and is the same for the same model",
        train::fingerprint,
    ),
    case(
        "backend-resume",
        "A model that is saved and loaded into an instance of another seed trains on to the same bytes",
        state::resume,
    ),
    case(
        "backend-refuses-state",
        "A state of which a file is missing or cut short, one of another model, and a folder of something else are refused \
         and change nothing, the next step included",
        state::refuses,
    ),
    case(
        "backend-reset",
        "A reset of the optimiser moves no embedding, and the steps after it are those of one that took none before",
        state::reset,
    ),
    case("backend-export", "An export writes files and changes nothing", state::export),
];

const fn case(name: &'static str, about: &'static str, ask: fn(&Lab) -> Outcome) -> Case {
    Case::of(Kind::Backend, name, about, ask).within(120)
}

/// A backend that is ready to train, and the length of its embeddings.
fn trainable(lab: &Lab) -> Result<(Backend, usize), Trouble> {
    let backend = lab.ready_backend()?;
    let info = backend.info()?;
    match info.trainable {
        true => Ok((backend, info.dim)),
        false => Err(Trouble::Skipped("it says that it cannot be trained".into())),
    }
}

/// A dozen sentences in several languages.
fn texts() -> Vec<Text> {
    let mut texts = Material::usual().training_texts;
    texts.truncate(12);
    texts
}

/// A gradient for so many embeddings: numbers in [-1, 1).
fn pulls(count: usize, dim: usize) -> Vec<f32> {
    (0..count * dim).map(|at| (scattered(at as u64) * 2.0 - 1.0) as f32).collect()
}

/// One step of training on texts.
fn train_once(
    backend: &Backend,
    texts: &[Text],
    dim: usize,
    step: StepArgs,
) -> Result<StepReport, Trouble> {
    backend.encode(Mode::Tape, texts, dim)?;
    backend.backward(&pulls(texts.len(), dim), dim)?;
    backend.step(step)
}

/// A step that nothing but the gradient moves.
const PLAIN_STEP: StepArgs = StepArgs { learning_rate: 1e-3, weight_decay: 0.0, clip: None };

/// The largest difference of two numbers, relative to the largest number.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return f32::INFINITY;
    }
    let largest = |numbers: &mut dyn Iterator<Item = f32>| {
        // `max` would pass over a NaN.
        numbers.map(f32::abs).fold(0.0, |a: f32, b| if b.is_nan() || b > a { b } else { a })
    };
    let size = largest(&mut a.iter().chain(b).copied());
    let difference = largest(&mut a.iter().zip(b).map(|(a, b)| a - b));
    difference / size.max(f32::MIN_POSITIVE)
}

/// How far two embeddings may be apart by the order of their sums alone, relative to the largest number.
const ROUNDING: f32 = 1e-5;

/// Whether two embeddings are the same but for rounding. NaN is not.
fn near(a: &[f32], b: &[f32]) -> bool {
    apart(a, b) <= ROUNDING
}

fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_and_another_number_of_numbers_are_not_near() {
        assert!(near(&[1.0, 2.0], &[1.0, 2.000001]));
        assert!(!near(&[1.0, 2.0], &[1.0, 2.1]));
        assert!(!near(&[1.0, f32::NAN], &[1.0, f32::NAN]));
        assert!(!near(&[f32::NAN, 1.0], &[1.0, 1.0]));
        assert!(!near(&[0.0, 0.0], &[0.0]));
        assert!(near(&[0.0, 0.0], &[0.0, 0.0]));
    }
}
