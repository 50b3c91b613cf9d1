//! The lines of a manifest that use a component, as an example to begin with.
//!
//! Options that have to be given are given, with the example that the schema offers (`examples`) or a value that it
//! allows; of the others only those that offer an example.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::library::{Component, Kind};
use super::registry::Registry;
use super::schema::OptionSchema;

/// How deep tables and lists are followed into each other; a schema may refer to itself.
const DEEPEST: usize = 6;

/// What a manifest may say to use `component`, one of those in `registry`, as TOML.
pub fn example(component: &Component, registry: &Registry) -> String {
    let schema = OptionSchema::new(&component.schema);
    if component.kind == Kind::Metric {
        return metric(component, schema, registry);
    }
    let mut used = Map::new();
    if component.kind == Kind::Sampler {
        used.insert("name".into(), component.id.clone().into());
    }
    used.insert("use".into(), component.name().into());
    let options = options(schema);
    if options.as_object().is_some_and(|options| !options.is_empty()) {
        used.insert("options".into(), options);
    }
    let (table, key) = match component.kind {
        Kind::Backend => {
            let lines = used.iter().map(|(key, value)| format!("{key} = {}\n", toml(value)));
            return format!("[model]\n{}", lines.collect::<String>());
        }
        Kind::Metric => ("evaluate", "metrics"),
        Kind::Sampler => ("train.stage", "mix"),
        Kind::Augmenter => ("train.stage", "augment"),
        Kind::Objective => ("train.stage", "objective"),
    };
    let lines = format!("[[{table}]]\n{key} = {}\n", toml(&json!([used])));
    match component.needs.is_empty() {
        true => lines,
        false => lines + &teacher(registry),
    }
}

/// A teacher for what needs one: the first backend that there is.
fn teacher(registry: &Registry) -> String {
    let backends = registry.components().iter();
    let first = backends.map(|backend| &**backend).find(|c| c.kind == Kind::Backend);
    first.map_or_else(String::new, |backend| {
        example(backend, registry).replacen("[model]", "[teacher]", 1)
    })
}

/// A metric's name, with its cut-off if it can have one; in full if other libraries have one of the same id.
fn metric(component: &Component, schema: OptionSchema<'_>, registry: &Registry) -> String {
    let name = match registry.metric(&component.id) {
        Ok(_) => component.id.clone(),
        Err(_) => component.name(),
    };
    let cut = schema.at("k").map(|k| match offered(k) {
        Some(k) => format!("@{k}"),
        None => "@10".to_owned(),
    });
    format!("[[evaluate]]\nmetrics = {}\n", toml(&json!([name + &cut.unwrap_or_default()])))
}

/// The example options of a component.
fn options(schema: OptionSchema<'_>) -> Value {
    offered(schema).cloned().unwrap_or_else(|| table(schema, DEEPEST))
}

fn offered(schema: OptionSchema<'_>) -> Option<&Value> {
    schema.says("examples")?.as_array()?.first()
}

fn table(schema: OptionSchema<'_>, deepest: usize) -> Value {
    let keys = schema.keys().into_iter();
    let given = keys.filter_map(|key| {
        let inner = schema.at(key)?;
        let is_given = schema.requires(key) || offered(inner).is_some();
        is_given.then(|| (key.to_owned(), plausible(inner, deepest)))
    });
    Value::Object(given.collect())
}

/// A value that a schema offers, or allows as far as can be seen.
fn plausible(schema: OptionSchema<'_>, deepest: usize) -> Value {
    let set = |value: &&Value| !value.is_null();
    if let Some(value) = offered(schema).or_else(|| schema.says("default")).filter(set) {
        return value.clone();
    }
    if let Some(first) = schema.names().into_iter().next() {
        return first.into();
    }
    let Some(deepest) = deepest.checked_sub(1) else { return json!({}) };
    let bound = |keyword: &str| schema.says(keyword).and_then(Value::as_f64);
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum"));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum"));
    let kind = schema.phrase();
    if kind.starts_with("integer") {
        let low = least.unwrap_or(1.0).max(1.0) + f64::from(bound("exclusiveMinimum").is_some());
        return json!(low.min(most.unwrap_or(low)) as i64);
    }
    if kind.starts_with("number") {
        return match (least, most) {
            (Some(least), Some(most)) => json!(f64::midpoint(least, most)),
            (Some(least), None) => json!(least + 1.0),
            (None, Some(most)) => json!(most - 1.0),
            (None, None) => json!(1.0),
        };
    }
    match kind.split(' ').next() {
        Some("boolean") => json!(true),
        Some("list") => json!(schema.items().map(|items| plausible(items, deepest)).as_slice()),
        Some("table") => table(schema, deepest),
        _ if schema.says("format").and_then(Value::as_str) == Some("path") => json!("path/to/it"),
        _ => json!("text"),
    }
}

fn toml(value: &Value) -> String {
    let written = value.serialize(toml_edit::ser::ValueSerializer::new());
    written.map_or_else(|_| value.to_string(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_be_given_is_given_with_an_example_or_a_value_that_is_allowed() {
        let schema = json!({
            "type": "object",
            "properties": {
                "dim": { "type": "integer", "minimum": 8 },
                "share": { "type": "number", "minimum": 0, "maximum": 1 },
                "weights": { "type": "string", "format": "path" },
                "pooling": { "oneOf": [{ "const": "mean" }, { "const": "cls" }] },
                "languages": { "type": "array", "minItems": 1, "items": { "type": "string" } },
                "dense": { "type": "object", "properties": { "dim": { "type": "integer" } }, "required": ["dim"] },
                "offered": { "type": "string", "examples": ["an example"] },
                "left-out": { "type": "string" },
            },
            "required": ["dim", "share", "weights", "pooling", "languages", "dense"],
        });
        let options = options(OptionSchema::new(&schema));
        assert_eq!(
            options,
            json!({
                "dim": 8, "share": 0.5, "weights": "path/to/it", "pooling": "mean", "languages": ["text"],
                "dense": { "dim": 1 }, "offered": "an example",
            })
        );
        assert!(jsonschema::is_valid(&schema, &options));
        assert_eq!(
            toml(&json!({ "a": [1, "b"], "c": { "d": 0.5 } })),
            r#"{ a = [1, "b"], c = { d = 0.5 } }"#
        );
    }

    #[test]
    fn an_example_of_all_options_stands_for_them() {
        let schema =
            json!({ "examples": [{ "a": 1 }], "properties": { "b": {} }, "required": ["b"] });
        assert_eq!(options(OptionSchema::new(&schema)), json!({ "a": 1 }));
    }
}
