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

/// An id, which the blank-separated files of a run must be able to carry.
pub(super) fn check_id(id: &str) -> Checked<()> {
    if id.is_empty() || id.contains(char::is_whitespace) {
        let problem = format!("the id {id:?} is empty or holds white space");
        return Err(Diagnostic::new(problem)
            .allowed("ids without white space: TREC files separate their columns by it")
            .into());
    }
    Ok(())
}

/// The language of a line: that of the file, else its own.
pub(super) fn language(object: &Map<String, Value>, of_file: Option<&str>) -> Checked<String> {
    let Some(language) = of_file else {
        let own = text(object, &["language", "lang"])?;
        let Some(own) = own else { return Err(without_language()) };
        let code = code_of(&own);
        check_language(code)?;
        return Ok(code.to_owned());
    };
    Ok(language.to_owned())
}

/// What to say where neither the file nor the line tells the language.
pub(super) fn without_language() -> Box<Diagnostic> {
    Diagnostic::new("neither the path nor the line tells the language")
        .allowed("`{lang}` in the path, a single language in `languages`, or a key `language`")
        .into()
}
