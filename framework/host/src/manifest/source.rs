//! The manifest file as a tree of which every node knows its line.
//!
//! figment and serde both forget where a value stood, so the lines are taken from toml_edit's spans here, once,
//! and travel beside the values. TOML can say what JSON cannot (dates, inf, nan); options cross to the plugins as
//! JSON, so those are refused here rather than somewhere behind the border.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use toml_edit::{Document, InlineTable, Item, Table};

use super::address::Place;
use super::nothing_wrong;
use super::origin::Origin;
use super::tree::Tree;
use crate::error::{Diagnostic, Result};

/// The text of a manifest, and the path by which errors name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where the text lies.
    pub path: PathBuf,
    /// The text.
    pub text: String,
}

impl Source {
    /// Reads a manifest file.
    ///
    /// # Errors
    ///
    /// A [`Diagnostic`] that names the file, when it cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self> {
        let wrong = |problem: String| Diagnostic::new(problem).file(path);
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => wrong("there is no such file".to_owned()),
            io::ErrorKind::IsADirectory => {
                wrong("this is a folder, a manifest is a file".to_owned())
            }
            _ => wrong(format!("the manifest cannot be read: {error}")),
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
            let line = 1 + valid.filter(|byte| **byte == b'\n').count();
            wrong("the manifest is not UTF-8".to_owned()).line(line)
        })?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// Parses the text.
    pub(super) fn parse(&self) -> Result<Tree> {
        let document = Document::parse(self.text.as_str()).map_err(|error| {
            let (line, column) = position(&self.text, error.span().map_or(0, |span| span.start));
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            Diagnostic::new(format!("malformed TOML at column {column}: {message}"))
                .file(&self.path)
                .line(line)
        })?;
        let mut reading = Reading::of(self);
        reading.tree.value = reading.table(document.as_table(), &Place::default());
        nothing_wrong(reading.refused)?;
        Ok(reading.tree)
    }
}

/// Line and column of a byte offset, both counted from 1, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// A walk over TOML that gathers values, lines, and what has to be refused.
pub(super) struct Reading {
    line_ends: Vec<usize>,
    /// The values, with their lines.
    pub(super) tree: Tree,
    /// Values that no manifest may hold.
    pub(super) refused: Vec<Diagnostic>,
}

impl Reading {
    /// A reading of nothing yet, that knows the lines of `source`.
    pub(super) fn of(source: &Source) -> Self {
        Self {
            line_ends: source.text.match_indices('\n').map(|(offset, _)| offset).collect(),
            tree: Tree::new(&source.path),
            refused: Vec::new(),
        }
    }

    fn mark(&mut self, at: &Place, span: Option<std::ops::Range<usize>>) {
        if let Some(span) = span {
            let line = 1 + self.line_ends.partition_point(|end| *end < span.start);
            self.tree.origins.insert(at.clone(), Origin::File { line });
        }
    }

    fn table(&mut self, table: &Table, at: &Place) -> Value {
        let mut values = Map::new();
        for (key, item) in table {
            let at = at.key(key);
            self.mark(&at, table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span()));
            values.insert(key.to_owned(), self.item(item, &at));
        }
        Value::Object(values)
    }

    fn inline_table(&mut self, table: &InlineTable, at: &Place) -> Value {
        let mut values = Map::new();
        for (key, value) in table {
            let at = at.key(key);
            self.mark(&at, table.key(key).and_then(toml_edit::Key::span).or_else(|| value.span()));
            values.insert(key.to_owned(), self.value(value, &at));
        }
        Value::Object(values)
    }

    fn item(&mut self, item: &Item, at: &Place) -> Value {
        match item {
            Item::None => Value::Null,
            Item::Value(value) => self.value(value, at),
            Item::Table(table) => self.table(table, at),
            Item::ArrayOfTables(tables) => {
                let entry = |(index, table): (usize, &Table)| {
                    let at = at.index(index);
                    self.mark(&at, table.span());
                    self.table(table, &at)
                };
                tables.iter().enumerate().map(entry).collect()
            }
        }
    }

    /// Reads one value at `at`.
    pub(super) fn value(&mut self, value: &toml_edit::Value, at: &Place) -> Value {
        match value {
            toml_edit::Value::String(text) => Value::from(text.value().as_str()),
            toml_edit::Value::Integer(number) => Value::from(*number.value()),
            toml_edit::Value::Boolean(truth) => Value::from(*truth.value()),
            toml_edit::Value::Float(number) if number.value().is_finite() => {
                Value::from(*number.value())
            }
            toml_edit::Value::Float(number) => {
                self.refuse(at, &format!("found {}, a number must be finite", number.value()))
            }
            toml_edit::Value::Datetime(date) => self.refuse(
                at,
                &format!("found the date {}, no key takes one; a string may hold it", date.value()),
            ),
            toml_edit::Value::InlineTable(table) => self.inline_table(table, at),
            toml_edit::Value::Array(entries) => {
                let entry = |(index, value): (usize, &toml_edit::Value)| {
                    let at = at.index(index);
                    self.mark(&at, value.span());
                    self.value(value, &at)
                };
                entries.iter().enumerate().map(entry).collect()
            }
        }
    }

    fn refuse(&mut self, at: &Place, problem: &str) -> Value {
        self.refused.push(self.tree.diagnostic(at, problem));
        Value::Null
    }
}
