//! Options: what the schema says, and what create does.

use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Refusable};

/// The cases.
pub(super) const CASES: &[Case] = &[Case::every(
    "options-unknown-refused",
    "An option that the schema does not know is refused by the schema and by create",
    unknown_refused,
)];

/// An option that nobody has.
const UNKNOWN: &str = "no-such-option-7f3a";

fn unknown_refused(lab: &Lab) -> Outcome {
    let mut options = lab.parsed_options()?;
    options.insert(UNKNOWN.into(), 1.into());
    let options = serde_json::Value::Object(options);
    if jsonschema::is_valid(lab.schema(), &options) {
        return Ok(Verdict::Fail(
            "the schema takes an unknown option: say `\"additionalProperties\": false`".into(),
        ));
    }
    Ok(match lab.probe(&options.to_string()).or_refusal()? {
        Err(refusal) if refusal.is_invalid() => Verdict::PASS,
        Err(refusal) => Verdict::Fail(format!("an unknown option is to be INVALID, but {refusal}")),
        Ok(()) => {
            Verdict::Warn("`create` takes an unknown option, which only the schema refuses".into())
        }
    })
}
