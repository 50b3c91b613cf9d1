//! Memory that is the host's: outputs, inputs, error buffers.

use crate::plugin::Kind;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{ErrorRoom, Lab, Manners, Refusable};
use crate::plugin::check::material::Material;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::every(
        "memory-respected",
        "No call writes beyond its outputs, nor changes what it was lent",
        respected,
    )
    .within(60),
    Case::among(
        &[Kind::Backend, Kind::Objective],
        "strided-matrices",
        "Matrices with gaps between their rows give what dense ones give, and the gaps stay as they are",
        strided,
    )
    .within(60),
    Case::every(
        "error-buffers",
        "Any error buffer is kept to, that of no bytes and none at all included, and its text is UTF-8",
        error_buffers,
    )
    .within(60),
    Case::every("errors-explained", "A refusal says in words what is wrong", explained),
];

fn respected(lab: &Lab) -> Outcome {
    // Every call in the laboratory looks: it only has to be made.
    lab.exercise(&Material::usual())?;
    lab.exercise(&Material::brief())?;
    Ok(Verdict::PASS)
}

fn strided(lab: &Lab) -> Outcome {
    let material = Material::usual();
    let dense = lab.exercise(&material)?;
    lab.set_manners(Manners { gap: 3, ..Manners::default() });
    let strided = lab.exercise(&material)?;
    Ok(match (dense.difference(&strided), strided.refusal()) {
        (None, _) => Verdict::PASS,
        (Some(_), Some(refusal)) => Verdict::Fail(format!("with gaps between rows, {refusal}")),
        (Some(call), None) => {
            Verdict::Fail(format!("with gaps between rows, `{call}` gave something else"))
        }
    })
}

/// Options that are refused, most with words that have no place in a small buffer.
const REFUSED: &[&str] =
    &["", "[", "[]", "{\"no-such-option-ä\": \"äöü€😀\"}", "{\"k\": \"äöü€😀\", \"ä\": 1}"];

fn error_buffers(lab: &Lab) -> Outcome {
    lab.options()?;
    let rooms = [ErrorRoom::Null].into_iter().chain((0..=40).map(ErrorRoom::Of));
    for room in rooms {
        lab.set_manners(Manners { error: room, ..Manners::default() });
        let said = match room {
            ErrorRoom::Null => "without an error buffer".to_owned(),
            ErrorRoom::Usual => String::new(),
            ErrorRoom::Of(capacity) => format!("with an error buffer of {capacity} bytes"),
        };
        for options in REFUSED {
            lab.probe(options).or_refusal().map_err(|trouble| trouble.when(&said))?.ok();
        }
        if matches!(room, ErrorRoom::Null | ErrorRoom::Of(0 | 3)) {
            for material in [Material::brief(), Material::nothing()] {
                lab.exercise(&material).map_err(|trouble| trouble.when(&said))?;
            }
        }
    }
    Ok(Verdict::PASS)
}

fn explained(lab: &Lab) -> Outcome {
    let refused = REFUSED.iter().map(|options| lab.probe(options).or_refusal());
    for answer in refused {
        if let Err(refusal) = answer?
            && refusal.message.trim().is_empty()
        {
            return Ok(Verdict::Fail(format!(
                "{refusal}; the error buffer is for saying what is wrong"
            )));
        }
    }
    Ok(Verdict::PASS)
}
