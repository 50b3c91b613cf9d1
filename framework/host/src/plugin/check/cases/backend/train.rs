//! Gradients in, a step out.

use super::{PLAIN_STEP, near, pulls, same_bits, texts, train_once, trainable};
use crate::plugin::backend::Mode;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::lab::{Lab, Refusable, Variable};

pub(super) fn tape(lab: &Lab) -> Outcome {
    let (backend, dim) = trainable(lab)?;
    let texts = texts();
    let whole = pulls(texts.len(), dim);
    let refused = |gradients: &[f32]| -> Result<bool, _> {
        Ok(backend.backward(gradients, dim).or_refusal()?.is_err())
    };
    let taken = |how: &str| Ok(Verdict::Fail(format!("`backward` takes gradients {how}")));
    if !refused(&whole)? {
        return taken("where no encode kept a tape");
    }
    backend.encode(Mode::Tape, &texts, dim)?;
    if !refused(&pulls(texts.len() - 1, dim))? {
        return taken("of fewer embeddings than the tape has");
    }
    backend.encode(Mode::Tape, &texts, dim)?;
    backend.backward(&whole, dim)?;
    if !refused(&whole)? {
        return taken("twice on one tape");
    }
    Ok(Verdict::PASS)
}

/// How far the embeddings may be apart, relative to how far the step moved them. An optimiser that divides by the size
/// of a gradient, as Adam does, makes much of the rounding of one that all but vanishes.
const OF_THE_WAY: f64 = 0.02;

pub(super) fn accumulates(lab: &Lab) -> Outcome {
    let texts = texts();
    let ((whole, dim), (chunked, _)) = (trainable(lab)?, trainable(lab)?);
    let before = whole.encode(Mode::Inference, &texts, dim)?;
    let expected = train_once(&whole, &texts, dim, PLAIN_STEP)?.gradient_norm;
    let gradients = pulls(texts.len(), dim);
    const CHUNK: usize = 5;
    for (texts, gradients) in texts.chunks(CHUNK).zip(gradients.chunks(CHUNK * dim)) {
        chunked.encode(Mode::Tape, texts, dim)?;
        chunked.backward(gradients, dim)?;
    }
    let norm = chunked.step(PLAIN_STEP)?.gradient_norm;
    if (norm - expected).abs() > 1e-4 * expected || !(norm > 0.0 && norm.is_finite()) {
        return Ok(Verdict::Fail(format!(
            "the norm of the gradient is {norm} after chunks, {expected} after the whole"
        )));
    }
    let after = [&whole, &chunked].map(|backend| backend.encode(Mode::Inference, &texts, dim));
    let [after_whole, after_chunks] = after;
    let (after_whole, after_chunks) = (after_whole?, after_chunks?);
    let way = distance(&before, &after_whole);
    let off = distance(&after_whole, &after_chunks);
    Ok(match off <= OF_THE_WAY * way {
        true => Verdict::PASS,
        false => Verdict::Fail(format!(
            "after a step on chunks the embeddings are off by {off}, where a step on the whole moved them by {way}"
        )),
    })
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>().sqrt()
}

pub(super) fn variables(lab: &Lab) -> Outcome {
    let (backend, dim) = trainable(lab)?;
    let texts = texts();
    let before = backend.encode(Mode::Inference, &texts, dim)?;
    let at_first = backend.variables()?;
    backend.encode(Mode::Tape, &texts, dim)?;
    backend.backward(&pulls(texts.len(), dim), dim)?;
    let with_gradient = backend.variables()?;
    let norm = backend.step(PLAIN_STEP)?.gradient_norm;
    let stepped = backend.variables()?;
    if same_bits(&before, &backend.encode(Mode::Inference, &texts, dim)?) {
        return Ok(Verdict::Fail(format!(
            "a step with a gradient of norm {norm} leaves every embedding as it was"
        )));
    }
    let (Some(at_first), Some(with_gradient), Some(stepped)) = (at_first, with_gradient, stepped)
    else {
        return Ok(Verdict::Warn(format!(
            "a step moves the embeddings; it does not show its variables (the optional group {}), so that one without a \
             gradient would not be seen",
            triglot_abi::EXTENSION_VARIABLES
        )));
    };
    let shown: u64 = at_first.iter().map(|variable| variable.values.len() as u64).sum();
    let parameters = backend.info()?.parameters;
    if shown != parameters {
        return Ok(Verdict::Fail(format!(
            "it shows variables of {shown} numbers and says that {parameters} are trainable"
        )));
    }
    Ok(match untrained([&at_first, &with_gradient, &stepped]) {
        None => Verdict::PASS,
        Some(wrong) => Verdict::Fail(wrong),
    })
}

/// What is wrong with variables at first, with a gradient, and after the step.
fn untrained([at_first, with_gradient, stepped]: [&[Variable]; 3]) -> Option<String> {
    let names = |variables: &[Variable]| -> Vec<String> {
        variables.iter().map(|variable| variable.name.clone()).collect()
    };
    if names(at_first) != names(with_gradient) || names(at_first) != names(stepped) {
        return Some("its variables come and go, or change their order".into());
    }
    for ((first, gradient), stepped) in at_first.iter().zip(with_gradient).zip(stepped) {
        let norm = gradient.gradient_norm;
        let wrong = if !(norm > 0.0 && norm.is_finite()) {
            format!("has a gradient of norm {norm} after `backward`")
        } else if same_bits(&first.values, &stepped.values) {
            "is what it was before the step".to_owned()
        } else if stepped.gradient_norm != 0.0 {
            format!("still holds a gradient of norm {} after the step", stepped.gradient_norm)
        } else {
            continue;
        };
        return Some(format!("variable `{}` {wrong}", first.name));
    }
    None
}

pub(super) fn fingerprint(lab: &Lab) -> Outcome {
    let (backend, dim) = trainable(lab)?;
    let texts = texts();
    let first = backend.fingerprint()?;
    let before = backend.encode(Mode::Inference, &texts, dim)?;
    for (who, other) in [
        ("after an encode", backend.fingerprint()?),
        ("of a second instance with the same seed", lab.ready_backend()?.fingerprint()?),
    ] {
        if other != first {
            return Ok(Verdict::Fail(format!(
                "the fingerprint is {first:?}, and {other:?} {who}, though the embeddings are the same"
            )));
        }
    }
    train_once(&backend, &texts, dim, PLAIN_STEP)?;
    let moved = !near(&before, &backend.encode(Mode::Inference, &texts, dim)?);
    Ok(match (moved, backend.fingerprint()? == first) {
        (true, true) => Verdict::Fail(format!(
            "the fingerprint is {first:?} before and after a step that moved the embeddings"
        )),
        (false, _) => {
            Verdict::Warn("a step moved no embedding, so that nothing can be said".into())
        }
        (true, false) => Verdict::PASS,
    })
}
