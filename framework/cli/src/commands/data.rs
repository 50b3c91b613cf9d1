//! `triglot data`.

use triglot_host::plan::Plan;
use triglot_host::run::Data;
use triglot_host::{Result, inspect};

use crate::args::DataCommand;
use crate::context::Context;
use crate::terminal;

/// Looks at the data of a manifest.
///
/// # Errors
/// If the manifest or the data is wrong.
pub fn data(context: &Context, command: DataCommand) -> Result<()> {
    let DataCommand::Inspect { manifest, threshold } = command;
    let plan = Plan::new(context.manifest(&manifest)?, &context.registry()?, &context.locations())?;
    let inspection = inspect::inspect(&plan, &Data::read(&plan)?, threshold);
    if context.common.json {
        return terminal::print_json(&inspection);
    }
    inspect::tables(&inspection).iter().try_for_each(terminal::print_table)
}
