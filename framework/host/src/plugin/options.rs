//! Options of a component against the JSON Schema it publishes, with the place of every mistake.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::library::{Component, Kind};
use super::schema::OptionSchema;
use crate::error::Diagnostic;
use crate::manifest::described;
use crate::manifest::types::Options;

/// What is known of a component by those who only know its schema.
struct Published<'a> {
    kind: Kind,
    /// `library/component`.
    name: &'a str,
    schema: &'a Value,
}

/// A mistake in options: where (object keys and array indices from the options' root), and what.
pub type Mistake = (Vec<String>, Diagnostic);

/// Checks `options` against the schema of `component`; returns every mistake.
pub fn check_options(component: &Component, options: &Options) -> Vec<Mistake> {
    check_against(component.kind, &component.name(), &component.schema, options)
}

/// Checks `options` against the schema of the component that has this name; returns every mistake.
pub(super) fn check_against(
    kind: Kind,
    name: &str,
    schema: &Value,
    options: &Options,
) -> Vec<Mistake> {
    let component = &Published { kind, name, schema };
    let validator = match jsonschema::validator_for(component.schema) {
        Ok(validator) => validator,
        Err(source) => {
            let text = format!("the options schema of {} is malformed: {source}", component.name);
            return vec![(Vec::new(), Diagnostic::new(text))];
        }
    };
    let options = Value::Object(options.clone());
    let errors = validator.iter_errors(&options);
    errors.flat_map(|error| mistakes(component, &error)).collect()
}

fn mistakes(component: &Published<'_>, error: &ValidationError<'_>) -> Vec<Mistake> {
    let place = segments(error);
    let root = Some(OptionSchema::new(component.schema));
    let schema = place.iter().fold(root, |schema, segment| schema?.at(segment));
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = schema.map(OptionSchema::keys).unwrap_or_default();
            let unknown = |option: &String| {
                let place = place.iter().chain([option]).cloned().collect();
                (place, unknown(component, option, &known))
            };
            unexpected.iter().map(unknown).collect()
        }
        ValidationErrorKind::Required { property: Value::String(option) } => {
            let needs = format!("{} needs the option `{option}`", component.name);
            let id = component.name.rsplit('/').next().unwrap_or_default();
            let needs = match (component.kind, option.as_str()) {
                (Kind::Metric, "k") => format!("{needs}: write `{id}@10`, for example"),
                _ => needs,
            };
            vec![(place, Diagnostic::new(needs))]
        }
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => {
            vec![(place, unfit(component, error, schema))]
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match meant(error, context) {
                Some(errors) => {
                    errors.iter().flat_map(|error| mistakes(component, error)).collect()
                }
                None => vec![(place, unfit(component, error, schema))],
            }
        }
        _ => vec![(place, Diagnostic::new(refused(component, error)))],
    }
}

fn segments(error: &ValidationError<'_>) -> Vec<String> {
    let place = error.instance_path().to_string();
    let segments = place.split('/').skip(1);
    segments.map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect()
}

/// The one of several schemas that was meant, by what is wrong with it: only it takes a value of this kind at all.
fn meant<'e>(
    error: &ValidationError<'_>,
    context: &'e [Vec<ValidationError<'static>>],
) -> Option<&'e [ValidationError<'static>]> {
    let of_another_kind = |inner: &ValidationError<'_>| {
        let kind = match inner.kind() {
            ValidationErrorKind::Type { .. }
            | ValidationErrorKind::Constant { .. }
            | ValidationErrorKind::Enum { .. } => true,
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => meant(inner, context).is_none(),
            _ => false,
        };
        kind && inner.instance_path() == error.instance_path()
    };
    let mut meant = context.iter().filter(|errors| !errors.iter().any(of_another_kind));
    match (meant.next(), meant.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

fn unknown(component: &Published<'_>, option: &str, known: &[&str]) -> Diagnostic {
    let problem = format!("{} has no option `{option}`", component.name);
    let allowed = match known {
        [] => "no options".to_owned(),
        known => known.join(", "),
    };
    Diagnostic::new(problem).nearest(option, known.iter().copied()).allowed(allowed)
}

/// A value that is none of those allowed, or of none of the types.
fn unfit(
    component: &Published<'_>,
    error: &ValidationError<'_>,
    schema: Option<OptionSchema<'_>>,
) -> Diagnostic {
    let Some(schema) = schema else { return Diagnostic::new(refused(component, error)) };
    let found = error.instance();
    let name = component.name;
    let problem = Diagnostic::new(format!("option of {name} refused: found {}", described(found)));
    let names = schema.names();
    let problem = match found.as_str() {
        Some(found) => problem.nearest(found, names.iter().map(String::as_str)),
        None => problem,
    };
    problem.allowed(schema.allowed())
}

fn refused(component: &Published<'_>, error: &ValidationError<'_>) -> String {
    format!("option of {} refused: {error}", component.name)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::plugin::library::Functions;

    /// What is said of these options: `place: mistake`.
    fn said(options: &Value) -> Vec<String> {
        let schema = json!({
            "properties": {
                "pooling": { "anyOf": [{ "$ref": "#/$defs/Pooling" }, { "type": "null" }] },
                "similarity": { "$ref": "#/$defs/Pooling" },
                "dense": { "anyOf": [{ "$ref": "#/$defs/Dense" }, { "type": "null" }] },
                "k": { "enum": [1, 2, null] },
                "weight": { "$ref": "#/$defs/Weight" },
                "pairs": { "anyOf": [{ "$ref": "#/$defs/Weight" }, { "type": "null" }] },
            },
            "additionalProperties": false,
            "$defs": {
                "Pooling": { "oneOf": [
                    { "type": "string", "const": "mean" },
                    { "type": "string", "const": "cls" },
                ] },
                // As schemars writes an untagged enum of names and a number.
                "Weight": { "anyOf": [
                    { "$ref": "#/$defs/Named" },
                    { "type": "number", "minimum": 0 },
                ] },
                "Named": { "oneOf": [
                    { "type": "string", "const": "uniform" },
                    { "type": "string", "const": "size" },
                ] },
                "Dense": {
                    "type": "object",
                    "properties": {
                        "dim": { "type": "integer", "minimum": 1 },
                        "activation": { "$ref": "#/$defs/Pooling" },
                    },
                    "additionalProperties": false,
                    "required": ["dim"],
                },
            },
        });
        let component = Component {
            kind: Kind::Backend,
            library: "raw".into(),
            id: "table".into(),
            version: "1".into(),
            abi_minor: 0,
            summary: String::new(),
            schema,
            needs: Vec::new(),
            path: PathBuf::new(),
            functions: Functions::Backend(Arc::new(triglot_abi::Sized32::empty())),
        };
        let Value::Object(options) = options else { return Vec::new() };
        let mistakes = check_options(&component, options).into_iter();
        mistakes.map(|(place, mistake)| format!("{}: {mistake}", place.join("."))).collect()
    }

    #[test]
    fn what_a_schema_takes_has_no_mistake() {
        let sound =
            json!({ "pooling": "cls", "dense": { "dim": 1, "activation": "mean" }, "k": 2 });
        assert_eq!(said(&sound), Vec::<String>::new());
        assert_eq!(said(&json!({ "pooling": null, "dense": null })), Vec::<String>::new());
    }

    #[test]
    fn a_value_that_is_none_of_those_allowed_is_shown_with_these_and_the_nearest() {
        let refused = "option of raw/table refused: found";
        for option in ["pooling", "similarity"] {
            assert_eq!(
                said(&json!({ option: "max" })),
                [format!("{option}: {refused} the string \"max\"\n  allowed: mean, cls")]
            );
            let nearest = "did you mean `mean`?";
            assert_eq!(
                said(&json!({ option: "maen" })),
                [format!(
                    "{option}: {refused} the string \"maen\"; {nearest}\n  allowed: mean, cls"
                )]
            );
        }
        assert_eq!(
            said(&json!({ "pooling": 3 })),
            [format!("pooling: {refused} the whole number 3\n  allowed: mean, cls")]
        );
        assert_eq!(
            said(&json!({ "k": 3 })),
            [format!("k: {refused} the whole number 3\n  allowed: 1, 2")]
        );
        assert_eq!(
            said(&json!({ "dense": "wide" })),
            [format!("dense: {refused} the string \"wide\"\n  allowed: table")]
        );
    }

    #[test]
    fn a_value_that_is_neither_a_name_nor_a_number_in_its_range_is_shown_with_both() {
        let refused = "option of raw/table refused:";
        let allowed = "allowed: uniform, size, or a number from 0";
        for option in ["weight", "pairs"] {
            assert_eq!(
                said(&json!({ option: "sise" })),
                [format!(
                    "{option}: {refused} found the string \"sise\"; did you mean `size`?\n  {allowed}"
                )]
            );
            assert_eq!(
                said(&json!({ option: false })),
                [format!("{option}: {refused} found false\n  {allowed}")]
            );
            assert_eq!(
                said(&json!({ option: -1 })),
                [format!("{option}: {refused} -1 is less than the minimum of 0")]
            );
            for sound in [json!("size"), json!(0), json!(0.5)] {
                assert_eq!(said(&json!({ option: sound })), Vec::<String>::new());
            }
        }
    }

    #[test]
    fn a_mistake_inside_an_optional_table_has_its_own_place() {
        assert_eq!(
            said(&json!({ "dense": { "dim": 0 } })),
            ["dense.dim: option of raw/table refused: 0 is less than the minimum of 1"]
        );
        assert_eq!(
            said(&json!({ "dense": { "dim": 1, "activation": "cl" } })),
            [
                "dense.activation: option of raw/table refused: found the string \"cl\"; did you mean `cls`?\n  allowed: mean, cls"
            ]
        );
        assert_eq!(
            said(&json!({ "dense": { "dim": 1, "dimm": 1 } })),
            [
                "dense.dimm: raw/table has no option `dimm`; did you mean `dim`?\n  allowed: dim, activation"
            ]
        );
    }
}
