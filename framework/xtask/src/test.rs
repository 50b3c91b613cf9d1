//! `cargo xtask test`: every test, and what could not be tested here.

use std::io::{self, BufReader};
use std::process::Stdio;

use crate::skips::{Skip, relay};
use crate::{Failure, Result, announce, build, cargo, not_started, succeeded};

/// Builds the workspace, runs all of its tests, and ends with what was skipped; with `--no-skips` that is a failure.
pub fn test(arguments: &[String]) -> Result<()> {
    let strict = arguments.iter().any(|argument| argument == "--no-skips");
    let passed_on = arguments.iter().filter(|argument| *argument != "--no-skips");
    build()?;
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).args(passed_on);
    if !arguments.iter().any(|argument| argument == "--") {
        command.arg("--");
    }
    // The test programs keep to themselves what a passing test says, unless they are asked.
    command.arg("--show-output").stdout(Stdio::piped());
    announce(&command);
    let mut child = command.spawn().map_err(|source| not_started(&command, &source))?;
    let mut skips = Vec::new();
    if let Some(output) = child.stdout.take() {
        skips = relay(BufReader::new(output), io::stdout().lock())
            .map_err(|source| Failure::Message(format!("cannot pass on the output: {source}")))?;
    }
    let status = child.wait().map_err(|source| not_started(&command, &source))?;
    // A failure may mean that nothing ran; then there is nothing to say of skips either.
    if status.success() || !skips.is_empty() {
        report(&skips);
    }
    succeeded(status)?;
    match (strict, skips.len()) {
        (false, _) | (true, 0) => Ok(()),
        (true, count) => Err(Failure::Message(format!("--no-skips: {count} skipped"))),
    }
}

fn report(skips: &[Skip]) {
    match skips {
        [] => println!("\nnothing was skipped"),
        skips => println!("\n{} skipped:", skips.len()),
    }
    for Skip { test, why } in skips {
        println!("  {test}: {why}");
    }
}
