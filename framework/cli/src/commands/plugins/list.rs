//! `triglot plugins list`.

use triglot_host::Result;
use triglot_host::plugin::Component;
use triglot_host::report::Table;

use super::object;
use crate::context::Context;
use crate::terminal;

/// Lists components.
///
/// # Errors
/// If a library is not a plugin.
pub fn list(context: &Context) -> Result<()> {
    let registry = context.registry()?;
    let components = registry.components();
    if context.common.json {
        return terminal::print_json(&components.iter().map(|c| object(c)).collect::<Vec<_>>());
    }
    let row = |c: &Component| {
        let abi = format!("1.{}", c.abi_minor);
        let file = c.path.file_name().map(|f| f.to_string_lossy().into_owned());
        let cells = [c.kind.as_str().to_owned(), c.name(), c.version.clone(), abi];
        cells.into_iter().chain([file.unwrap_or_default(), c.summary.clone()]).collect()
    };
    terminal::print_table(&Table {
        header: ["kind", "name", "version", "ABI", "file", "summary"].map(str::to_owned).into(),
        rows: components.iter().map(|component| row(component)).collect(),
        ..Table::default()
    })
}
