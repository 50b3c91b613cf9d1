//! `triglot runs`.

use triglot_host::run::{self, RunRecord};
use triglot_host::{Result, report};

use super::compare::compare;
use crate::args::Runs;
use crate::context::Context;
use crate::terminal;

/// Lists, shows or compares runs.
///
/// # Errors
/// If a run cannot be found or read.
pub fn runs(context: &Context, command: Runs) -> Result<()> {
    let (dir, json) = (&context.common.runs_dir, context.common.json);
    context.settle();
    match command {
        Runs::List => {
            let records: Vec<RunRecord> =
                run::list(dir)?.into_iter().map(|(_, record)| record).collect();
            match json {
                true => terminal::print_json(&records),
                false if records.is_empty() => {
                    terminal::print(&format!("no runs in {}\n", dir.display()))
                }
                false => terminal::print_table(&report::list_runs(&records)),
            }
        }
        Runs::Show { run } => {
            let (folder, record) = run::find(dir, &run)?;
            if json {
                return terminal::print_json(&record);
            }
            terminal::print_table(&report::describe_run(&record, &folder))?;
            report::run_tables(&record).iter().try_for_each(terminal::print_table)
        }
        Runs::Compare(args) => compare(context, args),
    }
}
