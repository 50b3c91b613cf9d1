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

use clap::Parser;
use triglot_host::plugin::leave;

/// The exit code of a Rust program that panicked.
const PANICKED: u8 = 101;

fn main() {
    let args = args::Args::parse();
    let code = std::panic::catch_unwind(|| match commands::run(args) {
        Ok(()) => 0,
        Err(error) => {
            terminal::error(&error);
            error.exit_code()
        }
    });
    leave(code.unwrap_or(PANICKED));
}
