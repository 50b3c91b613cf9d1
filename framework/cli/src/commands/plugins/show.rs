//! `triglot plugins show`.

use serde_json::Value;
use triglot_host::plugin::{Component, Kind, OptionSchema};
use triglot_host::report::Table;
use triglot_host::{Diagnostic, Result};

use super::object;
use crate::context::Context;
use crate::terminal;

/// Shows the components of a name.
///
/// # Errors
/// If a library is not a plugin, or there is no such component.
pub fn show(context: &Context, name: &str) -> Result<()> {
    let registry = context.registry()?;
    let named: Vec<_> = registry.components().iter().filter(|c| c.name() == name).collect();
    if named.is_empty() {
        let names: Vec<String> = registry.components().iter().map(|c| c.name()).collect();
        return Err(Diagnostic::new(format!("there is no component `{name}`"))
            .nearest(name, names.iter().map(String::as_str))
            .allowed(names.join(", "))
            .into());
    }
    for component in named {
        match context.common.json {
            true => terminal::print_json(&object(component))?,
            false => table(component)?,
        }
    }
    Ok(())
}

fn table(component: &Component) -> Result<()> {
    let name = component.name();
    let title = format!(
        "{} {name} {} ({})\n{}",
        component.kind.as_str(),
        component.version,
        component.path.display(),
        component.summary
    );
    let empty = serde_json::Map::new();
    let properties = component.schema["properties"].as_object().unwrap_or(&empty);
    let all = OptionSchema::new(&component.schema);
    let row = |(option, schema): (&String, &Value)| {
        let default = schema.get("default").map_or_else(String::new, Value::to_string);
        let about = schema["description"].as_str().unwrap_or_default().replace('\n', " ");
        let kind = all.at(option).map_or_else(String::new, OptionSchema::phrase);
        vec![option.clone(), kind, default, about]
    };
    let rows: Vec<Vec<String>> = properties.iter().map(row).collect();
    let notes = match component.kind {
        Kind::Metric => vec![format!("in a manifest: metrics = [\"{}\"]", component.id)],
        _ => vec![format!("in a manifest: use = \"{name}\"")],
    };
    let header = match rows.is_empty() {
        true => vec!["no options".to_owned()],
        false => ["option", "type", "default", "meaning"].map(str::to_owned).into(),
    };
    terminal::print_table(&Table { title, header, rows, notes })
}
