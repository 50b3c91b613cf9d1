//! `triglot run`.

use std::path::Path;

use triglot_host::plan::Plan;
use triglot_host::run::{self, Finished, Paused, Start};
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

/// Goes on with a run and shows what came of it.
///
/// # Errors
/// As [`Paused::open`] and [`run::resume`].
pub fn resume(
    context: &Context,
    manifest: Option<&Path>,
    named: &str,
    allow_changed: bool,
) -> Result<()> {
    context.settle();
    let paused = Paused::open(&context.common.runs_dir, named)?;
    let manifest = match manifest {
        Some(manifest) => context.manifest(manifest)?,
        None => context.manifest(&paused.manifest())?,
    };
    let registry = context.registry_with(paused.libraries())?;
    let plan = Plan::new(manifest, &registry, &paused.locations(context.locations()))?;
    let mut bars = Bars::new(context.common.quiet);
    let environment = context.environment();
    let finished = run::resume(&plan, paused, allow_changed, &environment, &mut bars)?;
    drop(bars);
    show(context, finished)
}

/// Runs a plan and shows what came of it: tables, or the record as JSON.
///
/// # Errors
/// As [`run::execute`].
pub fn finish(context: &Context, plan: &Plan, start: &Start) -> Result<()> {
    let mut bars = Bars::new(context.common.quiet);
    let finished = run::execute(plan, start, None, &context.environment(), &mut bars)?;
    drop(bars);
    show(context, finished)
}

fn show(context: &Context, Finished { record, folder, .. }: Finished) -> Result<()> {
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
