//! The resolved manifest, written out: as TOML for people and for loading again, as canonical JSON for its hash.

use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table};

use super::overrides::parse_value;

/// Tables that stand under headers of their own; all others are written inline, as an author would.
const TABLES: [&[&str]; 5] =
    [&["model"], &["model", "options"], &["teacher"], &["teacher", "options"], &["train"]];
/// Lists of tables that stand under `[[headers]]`.
const LISTS: [&[&str]; 3] = [&["train", "data"], &["train", "stage"], &["evaluate"]];

/// The tree as TOML, without its sweep.
pub(super) fn toml(tree: &Value) -> String {
    let mut document = DocumentMut::new();
    let empty = Map::new();
    let mut tree = tree.as_object().unwrap_or(&empty).clone();
    tree.shift_remove("sweep");
    *document.as_table_mut() = table(&tree, &[]);
    document.to_string()
}

fn table(values: &Map<String, Value>, path: &[&str]) -> Table {
    let mut table = Table::new();
    for (key, value) in values {
        let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        let item = match value {
            Value::Object(inner) if TABLES.contains(&path.as_slice()) => {
                Item::Table(self::table(inner, &path))
            }
            Value::Array(entries) if LISTS.contains(&path.as_slice()) => {
                let entries = entries.iter().filter_map(Value::as_object);
                Item::ArrayOfTables(
                    entries.map(|entry| self::table(entry, &path)).collect::<ArrayOfTables>(),
                )
            }
            value => Item::Value(inline(value)),
        };
        table.insert(key, item);
    }
    // `[train]` says nothing that `[[train.data]]` does not.
    table.set_implicit(path == ["train"]);
    table
}

fn inline(value: &Value) -> toml_edit::Value {
    match value {
        Value::Null => InlineTable::new().into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, float) => float.unwrap_or(f64::MAX).into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(entries) => list(entries).into(),
        Value::Object(inner) => {
            inner.iter().map(|(key, value)| (key, inline(value))).collect::<InlineTable>().into()
        }
    }
}

/// A list; one that holds tables has a line for each.
fn list(entries: &[Value]) -> Array {
    let mut array: Array = entries.iter().map(inline).collect();
    if entries.iter().any(Value::is_object) {
        array.iter_mut().for_each(|entry| entry.decor_mut().set_prefix("\n  "));
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    array
}

/// BLAKE3 of what is computed; see [`super::Manifest::hash`].
pub(super) fn hash(tree: &Value) -> String {
    let mut tree = tree.clone();
    if let Some(table) = tree.as_object_mut() {
        table.retain(|key, _| !["name", "description", "sweep"].contains(&key.as_str()));
    }
    tree.sort_all_objects();
    blake3::hash(tree.to_string().as_bytes()).to_hex().to_string()
}

/// A value as `--set` would take it.
pub(super) fn set_text(value: &Value) -> String {
    match value {
        Value::String(text) if parse_value(text) == *value => text.clone(),
        value => inline(value).to_string().trim().to_owned(),
    }
}
