//! `triglot plugins list`.

use serde_json::{Value, json};
use triglot_host::plugin::{Component, Survey};
use triglot_host::report::Table;
use triglot_host::{Diagnostic, Error, Result};

use super::object;
use crate::context::Context;
use crate::terminal;

/// Lists components, and then the files that cannot be used: these hide no other, but would end a run.
///
/// # Errors
/// If a folder cannot be read, or a library is not a plugin.
pub fn list(context: &Context) -> Result<()> {
    let Survey { registry, unopened, hidden } = context.survey()?;
    let components = registry.components();
    if context.common.json {
        let unopened = unopened.iter().map(unused);
        let all: Vec<Value> = components.iter().map(|c| object(c)).chain(unopened).collect();
        terminal::print_json(&all)?;
    } else {
        let notes = hidden.iter().map(|(file, by)| {
            format!("{} is not seen: {} has its name", file.display(), by.display())
        });
        terminal::print_table(&Table {
            header: ["kind", "name", "version", "ABI", "file", "summary"].map(str::to_owned).into(),
            rows: components.iter().map(|component| row(component)).collect(),
            notes: notes.collect(),
            ..Table::default()
        })?;
    }
    match unopened.is_empty() {
        true => Ok(()),
        false => Err(Error::Inputs(unopened)),
    }
}

fn row(component: &Component) -> Vec<String> {
    let file = component.path.file_name().unwrap_or_default().to_string_lossy();
    vec![
        component.kind.as_str().to_owned(),
        component.name(),
        component.version.clone(),
        format!("1.{}", component.abi_minor),
        file.into_owned(),
        component.summary.lines().next().unwrap_or_default().to_owned(),
    ]
}

fn unused(problem: &Diagnostic) -> Value {
    json!({ "file": problem.file, "problem": problem.problem })
}
