//! What the schema of an option asks for, in words.
//!
//! A schema says simple things in roundabout ways: an option that may be left out is an `anyOf` with null, a type with a
//! name stands elsewhere and is referred to, an enum with documented values is a `oneOf` of constants. Whoever writes a
//! manifest wants to know the values.

use serde_json::Value;

/// How far references and alternatives are followed into each other; a schema may refer to itself.
const DEEPEST: usize = 8;

/// A part of the schema of a component's options.
#[derive(Debug, Clone, Copy)]
pub struct OptionSchema<'a> {
    /// The whole, which references start at.
    root: &'a Value,
    part: &'a Value,
}

impl<'a> OptionSchema<'a> {
    /// The schema of all options.
    pub fn new(root: &'a Value) -> Self {
        Self { root, part: root }
    }

    /// The part of the schema that this is.
    pub(super) fn part(self) -> &'a Value {
        self.part
    }

    /// The schema of what a key or index leads to, if this one speaks of it.
    pub fn at(self, segment: &str) -> Option<Self> {
        let part = |one: Self| {
            let property = one.part.get("properties").and_then(|all| all.get(segment));
            let item = || one.part.get("items").filter(|_| segment.parse::<usize>().is_ok());
            Some(Self { part: property.or_else(item)?, ..self })
        };
        self.alternatives().into_iter().find_map(part)
    }

    /// The keys that a table may have, where this is one.
    pub fn keys(self) -> Vec<&'a str> {
        let alternatives = self.alternatives().into_iter();
        let tables = alternatives.filter_map(|one| one.part.get("properties")?.as_object());
        tables.flat_map(|table| table.keys().map(String::as_str)).collect()
    }

    /// The values that are allowed, where they can be listed.
    pub fn values(self) -> Option<Vec<String>> {
        let values = self.alternatives().into_iter().map(Self::listed);
        let values = values.collect::<Option<Vec<_>>>()?.concat();
        (!values.is_empty()).then_some(values)
    }

    /// The values that are listed, beside whatever else is allowed.
    pub fn names(self) -> Vec<String> {
        self.alternatives().into_iter().filter_map(Self::listed).flatten().collect()
    }

    /// The values that this one alternative lists.
    fn listed(self) -> Option<Vec<String>> {
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match (self.part.get("const"), self.part.get("enum")) {
            (Some(value), _) => Some(vec![shown(value)]),
            (_, Some(Value::Array(values))) => {
                Some(values.iter().filter(|value| !value.is_null()).map(shown).collect())
            }
            _ => None,
        }
    }

    /// The type in a few words: `integer`, `string or table`, `one of mean, cls`, `uniform, size or number`.
    pub fn phrase(self) -> String {
        if let Some(values) = self.values() {
            return format!("one of {}", values.join(", "));
        }
        let types = self.types().join(" or ");
        match (self.names().join(", "), types.is_empty()) {
            (_, true) => "any value".to_owned(),
            (names, false) if names.is_empty() => types,
            (names, false) => format!("{names} or {types}"),
        }
    }

    /// What is allowed, for a message: `mean, cls`, `string or table`, `uniform, size, or a number from 0`.
    pub fn allowed(self) -> String {
        if let Some(values) = self.values() {
            return values.join(", ");
        }
        let (names, types) = (self.names(), self.types());
        let (false, Some(first)) = (names.is_empty(), types.first()) else { return self.phrase() };
        let article = if first.starts_with('i') { "an" } else { "a" };
        let others = format!("{article} {} {}", types.join(" or "), self.bounds());
        format!("{}, or {}", names.join(", "), others.trim_end())
    }

    /// The types of the alternatives that list no values, each once.
    fn types(self) -> Vec<&'a str> {
        let mut types: Vec<&str> = Vec::new();
        for one in self.alternatives().into_iter().filter(|one| one.listed().is_none()) {
            let named = match one.part.get("type") {
                Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
                Some(Value::String(one)) => vec![one.as_str()],
                _ => Vec::new(),
            };
            for name in named {
                let name = match name {
                    "object" => "table",
                    "array" => "list",
                    other => other,
                };
                if name != "null" && !types.contains(&name) {
                    types.push(name);
                }
            }
        }
        types
    }

    /// The range of a number: `1 to 4096`, `from 0`, `above 0`; empty where there is none.
    pub(super) fn bounds(self) -> String {
        let number = |keyword: &str| self.says(keyword).filter(|bound| bound.is_number());
        match (number("minimum"), number("maximum")) {
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (Some(least), None) => match number("exclusiveMaximum") {
                Some(end) => format!("{least} to below {end}"),
                None => format!("from {least}"),
            },
            (None, most) => {
                let above = number("exclusiveMinimum").map(|start| format!("above {start}"));
                let end = number("exclusiveMaximum").map(|end| format!("below {end}"));
                let most = most.map(|most| format!("up to {most}"));
                [above, end, most].into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// What is said under a keyword, here or, failing that, in one of the alternatives.
    pub(super) fn says(self, keyword: &str) -> Option<&'a Value> {
        let parts = std::iter::once(self).chain(self.alternatives());
        parts.map(|one| one.part.get(keyword)).find_map(|said| said)
    }

    /// What is said under a keyword in the schema of a list's items.
    pub(super) fn items(self) -> Option<Self> {
        self.says("items").map(|part| Self { part, ..self })
    }

    /// Whether a table has to have this key.
    pub(super) fn requires(self, key: &str) -> bool {
        let required = self.says("required").and_then(Value::as_array);
        required.is_some_and(|keys| keys.iter().any(|required| required == key))
    }

    /// What a value may be, null apart; several only where the schema has alternatives.
    pub(super) fn alternatives(self) -> Vec<Self> {
        let mut all = Vec::new();
        self.unfold(DEEPEST, &mut all);
        all
    }

    fn unfold(self, deepest: usize, all: &mut Vec<Self>) {
        let Some(deepest) = deepest.checked_sub(1) else { return };
        let part = |part| Self { part, ..self };
        let reference = self.part.get("$ref").and_then(Value::as_str);
        let reference = reference.and_then(|reference| reference.strip_prefix('#'));
        if let Some(named) = reference.and_then(|pointer| self.root.pointer(pointer)) {
            return part(named).unfold(deepest, all);
        }
        let either = ["anyOf", "oneOf"].iter().find_map(|key| self.part.get(*key)?.as_array());
        match either {
            Some(either) => either.iter().for_each(|one| part(one).unfold(deepest, all)),
            None if self.part.get("type").and_then(Value::as_str) == Some("null") => {}
            None => all.push(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn options() -> Value {
        json!({
            "properties": {
                "pooling": { "anyOf": [{ "$ref": "#/$defs/Pooling" }, { "type": "null" }] },
                "similarity": { "$ref": "#/$defs/Similarity" },
                "dense": { "anyOf": [{ "$ref": "#/$defs/Dense" }, { "type": "null" }] },
                "dim": { "type": "integer" },
                "weight": { "anyOf": [
                    { "anyOf": [
                        { "$ref": "#/$defs/Similarity" },
                        { "type": "number", "minimum": 0 },
                    ] },
                    { "type": "null" },
                ] },
                "dropout": { "type": ["number", "null"] },
                "languages": { "anyOf": [
                    { "type": "string" },
                    { "type": "array", "items": { "$ref": "#/$defs/Similarity" } },
                ] },
                "anything": true,
                "endless": { "$ref": "#/properties/endless" },
            },
            "$defs": {
                "Pooling": { "oneOf": [{ "const": "mean" }, { "const": "cls" }] },
                "Similarity": { "enum": ["cosine", "dot"] },
                "Dense": {
                    "type": "object",
                    "properties": { "activation": { "$ref": "#/$defs/Similarity" } },
                },
            },
        })
    }

    #[test]
    fn every_form_of_a_schema_has_a_plain_phrase() {
        let options = options();
        let phrase = |option| OptionSchema::new(&options).at(option).unwrap().phrase();
        assert_eq!(phrase("pooling"), "one of mean, cls");
        assert_eq!(phrase("similarity"), "one of cosine, dot");
        assert_eq!(phrase("dense"), "table");
        assert_eq!(phrase("dim"), "integer");
        assert_eq!(phrase("dropout"), "number");
        assert_eq!(phrase("weight"), "cosine, dot or number");
        assert_eq!(phrase("languages"), "string or list");
        assert_eq!(phrase("anything"), "any value");
        assert_eq!(phrase("endless"), "any value");
    }

    #[test]
    fn what_stands_deeper_is_found_through_references_and_alternatives() {
        let options = options();
        let at = |path: &[&str]| {
            let root = Some(OptionSchema::new(&options));
            path.iter().fold(root, |schema, segment| schema?.at(segment))
        };
        assert_eq!(at(&["dense"]).unwrap().keys(), ["activation"]);
        assert_eq!(at(&["dense", "activation"]).unwrap().phrase(), "one of cosine, dot");
        assert_eq!(at(&["languages", "0"]).unwrap().phrase(), "one of cosine, dot");
        assert!(at(&["dim", "deeper"]).is_none() && at(&["absent"]).is_none());
    }
}
