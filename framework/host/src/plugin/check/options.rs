//! Options to make an instance with, where nobody gave any.

use serde_json::{Map, Value};

use super::lab::Trouble;
use crate::manifest::types::Options;
use crate::plugin::{Component, OptionSchema};

/// Options that may do, in the order in which they are tried.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates {
    name: String,
    given: bool,
    all: Vec<String>,
}

impl Candidates {
    /// The options that were given; else none, those of the schema's examples, and some made from the schema, as far
    /// as the schema takes them.
    pub(super) fn of(component: &Component, given: Option<Options>) -> Self {
        let text = |options: Options| Value::Object(options).to_string();
        let name = component.id.clone();
        if let Some(given) = given {
            return Self { name, given: true, all: vec![text(given)] };
        }
        let schema = &component.schema;
        let validator = jsonschema::validator_for(schema).ok();
        let taken = |options: &Value| {
            validator.as_ref().is_none_or(|validator| validator.is_valid(options))
        };
        let none = Value::Object(Map::new());
        let examples =
            schema.get("examples").and_then(Value::as_array).into_iter().flatten().cloned();
        let all = [none].into_iter().chain(examples).chain(made_up(schema));
        let mut kept: Vec<String> = all.filter(taken).map(|options| options.to_string()).collect();
        kept.dedup();
        Self { name, given: false, all: kept }
    }

    /// None: the options are chosen already.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// The first of them that `create` takes.
    pub(super) fn first_taken(
        &self,
        create: impl Fn(&str) -> Result<(), Trouble>,
    ) -> Result<String, Trouble> {
        let mut refused = None;
        for options in &self.all {
            match create(options) {
                Ok(()) => return Ok(options.clone()),
                Err(Trouble::Refused(refusal)) if refusal.is_invalid() && !self.given => {
                    refused = Some((options, refusal));
                }
                Err(other) => return Err(other),
            }
        }
        let Self { name, .. } = self;
        let give = format!("give it some: --options '{name}={{ … }}'");
        Err(Trouble::Skipped(match refused {
            Some((options, refusal)) => {
                format!("no instance without options: with {options}, {refusal}; {give}")
            }
            None => format!(
                "no instance without options, and none could be made up from the schema; {give}"
            ),
        }))
    }
}

/// Options with a value for everything that is required.
fn made_up(schema: &Value) -> Option<Value> {
    value_of(OptionSchema::new(schema), 0)
}

/// How deep tables within tables are filled.
const DEEPEST: usize = 6;

/// A value that a schema may take: its default, its first constant, its least number, and so on.
pub(super) fn value_of(schema: OptionSchema<'_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let of_one = |one: OptionSchema<'_>| -> Option<Value> {
        let part = one.part();
        let key = |key: &str| part.get(key);
        let first = |key: &str| part.get(key).and_then(Value::as_array)?.first().cloned();
        if let Some(ready) = key("default")
            .or(key("const"))
            .cloned()
            .or_else(|| first("enum"))
            .or_else(|| first("examples"))
        {
            return Some(ready);
        }
        let least = || key("minimum").or(key("exclusiveMinimum")).and_then(Value::as_f64);
        match type_of(part)? {
            "object" => {
                let required = key("required").and_then(Value::as_array).into_iter().flatten();
                let mut table = Map::new();
                for name in required.filter_map(Value::as_str) {
                    table.insert(name.to_owned(), value_of(one.at(name)?, depth + 1)?);
                }
                Some(Value::Object(table))
            }
            "integer" => {
                let least = least()
                    .map_or(10, |least| least.ceil() as i64)
                    .max(i64::from(key("exclusiveMinimum").is_some()));
                let most =
                    key("maximum").and_then(Value::as_f64).map_or(i64::MAX, |most| most as i64);
                Some(least.max(10).min(most).into())
            }
            "number" => {
                let least = least().unwrap_or(0.0);
                let most = key("maximum").or(key("exclusiveMaximum")).and_then(Value::as_f64);
                Some((most.map_or(least + 1.0, |most| (least + most) / 2.0)).into())
            }
            "boolean" => Some(false.into()),
            "string" => Some("en".into()),
            "array" => {
                let least = key("minItems").and_then(Value::as_u64).unwrap_or(0);
                let item = || value_of(one.at("0")?, depth + 1);
                (0..least).map(|_| item()).collect::<Option<Vec<_>>>().map(Value::Array)
            }
            _ => None,
        }
    };
    schema.alternatives().into_iter().find_map(of_one)
}

/// The first type of a schema that is not null.
fn type_of(part: &Value) -> Option<&str> {
    match part.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).find(|name| *name != "null")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made(schema: &Value) -> Value {
        made_up(schema).unwrap_or_default()
    }

    #[test]
    fn what_is_required_is_made_up_and_nothing_else() {
        let schema = json!({
            "type": "object",
            "properties": {
                "k": { "type": "integer", "minimum": 1 },
                "few": { "type": "integer", "maximum": 3 },
                "share": { "type": "number", "minimum": 0, "maximum": 1 },
                "pooling": { "$ref": "#/$defs/Pooling" },
                "dense": { "anyOf": [{ "$ref": "#/$defs/Dense" }, { "type": "null" }] },
                "left": { "type": "string" },
                "default": { "type": "integer", "default": 4 },
                "codes": { "type": "array", "minItems": 2, "items": { "type": "string" } },
            },
            "required": ["k", "few", "share", "pooling", "dense", "default", "codes"],
            "$defs": {
                "Pooling": { "oneOf": [{ "const": "mean" }, { "const": "cls" }] },
                "Dense": { "type": "object", "properties": { "on": { "type": "boolean" } }, "required": ["on"] },
            },
        });
        let expected = json!({
            "k": 10, "few": 3, "share": 0.5, "pooling": "mean", "dense": { "on": false }, "default": 4,
            "codes": ["en", "en"],
        });
        assert_eq!(made(&schema), expected);
        assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&made(&schema)));
    }

    #[test]
    fn a_schema_that_needs_itself_has_no_options() {
        let schema = json!({
            "type": "object", "properties": { "inner": { "$ref": "#" } }, "required": ["inner"],
        });
        assert_eq!(made_up(&schema), None);
    }

    #[test]
    fn the_first_options_that_create_takes_are_chosen_and_a_failure_ends_the_search() {
        let refuse = |status, message: &str| {
            let refusal = crate::plugin::check::lab::Refusal {
                call: "create",
                status,
                message: message.into(),
            };
            Err(Trouble::Refused(refusal))
        };
        let candidates = |given| Candidates {
            name: "x".into(),
            given,
            all: ["{}", "{\"k\":1}"].map(str::to_owned).into(),
        };
        let needs_k = |options: &str| match options {
            "{}" => refuse(triglot_abi::STATUS_INVALID, "needs `k`"),
            _ => Ok(()),
        };
        assert_eq!(candidates(false).first_taken(needs_k), Ok("{\"k\":1}".to_owned()));
        let fails = |_: &str| refuse(triglot_abi::STATUS_FAILED, "no memory");
        assert!(matches!(candidates(false).first_taken(fails), Err(Trouble::Refused(_))));
        let never = |_: &str| refuse(triglot_abi::STATUS_INVALID, "no");
        let Err(Trouble::Skipped(why)) = candidates(false).first_taken(never) else {
            panic!("options that are refused are no finding")
        };
        assert_eq!(
            why,
            "no instance without options: with {\"k\":1}, `create` returned INVALID: no; give it some: \
                --options 'x={ … }'"
        );
        assert!(matches!(candidates(true).first_taken(never), Err(Trouble::Refused(_))));
    }
}
