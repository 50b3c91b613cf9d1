//! Options: what the schema says, and what create does.
//!
//! The host holds options against the schema before it makes an instance, so that a mistake points into the manifest.
//! That serves nobody where the two disagree: where the schema takes what create refuses, the error has no line; where
//! create takes what the schema forbids, the schema forbids something that works.

use serde_json::{Map, Value, json};

use crate::manifest::types::Options;
use crate::plugin::OptionSchema;
use crate::plugin::check::answer::{Outcome, Verdict};
use crate::plugin::check::case::Case;
use crate::plugin::check::lab::{Lab, Refusable, Trouble};
use crate::plugin::check::options::value_of;

/// The cases.
pub(super) const CASES: &[Case] = &[
    Case::every(
        "unknown-option-refused",
        "An option that the schema does not know is refused, by the schema and by create",
        unknown_refused,
    )
    .within(30),
    Case::every(
        "options-taken-as-published",
        "Create takes what the schema takes: defaults, bounds, every value that is listed",
        taken,
    )
    .within(120),
    Case::every(
        "options-refused-as-published",
        "Create refuses what the schema refuses: other types, values out of bounds or not listed",
        refused,
    )
    .within(120),
];

/// An option that nobody has.
const UNKNOWN: &str = "no-such-option-7f3a";

fn unknown_refused(lab: &Lab) -> Outcome {
    let mut options = lab.parsed_options()?;
    options.insert(UNKNOWN.into(), 1.into());
    let options = Value::Object(options);
    if jsonschema::is_valid(lab.schema(), &options) {
        let what =
            "the schema takes an unknown option; let it say `\"additionalProperties\": false`";
        return Ok(Verdict::Fail(what.into()));
    }
    Ok(match lab.probe(&options.to_string()).or_refusal()? {
        Err(refusal) if refusal.is_invalid() => Verdict::PASS,
        Err(refusal) => Verdict::Fail(format!("an unknown option is to be INVALID, but {refusal}")),
        Ok(()) => {
            Verdict::Fail("`create` takes an unknown option, which the schema refuses".into())
        }
    })
}

/// An option with a value to try.
pub(super) struct Trial {
    /// Where it stands: `optimizer.beta1`.
    pub place: String,
    pub value: Value,
    /// All options, this one among them.
    pub options: Value,
}

fn taken(lab: &Lab) -> Outcome {
    hold(lab, true)
}

fn refused(lab: &Lab) -> Outcome {
    hold(lab, false)
}

/// Holds create against the schema, in every trial that the schema takes or in every one that it refuses.
fn hold(lab: &Lab, takes: bool) -> Outcome {
    let validator = jsonschema::validator_for(lab.schema())
        .map_err(|error| Trouble::Violated(format!("`options` is no JSON Schema: {error}")))?;
    let mut asked = 0;
    for Trial { place, value, options } in trials(lab)? {
        if validator.is_valid(&options) != takes {
            continue;
        }
        asked += 1;
        let answer = lab.probe(&options.to_string()).or_refusal();
        match (takes, answer.map_err(|trouble| trouble.when(&format!("with {place} = {value}")))?) {
            (true, Err(refusal)) if refusal.is_invalid() => {
                return Ok(Verdict::Fail(format!(
                    "the schema takes {place} = {value}, but {refusal}"
                )));
            }
            (false, Ok(())) => {
                return Ok(Verdict::Fail(format!(
                    "the schema refuses {place} = {value}, but `create` takes it"
                )));
            }
            (false, Err(refusal)) if !refusal.is_invalid() => {
                return Ok(Verdict::Fail(format!(
                    "{place} = {value} is to be INVALID, but {refusal}"
                )));
            }
            // That there is no memory for a value, or no file where it leads, says nothing about the schema.
            _ => {}
        }
    }
    Ok(match asked {
        0 => Verdict::Pass(Some("there was nothing to try".into())),
        _ => Verdict::Pass(Some(format!("{asked} values"))),
    })
}

/// Values to try of every option, one at a time; some the schema refuses.
pub(super) fn trials(lab: &Lab) -> Result<Vec<Trial>, Trouble> {
    let base = lab.parsed_options()?;
    let mut trials = Vec::new();
    gather(
        OptionSchema::new(lab.schema()),
        &base,
        "",
        0,
        &|table| Value::Object(table),
        &mut trials,
    );
    Ok(trials)
}

/// How deep tables within tables are tried.
const DEEPEST: usize = 3;

/// Trials for each option of a table; `whole` puts the table into all options.
fn gather(
    schema: OptionSchema<'_>,
    table: &Options,
    place: &str,
    depth: usize,
    whole: &dyn Fn(Map<String, Value>) -> Value,
    trials: &mut Vec<Trial>,
) {
    for name in schema.keys() {
        let Some(option) = schema.at(name) else { continue };
        let place = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        let with = |value: Value| {
            let mut table = table.clone();
            table.insert(name.to_owned(), value);
            whole(table)
        };
        for value in values(option) {
            trials.push(Trial { place: place.clone(), options: with(value.clone()), value });
        }
        let inner = table.get(name).cloned().or_else(|| value_of(option, 0));
        if let Some(Value::Object(inner)) = inner
            && depth < DEEPEST
        {
            gather(option, &inner, &place, depth + 1, &|table| with(Value::Object(table)), trials);
        }
    }
}

/// The largest number that is tried where the schema takes it: what a larger one allocates is not the question.
const LARGEST: f64 = 10_000.0;

/// Values inside and outside of what a schema allows; which is which, the schema says.
fn values(schema: OptionSchema<'_>) -> Vec<Value> {
    let of_none = || json!({ UNKNOWN: 1 });
    let mut values =
        vec![of_none(), json!([of_none()]), json!(UNKNOWN), json!(true), json!(0.5), json!(-1)];
    for one in schema.alternatives() {
        let part = one.part();
        let key = |key: &str| part.get(key);
        // A path has to lead somewhere and a language to be in the data, which no schema can say.
        if matches!(key("format").and_then(Value::as_str), Some("path" | "language")) {
            return Vec::new();
        }
        values.extend(key("default").or(key("const")).cloned());
        values.extend(key("enum").and_then(Value::as_array).into_iter().flatten().cloned());
        let bound = |name: &str| key(name).and_then(Value::as_f64);
        let whole = key("type")
            .is_some_and(|name| name == "integer" || name.to_string().contains("integer"));
        let unit = if whole { 1.0 } else { 0.25 };
        let least = bound("minimum").or(bound("exclusiveMinimum"));
        let most = bound("maximum").or(bound("exclusiveMaximum"));
        let mut numbers: Vec<f64> =
            [least, most].into_iter().flatten().flat_map(|n| [n - unit, n, n + unit]).collect();
        numbers
            .extend(least.zip(most).map(|(least, most)| ((least + most) / 2.0).floor().max(least)));
        let number = |number: f64| if whole { json!(number as i64) } else { json!(number) };
        values.extend(numbers.into_iter().filter(|n| *n <= LARGEST).map(number));
    }
    values.dedup();
    values
}
