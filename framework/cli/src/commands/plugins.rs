//! `triglot plugins`.

use serde_json::{Value, json};
use triglot_host::plugin::{Component, Kind, OptionSchema};
use triglot_host::report::Table;
use triglot_host::{Diagnostic, Result};

use crate::args::Plugins;
use crate::context::Context;
use crate::terminal;

/// What a plugin in C or C++ is written against: an author needs no more of this repository.
const HEADER: &str = include_str!("../../../../schemas/triglot_plugin.h");

/// Lists or shows components, or prints what one is written against.
///
/// # Errors
/// If a library is not a plugin, or there is no such component.
pub fn plugins(context: &Context, command: Plugins) -> Result<()> {
    if let Plugins::Header = command {
        return match context.common.json {
            true => terminal::print_json(&json!({ "triglot_plugin.h": HEADER })),
            false => terminal::print(HEADER),
        };
    }
    let registry = context.registry()?;
    let as_json = context.common.json;
    match command {
        Plugins::Header => Ok(()),
        Plugins::List => {
            let components = registry.components();
            if as_json {
                return terminal::print_json(
                    &components.iter().map(|c| object(c)).collect::<Vec<_>>(),
                );
            }
            let row = |c: &Component| {
                let abi = format!("1.{}", c.abi_minor);
                let file = c.path.file_name().map(|f| f.to_string_lossy().into_owned());
                let cells = [c.kind.as_str().to_owned(), c.name(), c.version.clone(), abi];
                cells.into_iter().chain([file.unwrap_or_default(), c.summary.clone()]).collect()
            };
            terminal::print_table(&Table {
                header: ["kind", "name", "version", "ABI", "file", "summary"]
                    .map(str::to_owned)
                    .into(),
                rows: components.iter().map(|component| row(component)).collect(),
                ..Table::default()
            })
        }
        Plugins::Show { name } => {
            let named: Vec<_> = registry.components().iter().filter(|c| c.name() == name).collect();
            if named.is_empty() {
                let names: Vec<String> = registry.components().iter().map(|c| c.name()).collect();
                return Err(Diagnostic::new(format!("there is no component `{name}`"))
                    .nearest(&name, names.iter().map(String::as_str))
                    .allowed(names.join(", "))
                    .into());
            }
            for component in named {
                match as_json {
                    true => terminal::print_json(&object(component))?,
                    false => show(component)?,
                }
            }
            Ok(())
        }
        Plugins::Check(_) | Plugins::CheckCase { .. } => Ok(()),
    }
}

fn object(component: &Component) -> Value {
    json!({
        "kind": component.kind.as_str(),
        "name": component.name(),
        "version": component.version,
        "abi": format!("1.{}", component.abi_minor),
        "file": component.path,
        "summary": component.summary,
        "options": component.schema,
    })
}

fn show(component: &Component) -> Result<()> {
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
