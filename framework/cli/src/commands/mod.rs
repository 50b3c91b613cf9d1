//! One module a command.

mod compare;
mod data;
mod encode;
mod evaluate;
mod plan;
mod plugins;
mod report;
mod run;
mod runs;
mod score;
mod sweep;

use clap::CommandFactory;
use triglot_host::{Diagnostic, Result, manifest, plugin, run as host_run};

use crate::args::{Args, Command, Schema};
use crate::commands::plan::Looks;
use crate::context::Context;
use crate::terminal;

/// Does what was asked.
///
/// # Errors
/// As the command.
pub fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "triglot", &mut script);
            return terminal::print(&String::from_utf8_lossy(&script));
        }
        Command::Schema { which } => {
            return terminal::print_json(&match which {
                Schema::Experiment => manifest::schema::experiment_schema(),
                Schema::Plugin => plugin::description_schema(),
                Schema::Run => host_run::run_schema(),
            });
        }
        _ => {}
    }
    let ends_gently = matches!(
        args.command,
        Command::Run { .. }
            | Command::Sweep { .. }
            | Command::Evaluate { .. }
            | Command::Encode { .. }
            | Command::Plan { estimate: true, .. }
            | Command::Plan { batches: Some(_), .. }
    );
    let context = Context::new(args.common, ends_gently)?;
    match args.command {
        Command::Run { manifest, resume, allow_changed } => match (manifest, resume) {
            (manifest, Some(named)) => {
                run::resume(&context, manifest.as_deref(), &named, allow_changed)
            }
            (Some(manifest), None) => run::run(&context, &manifest),
            (None, None) => Err(Diagnostic::new("there is neither a manifest nor --resume").into()),
        },
        Command::Plan { manifest, data, estimate, batches, write } => {
            plan::plan(&context, &manifest, &Looks { data, estimate, batches, write })
        }
        Command::Sweep { manifest } => sweep::sweep(&context, &manifest),
        Command::Evaluate { model, on } => evaluate::evaluate(&context, &model, &on),
        Command::Encode { run, input, output, role, language } => {
            encode::encode(&context, &run, &input, &output, role, &language)
        }
        Command::Data { command } => data::data(&context, command),
        Command::Report(asked) => report::report(&context, &asked),
        Command::Runs { command } => runs::runs(&context, command),
        Command::Score(args) => score::score(&context, &args),
        Command::Plugins { command } => plugins::plugins(&context, command),
        Command::Completions { .. } | Command::Schema { .. } => Ok(()),
    }
}
