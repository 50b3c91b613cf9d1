//! JSON lines: one record a line. A key that nobody knows is refused, since it is most often one misspelt; what
//! else a record tells is one number, under the key that the manifest names as `user_column`.

use serde_json::{Map, Value};

use super::file::json_problem;
use super::shape::{Checked, Row};
use super::user;
use crate::error::Diagnostic;

const REQUIRED: [&str; 4] = ["id", "language", "query", "passage"];
const KEYS: [&str; 5] = ["id", "language", "query", "passage", "group"];

/// Gives every record of `text` to `take`, in order; what goes wrong names its line.
pub(super) fn read(
    text: &str,
    user_column: Option<&str>,
    mut take: impl FnMut(Row<'_>) -> Checked<()>,
) -> Checked<()> {
    for (line, content) in (1..).zip(text.lines()) {
        if !content.trim().is_empty() {
            record(line, content, user_column, &mut take).map_err(|problem| problem.line(line))?;
        }
    }
    Ok(())
}

fn record(
    line: usize,
    content: &str,
    user_column: Option<&str>,
    take: &mut impl FnMut(Row<'_>) -> Checked<()>,
) -> Checked<()> {
    let object: Map<String, Value> = serde_json::from_str(content).map_err(|source| {
        Diagnostic::new(json_problem(&source)).allowed("one JSON object a line")
    })?;
    let known = || KEYS.into_iter().chain(user_column);
    if let Some(key) = object.keys().find(|key| !known().any(|known| known == key.as_str())) {
        return Err(Diagnostic::new(format!("unknown key `{key}`"))
            .nearest(key, known())
            .allowed(match user_column {
                Some(_) => known().collect::<Vec<_>>().join(", "),
                None => format!("{}; to train on, also what `user_column` names", KEYS.join(", ")),
            })
            .into());
    }
    let [id, language, query, passage] = REQUIRED.map(|key| -> Checked<&str> {
        string(&object, key)?.ok_or_else(|| {
            let found = object.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            Diagnostic::new(format!("the key `{key}` is missing; found: {found}"))
                .allowed(KEYS.join(", "))
                .into()
        })
    });
    take(Row {
        line,
        id: id?,
        language: language?,
        query: query?,
        passage: passage?,
        group: string(&object, "group")?,
        user: match user_column {
            Some(name) => user::from_json(name, object.get(name))?,
            None => user::ABSENT,
        },
    })
}

fn string<'a>(object: &'a Map<String, Value>, key: &str) -> Checked<Option<&'a str>> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Diagnostic::new(format!("the value of `{key}` is {other}"))
            .allowed("a string")
            .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id":"1","language":"en","query":"q","passage":"p"}"#;

    fn problem(line: &str) -> String {
        read(&format!("{GOOD}\n\n{line}\n"), None, |_| Ok(())).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_offers_the_nearest_name() {
        let diagnostic =
            read(r#"{"id":"1","langauge":"en","query":"q","passage":"p"}"#, None, |_| Ok(()))
                .unwrap_err();
        assert_eq!(diagnostic.line, Some(1));
        assert_eq!(diagnostic.nearest.as_deref(), Some("language"));
    }

    #[test]
    fn a_missing_key_names_the_keys_found() {
        let message = problem(r#"{"id":"1","query":"q","passage":"p"}"#);
        assert!(
            message.contains("the key `language` is missing; found: id, query, passage"),
            "{message}"
        );
    }

    #[test]
    fn a_value_that_is_no_string_is_refused() {
        let message = problem(r#"{"id":1,"language":"en","query":"q","passage":"p"}"#);
        assert!(message.contains("the value of `id` is 1"), "{message}");
    }

    #[test]
    fn malformed_json_names_line_and_column() {
        let diagnostic = read(&format!("{GOOD}\n\n{{\"id\" 1}}"), None, |_| Ok(())).unwrap_err();
        assert_eq!(diagnostic.line, Some(3));
        assert!(diagnostic.problem.ends_with("at column 7"), "{diagnostic}");
    }

    #[test]
    fn blank_lines_are_passed_over_and_counted() {
        let mut lines = Vec::new();
        read(&format!("{GOOD}\r\n\r\n{GOOD}"), None, |row| {
            lines.push((row.line, row.group.map(str::to_owned)));
            Ok(())
        })
        .unwrap();
        assert_eq!(lines, [(1, None), (3, None)]);
    }
}
