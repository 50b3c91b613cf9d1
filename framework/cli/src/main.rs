//! The command `triglot`: arguments in, tables or JSON out, exit codes for scripts.
//!
//! Nothing is decided here. [`args`] says what can be asked, [`context`] turns the common arguments into what the host
//! needs, [`commands`] calls it, [`terminal`] shows what came of it; [`bars`], with [`pace`] and [`mod@line`], how far it
//! has come.
//!
//! Exit codes: 0 done, 1 failed, 2 the manifest or the arguments are wrong, 130 interrupted.

mod args;
mod bars;
mod commands;
mod context;
mod limits;
mod line;
mod pace;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
