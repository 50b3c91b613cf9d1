//! The layers that do not come from the file: `TRIGLOT_*` variables and `--set` arguments.
//!
//! A value is read as TOML, and what is not TOML is a string, so that neither `--set seed=3` nor
//! `--set model.use=candle/static` needs quotes inside quotes.

use std::path::Path;

use serde_json::Value;

use super::address::{self, Place};
use super::origin::Origin;
use super::source::{Reading, Source};
use super::tree::Tree;
use crate::error::{Diagnostic, Result};

/// What a variable of the manifest begins with.
const PREFIX: &str = "TRIGLOT_";

/// Variables of the program that are no keys of the manifest.
pub const RESERVED_VARIABLES: [&str; 10] = [
    "TRIGLOT_PLUGIN_PATH",
    "TRIGLOT_DATA_DIR",
    "TRIGLOT_MODEL_DIR",
    "TRIGLOT_RUNS_DIR",
    "TRIGLOT_CACHE_DIR",
    "TRIGLOT_LOG",
    "TRIGLOT_THREADS",
    "TRIGLOT_MEMORY_LIMIT",
    "TRIGLOT_CALL_LIMIT",
    "TRIGLOT_CALL_GRACE",
];

/// The variables that are keys of the manifest, in the order of their names.
pub(super) fn manifest_variables(environment: &[(String, String)]) -> Vec<(&str, &str)> {
    let mut variables: Vec<_> = environment
        .iter()
        .map(|(variable, value)| (variable.as_str(), value.as_str()))
        .filter(|(variable, _)| {
            variable.starts_with(PREFIX) && !RESERVED_VARIABLES.contains(variable)
        })
        .collect();
    variables.sort_unstable();
    variables
}

/// The layer of one variable. Names of variables know neither case nor `-`, so its segments are matched against
/// the keys and names that are there.
pub(super) fn variable_layer(variable: &str, text: &str, below: &Tree) -> Result<Tree> {
    let origin = Origin::Environment { variable: variable.to_owned() };
    let written = variable.strip_prefix(PREFIX).unwrap_or(variable).to_lowercase();
    let mut here = Some(&below.value);
    let mut segments = Vec::new();
    for written in written.split("__") {
        let names: Vec<&str> = match here {
            Some(Value::Object(table)) => table.keys().map(String::as_str).collect(),
            Some(Value::Array(entries)) => entries.iter().filter_map(address::label).collect(),
            _ => Vec::new(),
        };
        let segment = meant(written, &names);
        here = match here {
            Some(Value::Object(table)) => table.get(segment),
            Some(Value::Array(entries)) => {
                address::entry(entries, segment).ok().and_then(|index| entries.get(index))
            }
            _ => None,
        };
        segments.push(segment.to_owned());
    }
    address::shallow_enough(segments.len()).map_err(|problem| Diagnostic {
        layer: Some(origin.to_string()),
        ..Diagnostic::new(problem)
    })?;
    Ok(Tree::single(&below.file, &segments, parse_value(text), origin))
}

/// The one name that a segment of a variable can mean, else the segment as it is.
fn meant<'a>(written: &'a str, names: &[&'a str]) -> &'a str {
    let fold = |name: &str| -> String {
        name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
    };
    let mut fitting = names.iter().filter(|name| fold(name) == written);
    match (fitting.next(), fitting.next()) {
        (Some(name), None) => name,
        _ => written,
    }
}

/// The layer of one `--set` argument.
pub(super) fn set_layer(argument: &str, file: &Path) -> Result<Tree> {
    let origin = Origin::Set { argument: argument.to_owned() };
    let wrong = |problem: String| Diagnostic {
        layer: Some(origin.to_string()),
        ..Diagnostic::new(problem)
    };
    let (key, text) = split(argument).ok_or_else(|| wrong("the form is key=value".to_owned()))?;
    let segments = address::segments(key.trim()).map_err(wrong)?;
    Ok(Tree::single(file, &segments, parse_value(text), origin))
}

/// Splits at the first `=` that stands outside quotes.
fn split(argument: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut escaped = false;
    for (offset, character) in argument.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (None, '=') => return Some((argument.get(..offset)?, argument.get(offset + 1..)?)),
            (None, '"' | '\'') => quote = Some(character),
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

/// The value that a text means: TOML, or else the text itself.
pub(crate) fn parse_value(text: &str) -> Value {
    let as_toml = text.trim().parse::<toml_edit::Value>().ok().and_then(|value| {
        let nowhere = Source { path: Default::default(), text: String::new() };
        let mut reading = Reading::of(&nowhere);
        let value = reading.value(&value, &Place::default());
        reading.refused.is_empty().then_some(value)
    });
    as_toml.unwrap_or_else(|| Value::from(text))
}
