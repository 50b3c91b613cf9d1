//! The keys by which collections know the same things, and the values behind them.

use serde_json::{Map, Value};

use super::super::file::json_problem;
use super::super::shape::{Checked, check_language};
use super::codes::code_of;
use crate::error::Diagnostic;

/// A line of JSON as an object.
pub(super) fn object(line: &str) -> Checked<Map<String, Value>> {
    serde_json::from_str(line).map_err(|source| {
        Diagnostic::new(json_problem(&source)).allowed("one JSON object a line").into()
    })
}

/// The value of the first of `keys` that is there, which must be a text or a number.
pub(super) fn text(object: &Map<String, Value>, keys: &[&str]) -> Checked<Option<String>> {
    let mut found = keys.iter().filter_map(|key| Some((*key, object.get(*key)?)));
    match found.find(|(_, value)| !value.is_null()) {
        None => Ok(None),
        Some((_, Value::String(text))) => Ok(Some(text.clone())),
        Some((_, Value::Number(number))) => Ok(Some(number.to_string())),
        Some((key, other)) => Err(Diagnostic::new(format!("the value of `{key}` is {other}"))
            .allowed("a string")
            .into()),
    }
}

/// As [`text`], where one of the keys must be there.
pub(super) fn required(object: &Map<String, Value>, keys: &[&str]) -> Checked<String> {
    text(object, keys)?.ok_or_else(|| {
        let found = object.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let problem = match keys {
            [key] => format!("the key `{key}` is missing; found: {found}"),
            _ => format!("none of the keys {} is there; found: {found}", keys.join(", ")),
        };
        Diagnostic::new(problem).into()
    })
}

/// The language of a line: the one that its file is told to be of; else its own, or the one that the file is taken for.
pub(super) fn language(object: &Map<String, Value>, of_file: OfFile<'_>) -> Checked<String> {
    let own = || text(object, &["language", "lang"])?.map(|own| code(&own)).transpose();
    let found = match of_file {
        OfFile::Told(language) => Some(language.to_owned()),
        OfFile::Assumed(language) => own()?.or_else(|| Some(language.to_owned())),
        OfFile::Unknown => own()?,
    };
    found.ok_or_else(without_language)
}

/// What is known of the language of a line before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum OfFile<'a> {
    /// The path says it.
    Told(&'a str),
    /// It is the only one that is asked for.
    Assumed(&'a str),
    /// Nothing.
    Unknown,
}

impl<'a> OfFile<'a> {
    /// The language, if any.
    pub(super) fn language(self) -> Option<&'a str> {
        match self {
            Self::Told(language) | Self::Assumed(language) => Some(language),
            Self::Unknown => None,
        }
    }
}

/// The code of the language that a collection calls `name`.
pub(super) fn code(name: &str) -> Checked<String> {
    let code = code_of(name);
    check_language(code)?;
    Ok(code.to_owned())
}

/// What to say where neither the file nor the line tells the language.
pub(super) fn without_language() -> Box<Diagnostic> {
    Diagnostic::new("neither the path nor the line tells the language")
        .allowed("`{lang}` in the path, a single language in `languages`, or a key `language`")
        .into()
}
