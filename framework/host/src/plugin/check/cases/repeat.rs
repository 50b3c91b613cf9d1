//! The same question has the same answer: from a fresh instance, and from two at once.

use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::Lab;
use crate::plugin::check::material::Material;

/// The cases.
pub(super) const CASES: &[Case] = &[Case::every(
    "same-key-same-result",
    "A fresh instance with the same options and seed answers the same calls with the same bytes",
    same,
)
.within(60)];

fn same(lab: &Lab) -> Outcome {
    let material = Material::usual();
    let first = lab.exercise(&material)?;
    if let Some(refusal) = first.refusal() {
        return Ok(Verdict::Fail(refusal.to_string()));
    }
    Ok(match first.difference(&lab.exercise(&material)?) {
        None => Verdict::PASS,
        Some(call) => {
            Verdict::Fail(format!("a second instance answered `{call}` otherwise than the first"))
        }
    })
}
