//! Options of a component against the JSON Schema it publishes, with the place of every mistake.

use serde_json::Value;

use super::library::{Component, Kind};
use crate::manifest::types::Options;

/// A mistake in options: where (object keys and array indices from the options' root), and what.
pub type Mistake = (Vec<String>, String);

/// Checks `options` against the schema of `component`; returns every mistake.
pub fn check_options(component: &Component, options: &Options) -> Vec<Mistake> {
    let validator = match jsonschema::validator_for(&component.schema) {
        Ok(validator) => validator,
        Err(source) => {
            let text = format!("the options schema of {} is malformed: {source}", component.name());
            return vec![(Vec::new(), text)];
        }
    };
    let options = Value::Object(options.clone());
    validator
        .iter_errors(&options)
        .map(|error| {
            let place = error.instance_path().to_string();
            let mut segments: Vec<String> = place
                .split('/')
                .skip(1)
                .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
                .collect();
            let text = describe(component, &error, &mut segments);
            (segments, text)
        })
        .collect()
}

fn describe(
    component: &Component,
    error: &jsonschema::ValidationError<'_>,
    segments: &mut Vec<String>,
) -> String {
    use jsonschema::error::ValidationErrorKind;
    if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind()
        && let Some(unknown) = unexpected.first()
    {
        let known: Vec<&str> = match component.schema.get("properties") {
            Some(Value::Object(properties)) if segments.is_empty() => {
                properties.keys().map(String::as_str).collect()
            }
            _ => Vec::new(),
        };
        let hint = crate::error::Diagnostic::new("").nearest(unknown, known.iter().copied());
        segments.push(unknown.clone());
        let mut text = format!("{} has no option `{unknown}`", component.name());
        if let Some(nearest) = hint.nearest {
            text += &format!("; did you mean `{nearest}`?");
        }
        if !known.is_empty() {
            text += &format!("\n  allowed: {}", known.join(", "));
        } else if segments.len() == 1 {
            text += "\n  allowed: no options";
        }
        return text;
    }
    if let ValidationErrorKind::Required { property: Value::String(option) } = error.kind() {
        let needs = format!("{} needs the option `{option}`", component.name());
        return match (component.kind, option.as_str()) {
            (Kind::Metric, "k") => format!("{needs}: write `{}@10`, for example", component.id),
            _ => needs,
        };
    }
    format!("option of {} refused: {error}", component.name())
}
