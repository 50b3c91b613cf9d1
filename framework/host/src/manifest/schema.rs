//! The JSON Schema of the manifest, generated from its types.
//!
//! Editors complete and check manifests with it, and the host's own check of keys and types walks it, so that the
//! two cannot disagree.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::types::Experiment;

/// The JSON Schema (draft 2020-12) of a manifest file, for `schemas/experiment.schema.json`.
pub fn experiment_schema() -> Value {
    let mut schema = tree_schema().clone();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let profile = json!({
            "description": "Partial manifests by name; `--profile NAME` lays one over the rest of the file. \
                            A table over a list addresses its entries by name.",
            "type": "object",
            "additionalProperties": { "type": "object" },
        });
        properties.insert("profile".to_owned(), profile);
    }
    schema
}

/// The schema of the merged tree: a manifest without profiles.
pub(super) fn tree_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        let mut schema = without_null(generator.into_root_schema_for::<Experiment>().to_value());
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("title".to_owned(), json!("triglot experiment"));
        }
        schema
    });
    &SCHEMA
}

/// TOML has no null: a key that may be null is a key that may be left out, which `required` says already.
fn without_null(schema: Value) -> Value {
    match schema {
        Value::Object(schema) => {
            let mut kept = Map::with_capacity(schema.len());
            for (key, value) in schema {
                match (key.as_str(), value) {
                    ("default", Value::Null) => {}
                    ("type", Value::Array(types)) => {
                        match without(types, &json!("null")).as_slice() {
                            [only] => drop(kept.insert(key, only.clone())),
                            several => drop(kept.insert(key, json!(several))),
                        }
                    }
                    ("anyOf", Value::Array(options)) => {
                        match without(options, &json!({ "type": "null" })).as_slice() {
                            [Value::Object(only)] => kept.extend(only.clone()),
                            several => drop(kept.insert(key, without_null(json!(several)))),
                        }
                    }
                    (_, value) => drop(kept.insert(key, without_null(value))),
                }
            }
            Value::Object(kept)
        }
        Value::Array(entries) => entries.into_iter().map(without_null).collect(),
        scalar => scalar,
    }
}

fn without(values: Vec<Value>, unwanted: &Value) -> Vec<Value> {
    values.into_iter().filter(|value| value != unwanted).collect()
}
