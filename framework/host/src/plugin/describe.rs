//! The options of a component as lines to read: what a person needs to know of each, out of the schema's forms.

use serde_json::Value;

use super::Kind;
use super::library::Component;
use super::schema::OptionSchema;

/// How deep tables are followed into each other; a schema may refer to itself.
const DEEPEST: usize = 4;

/// What an option is called that leads to a file or folder.
const PATH: &str = "path";

/// An option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedOption {
    /// Its key; that of an option in a table goes through the table: `optimizer.beta1`.
    pub key: String,
    /// Type and bounds in a few words: `integer, 1 to 4096`.
    pub kind: String,
    /// Its default as a manifest would write it, `required` if it has to be given, empty if it is none when left out.
    pub default: String,
    /// What it does.
    pub about: String,
}

/// The options of a component, each table's keys after it.
pub fn describe_options(component: &Component) -> Vec<DescribedOption> {
    let mut options = Vec::new();
    describe(OptionSchema::new(&component.schema), "", None, DEEPEST, &mut options);
    // The host takes a model from the hub wherever a backend asks for the path of one.
    if component.kind == Kind::Backend {
        let paths = options.iter_mut().filter(|option| option.kind == PATH);
        paths.for_each(|option| option.kind.push_str(" or hf:owner/name@revision"));
    }
    options
}

fn describe(
    table: OptionSchema<'_>,
    prefix: &str,
    defaults: Option<&Value>,
    deepest: usize,
    options: &mut Vec<DescribedOption>,
) {
    let Some(deepest) = deepest.checked_sub(1) else { return };
    for name in table.keys() {
        let Some(schema) = table.at(name) else { continue };
        let default = schema.says("default").or_else(|| defaults?.get(name));
        let is_table = !schema.keys().is_empty();
        let shown = match default {
            _ if table.requires(name) => "required".to_owned(),
            None | Some(Value::Null) => String::new(),
            // Its keys tell their own.
            Some(Value::Object(_)) if is_table => String::new(),
            Some(default) => default.to_string(),
        };
        let about = schema.says("description").and_then(Value::as_str).unwrap_or_default();
        let key = format!("{prefix}{name}");
        let inner = format!("{key}.");
        let kind = kind(schema);
        options.push(DescribedOption {
            key,
            kind,
            default: shown,
            about: about.replace('\n', " "),
        });
        describe(schema, &inner, default, deepest, options);
    }
}

/// Type and bounds.
fn kind(schema: OptionSchema<'_>) -> String {
    let kind = match schema.says("format").and_then(Value::as_str) {
        Some("path") => PATH.to_owned(),
        _ => schema.phrase(),
    };
    let pattern = schema.says("pattern").and_then(Value::as_str).unwrap_or_default();
    let several = schema.says("minItems").and_then(Value::as_u64).filter(|least| *least > 0);
    let several = several.map_or_else(String::new, |least| format!("at least {least}"));
    let parts = [kind, schema.bounds(), pattern.to_owned(), several];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bounds_defaults_paths_and_inner_keys_are_told() {
        let schema = json!({
            "properties": {
                "dim": { "type": "integer", "minimum": 1, "maximum": 9, "description": "The\nlength." },
                "weights": { "type": ["string", "null"], "format": "path", "default": null },
                "temperature": { "type": "number", "exclusiveMinimum": 0, "default": 0.05 },
                "optimizer": { "$ref": "#/$defs/Optimizer", "default": { "beta1": 0.9 } },
                "endless": { "$ref": "#" },
            },
            "required": ["dim"],
            "$defs": { "Optimizer": { "type": "object", "properties": {
                "beta1": { "type": "number", "minimum": 0, "exclusiveMaximum": 1 },
            } } },
        });
        let mut options = Vec::new();
        describe(OptionSchema::new(&schema), "", None, 1, &mut options);
        assert_eq!(options.len(), 5, "a schema that refers to itself ends");
        options.clear();
        describe(OptionSchema::new(&schema), "", None, 2, &mut options);
        let line = |key: &str| {
            let option = options.iter().find(|option| option.key == key).unwrap();
            [&option.kind, &option.default, &option.about].map(String::as_str)
        };
        assert_eq!(line("dim"), ["integer, 1 to 9", "required", "The length."]);
        assert_eq!(line("weights"), ["path", "", ""]);
        assert_eq!(line("temperature"), ["number, above 0", "0.05", ""]);
        assert_eq!(line("optimizer"), ["table", "", ""]);
        assert_eq!(line("optimizer.beta1"), ["number, 0 to below 1", "0.9", ""]);
    }
}
