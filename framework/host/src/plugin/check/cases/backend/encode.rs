//! Texts in, embeddings out.

use super::{apart, near, same_bits, texts};
use crate::plugin::backend::Mode;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::lab::{Lab, Refusable, Trouble};

const MODES: [(Mode, &str); 3] =
    [(Mode::Inference, "inference"), (Mode::Training, "training"), (Mode::Tape, "a tape")];

/// The option by which dropout is known.
const DROPOUT: &str = "dropout";

pub(super) fn inference(lab: &Lab) -> Outcome {
    let without = without_dropout(lab)?;
    let (lab, sure) = without.as_ref().map_or((lab, false), |lab| (lab, true));
    let (backend, dim) = super::trainable(lab)?;
    let texts = texts();
    let inference = backend.encode(Mode::Inference, &texts, dim)?;
    let tape = backend.encode(Mode::Tape, &texts, dim)?;
    if near(&inference, &tape) {
        return Ok(Verdict::PASS);
    }
    let by = 100.0 * apart(&inference, &tape);
    Ok(match sure {
        true => Verdict::Fail(format!(
            "with `{DROPOUT}` 0 an encode for inference differs from one with a tape, by {by:.2} % of the largest number"
        )),
        false => Verdict::Warn(format!(
            "an encode for inference differs from one with a tape, by {by:.2} % of the largest number; if that is dropout, \
             an option `{DROPOUT}` that may be 0 would let this be seen"
        )),
    })
}

/// A laboratory whose instances drop nothing out, if the component has the option.
fn without_dropout(lab: &Lab) -> Result<Option<Lab>, Trouble> {
    if lab.schema().pointer("/properties/dropout").is_none() {
        return Ok(None);
    }
    let mut options = lab.parsed_options()?;
    options.insert(DROPOUT.into(), 0.into());
    let lab = lab.with_options(&options);
    // A schema may know the option and not take 0 for it.
    Ok(lab.backend().or_refusal()?.is_ok().then_some(lab))
}

pub(super) fn modes(lab: &Lab) -> Outcome {
    let (backend, dim) = super::trainable(lab)?;
    let texts = texts();
    let training = backend.encode(Mode::Training, &texts, dim)?;
    let tape = backend.encode(Mode::Tape, &texts, dim)?;
    Ok(match near(&training, &tape) {
        true => Verdict::PASS,
        false => Verdict::Fail(format!(
            "an encode for training differs from one with a tape, by {:.2} % of the largest number",
            100.0 * apart(&training, &tape)
        )),
    })
}

pub(super) fn chunks(lab: &Lab) -> Outcome {
    let backend = lab.ready_backend()?;
    let info = backend.info()?;
    let texts = texts();
    let mut rounded = None;
    for (mode, name) in MODES {
        if mode != Mode::Inference && !info.trainable {
            continue;
        }
        let whole = backend.encode(mode, &texts, info.dim)?;
        for size in [5, 1] {
            let chunks = texts.chunks(size).map(|chunk| backend.encode(mode, chunk, info.dim));
            let chunked = chunks.collect::<Result<Vec<_>, _>>()?.concat();
            let differ = |by: &str| {
                format!(
                    "encoded for {name} in chunks of {size}, embeddings differ from those of {} texts at once, {by}",
                    texts.len(),
                )
            };
            if !near(&whole, &chunked) {
                let by = 100.0 * apart(&whole, &chunked);
                return Ok(Verdict::Fail(differ(&format!("by {by:.2} % of the largest number"))));
            }
            if !same_bits(&whole, &chunked) {
                rounded = rounded
                    .or_else(|| Some(differ("if by rounding alone; they are to be the same bits")));
            }
        }
    }
    Ok(rounded.map_or(Verdict::PASS, Verdict::Warn))
}
