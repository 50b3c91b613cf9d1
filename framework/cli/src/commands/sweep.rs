//! `triglot sweep`.

use std::path::Path;

use triglot_host::report::sweep_table;
use triglot_host::{Error, Result, sweep as host};

use crate::bars::Bars;
use crate::context::Context;
use crate::terminal;

/// Runs every trial and shows the comparing table.
///
/// # Errors
/// If a trial failed; the others are shown all the same.
pub fn sweep(context: &Context, manifest: &Path) -> Result<()> {
    context.settle();
    let manifest = context.manifest(manifest)?;
    let trials = host::plan(&manifest, &context.registry()?, &context.locations())?;
    let mut bars = Bars::new(context.common.quiet);
    let (sweep, folder) = host::execute(&manifest, &trials, &context.environment(), &mut bars)?;
    drop(bars);
    if context.common.json {
        terminal::print_json(&sweep)?;
    } else if !context.common.quiet {
        for table in sweep_table(&sweep) {
            terminal::print_table(&table)?;
        }
        terminal::print(&format!("\nsweep {}\n", folder.display()))?;
    }
    match sweep.failures() {
        0 => Ok(()),
        n => Err(Error::failed(format!("{n} of {} trials failed", sweep.trials.len()))),
    }
}
