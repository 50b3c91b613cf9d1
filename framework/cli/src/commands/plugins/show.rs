//! `triglot plugins show`.

use triglot_host::plugin::{Component, Registry, describe_options, example};
use triglot_host::report::Table;
use triglot_host::{Diagnostic, Result};

use super::object;
use crate::context::Context;
use crate::terminal;

/// Shows the components of a name, `library/component` or the latter alone.
///
/// # Errors
/// If a library is not a plugin, or there is no such component.
pub fn show(context: &Context, name: &str) -> Result<()> {
    let registry = context.registry()?;
    let is_named = |c: &Component| c.name() == name || !name.contains('/') && c.id == name;
    let named: Vec<_> = registry.components().iter().filter(|c| is_named(c)).collect();
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
            false => table(component, &registry)?,
        }
    }
    Ok(())
}

fn table(component: &Component, registry: &Registry) -> Result<()> {
    let title = format!(
        "{} {} {} ({})\n{}",
        component.kind.as_str(),
        component.name(),
        component.version,
        component.path.display(),
        component.summary
    );
    let options = describe_options(component).into_iter();
    let rows: Vec<Vec<String>> =
        options.map(|option| vec![option.key, option.kind, option.default, option.about]).collect();
    let header = match rows.is_empty() {
        true => vec!["no options".to_owned()],
        false => ["option", "type", "default", "meaning"].map(str::to_owned).into(),
    };
    let example = example(component, registry);
    let notes = std::iter::once("").chain(example.lines()).map(str::to_owned).collect();
    terminal::print_table(&Table { title, header, rows, notes })
}
