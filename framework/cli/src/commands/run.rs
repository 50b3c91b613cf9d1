//! `triglot run`.

use std::path::Path;

use triglot_host::plan::Plan;
use triglot_host::run::{self, Finished, Start};
use triglot_host::{Result, report};

use crate::bars::Bars;
use crate::context::Context;
use crate::terminal;

/// Runs an experiment and shows what came of it.
///
/// # Errors
/// As [`run::execute`].
pub fn run(context: &Context, manifest: &Path) -> Result<()> {
    context.settle();
    let manifest = context.manifest(manifest)?;
    let plan = Plan::new(manifest, &context.registry()?, &context.locations())?;
    finish(context, &plan, &Start::New)
}

/// Runs a plan and shows what came of it: tables, or the record as JSON.
///
/// # Errors
/// As [`run::execute`].
pub fn finish(context: &Context, plan: &Plan, start: &Start) -> Result<()> {
    let mut bars = Bars::new(context.common.quiet);
    let finished = run::execute(plan, start, None, &context.environment(), &mut bars)?;
    drop(bars);
    let Finished { record, folder, .. } = finished;
    if context.common.json {
        return terminal::print_json(&record);
    }
    if context.common.quiet {
        return Ok(());
    }
    for table in report::run_tables(&record) {
        terminal::print_table(&table)?;
    }
    for line in report::augmented(&record) {
        terminal::print(&format!("\n{line}\n"))?;
    }
    terminal::print(&format!("\nrun {}\n", folder.display()))
}
