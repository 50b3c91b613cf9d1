//! Keys and types: the merged tree against the JSON Schema of the manifest.
//!
//! serde stops at the first mistake and knows nothing of lines or layers. This walk finds all of them, each with
//! its place, and what passes it deserialises. The schema is generated, so only the few forms that the types in
//! [`super::types`] produce are read.

use serde_json::{Map, Value};

use super::address::{self, Place};
use super::schema::tree_schema;
use super::tree::Tree;
use crate::error::Diagnostic;

/// Everything in the tree that has an unknown key, a wrong type or an unknown name, and every key that is missing.
pub(super) fn check(tree: &Tree) -> Vec<Diagnostic> {
    let root = tree_schema();
    let mut walk = Walk { tree, root, found: Vec::new() };
    walk.visit(&tree.value, root, &Place::default());
    walk.found
}

/// What a schema asks for.
enum Wanted<'a> {
    Anything,
    Whole,
    Number,
    Text,
    Truth,
    Names(Vec<&'a str>),
    List(&'a Value),
    Table { properties: &'a Map<String, Value>, required: Vec<&'a str> },
    Entries(&'a Value),
    Either(Vec<&'a Value>),
}

struct Walk<'a> {
    tree: &'a Tree,
    root: &'a Value,
    found: Vec<Diagnostic>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, value: &Value, schema: &'a Value, at: &Place) {
        match (self.wanted(schema), value) {
            (Wanted::Anything, _)
            | (Wanted::Number, Value::Number(_))
            | (Wanted::Text, Value::String(_))
            | (Wanted::Truth, Value::Bool(_)) => {}
            (Wanted::Whole, Value::Number(number)) if number.is_u64() => {}
            (Wanted::Whole, Value::Number(number)) if number.is_i64() => {
                self.report(at, format!("found {number}, a whole number from 0 on is wanted"));
            }
            (Wanted::Names(names), Value::String(name)) => {
                if !names.contains(&name.as_str()) {
                    let unknown =
                        self.tree.diagnostic(at, format!("unknown value {}", quoted(name)));
                    self.found.push(
                        unknown.nearest(name, names.iter().copied()).allowed(names.join(", ")),
                    );
                }
            }
            (Wanted::List(items), Value::Array(entries)) => {
                (0..)
                    .zip(entries)
                    .for_each(|(index, entry)| self.visit(entry, items, &at.index(index)));
            }
            (Wanted::Entries(values), Value::Object(table)) => {
                table.iter().for_each(|(key, value)| self.visit(value, values, &at.key(key)));
            }
            (Wanted::Table { properties, required }, Value::Object(table)) => {
                self.keys(table, properties, &required, at);
            }
            (Wanted::Either(options), _)
                if options.iter().any(|option| self.takes(option, value)) =>
            {
                if let Some(option) = options.into_iter().find(|option| self.takes(option, value)) {
                    self.visit(value, option, at);
                }
            }
            _ => {
                let problem =
                    format!("found {}, {} is wanted", described(value), self.phrase(schema));
                self.report(at, problem);
            }
        }
    }

    fn keys(
        &mut self,
        table: &Map<String, Value>,
        properties: &'a Map<String, Value>,
        required: &[&str],
        at: &Place,
    ) {
        let mut meant = Vec::new();
        for (key, value) in table {
            match properties.get(key) {
                Some(schema) => self.visit(value, schema, &at.key(key)),
                None => {
                    let names = || properties.keys().map(String::as_str);
                    let unknown = self.tree.diagnostic(&at.key(key), "unknown key");
                    let allowed = names().collect::<Vec<_>>().join(", ");
                    let unknown = unknown.nearest(key, names()).allowed(allowed);
                    meant.extend(unknown.nearest.clone());
                    self.found.push(unknown);
                }
            }
        }
        // A key misspelt is one mistake, not a second that it is missing.
        let missing = |key: &&&str| !table.contains_key(**key) && !meant.iter().any(|m| m == **key);
        for key in required.iter().filter(missing) {
            let phrase =
                properties.get(*key).map_or("a value".to_owned(), |schema| self.phrase(schema));
            self.report(
                at,
                format!("the key `{}` is missing, {phrase} is wanted", address::show_key(key)),
            );
        }
    }

    fn report(&mut self, at: &Place, problem: String) {
        self.found.push(self.tree.diagnostic(at, problem));
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let reference = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    fn wanted(&self, schema: &'a Value) -> Wanted<'a> {
        let schema = self.resolve(schema);
        if let Some(names) = names(schema) {
            return Wanted::Names(names);
        }
        if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
            return Wanted::Either(options.iter().collect());
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("integer") => Wanted::Whole,
            Some("number") => Wanted::Number,
            Some("string") => Wanted::Text,
            Some("boolean") => Wanted::Truth,
            Some("array") => schema.get("items").map_or(Wanted::Anything, Wanted::List),
            Some("object") => {
                match (schema.get("properties"), schema.get("additionalProperties")) {
                    (Some(Value::Object(properties)), _) => {
                        let required = schema.get("required").and_then(Value::as_array);
                        let required =
                            required.into_iter().flatten().filter_map(Value::as_str).collect();
                        Wanted::Table { properties, required }
                    }
                    (_, Some(values)) => Wanted::Entries(values),
                    _ => Wanted::Anything,
                }
            }
            _ => Wanted::Anything,
        }
    }

    /// Whether a value is of the JSON type that the schema asks for.
    fn takes(&self, schema: &'a Value, value: &Value) -> bool {
        match self.wanted(schema) {
            Wanted::Anything => true,
            Wanted::Whole | Wanted::Number => value.is_number(),
            Wanted::Text | Wanted::Names(_) => value.is_string(),
            Wanted::Truth => value.is_boolean(),
            Wanted::List(_) => value.is_array(),
            Wanted::Table { .. } | Wanted::Entries(_) => value.is_object(),
            Wanted::Either(options) => options.into_iter().any(|option| self.takes(option, value)),
        }
    }

    fn phrase(&self, schema: &'a Value) -> String {
        let phrase = match self.wanted(schema) {
            Wanted::Anything => "a value",
            Wanted::Whole => "a whole number",
            Wanted::Number => "a number",
            Wanted::Text => "a string",
            Wanted::Truth => "true or false",
            Wanted::Names(names) => return format!("one of {}", names.join(", ")),
            Wanted::List(_) => "a list",
            Wanted::Table { .. } | Wanted::Entries(_) => "a table",
            Wanted::Either(options) => {
                return options
                    .into_iter()
                    .map(|option| self.phrase(option))
                    .collect::<Vec<_>>()
                    .join(" or ");
            }
        };
        phrase.to_owned()
    }
}

/// The names of an enumeration, in either of the forms that schemars writes.
fn names(schema: &Value) -> Option<Vec<&str>> {
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        return names.iter().map(Value::as_str).collect();
    }
    let options = schema.get("oneOf").and_then(Value::as_array)?;
    let of_option = |option| match names(option) {
        Some(names) => Some(names),
        None => Some(vec![option.get("const").and_then(Value::as_str)?]),
    };
    Some(options.iter().map(of_option).collect::<Option<Vec<_>>>()?.concat())
}

/// A value as found, with its type.
pub(crate) fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) if number.is_f64() => format!("the number {number}"),
        Value::Number(number) => format!("the whole number {number}"),
        Value::String(text) => format!("the string {}", quoted(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a table".to_owned(),
    }
}

/// A string as found, cut where it would drown the message.
fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return format!("{text:?}");
    }
    format!("{:?}", text.chars().take(LONGEST).chain(['…']).collect::<String>())
}
