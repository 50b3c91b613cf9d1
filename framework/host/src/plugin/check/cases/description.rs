//! What a component says of itself.

use serde_json::Value;

use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::Lab;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::every(
        "description-valid",
        "The description has a summary of one line and a schema of the options",
        valid,
    ),
    Case::every(
        "options-described",
        "Every option has a description, for whoever writes a manifest",
        described,
    ),
    Case::every("unknown-extension-null", "An optional group that nobody knows is null", extension),
];

/// The longest summary that a list shows in one line.
const LONGEST_SUMMARY: usize = 120;

fn valid(lab: &Lab) -> Outcome {
    let summary = &lab.component().summary;
    if summary.trim().is_empty() {
        return Ok(Verdict::Fail("the description has no `summary`".into()));
    }
    if summary.lines().count() != 1 {
        return Ok(Verdict::Fail(format!("the summary is not one line: {summary:?}")));
    }
    let schema = lab.schema();
    if let Err(error) = jsonschema::meta::validate(schema) {
        return Ok(Verdict::Fail(format!("`options` is no JSON Schema: {error}")));
    }
    if let Err(error) = jsonschema::validator_for(schema) {
        return Ok(Verdict::Fail(format!("`options` cannot be used as a JSON Schema: {error}")));
    }
    let chars = summary.chars().count();
    Ok(match (schema.is_object(), chars > LONGEST_SUMMARY) {
        (false, _) => Verdict::Fail("the description has no schema of the `options`".into()),
        (_, true) => Verdict::Warn(format!(
            "the summary has {chars} characters, lists show {LONGEST_SUMMARY}"
        )),
        _ => Verdict::PASS,
    })
}

fn described(lab: &Lab) -> Outcome {
    let properties = lab.schema().get("properties").and_then(Value::as_object);
    let described = |option: &Value| {
        let text = option.get("description").and_then(Value::as_str);
        text.is_some_and(|text| !text.trim().is_empty())
    };
    let bare: Vec<&str> = (properties.into_iter().flatten())
        .filter(|(_, option)| !described(option))
        .map(|(name, _)| name.as_str())
        .collect();
    Ok(match bare.is_empty() {
        true => Verdict::PASS,
        false => Verdict::Warn(format!("no description of {}", bare.join(", "))),
    })
}

fn extension(lab: &Lab) -> Outcome {
    let long = "x".repeat(100_000);
    for name in
        ["triglot.no-such-group/1", "", "\0", "triglot", "triglot.params/4000000000", "ä", &long]
    {
        match lab.extension(name) {
            None => return Ok(Verdict::Pass(Some("it has no `get_extension`".into()))),
            Some(table) if table.is_null() => {}
            Some(_) => {
                let name: String = name.chars().take(40).collect();
                return Ok(Verdict::Fail(format!("`get_extension` gave a table for {name:?}")));
            }
        }
    }
    Ok(Verdict::PASS)
}
