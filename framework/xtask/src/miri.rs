//! The tests of the border under Miri, which finds what happens to work: borrows that alias, pointers that dangle.
//!
//! It interprets the program, so it runs the crates in which both sides of the border can be called without opening a
//! library: the contract and the SDK, whose tests play the host. Properties are tried on fewer cases, since each costs a
//! thousand times what it costs elsewhere.

use std::process::Command;

use crate::{Failure, Result, USAGE, root, run};

/// Miri comes with nightly toolchains alone, and not with each: this one has it.
const TOOLCHAIN: &str = "nightly-2026-05-20";

/// Modules of the SDK that touch what crosses the border; random numbers have nothing to show here and take long.
const SDK: [&str; 8] =
    ["corpus", "export", "glue", "host", "objective", "sampler", "testkit", "views"];

/// Installs the toolchain where it is missing, and runs the tests. `--if-possible`: where it cannot be had, say so and
/// call that done.
pub fn miri(arguments: &[String]) -> Result<()> {
    let if_possible = match arguments {
        [] => false,
        [one] if one == "--if-possible" => true,
        _ => return Err(Failure::Message(USAGE.to_owned())),
    };
    match install() {
        Err(_) if if_possible => {
            eprintln!("not run: this machine has no rustup that can install {TOOLCHAIN}");
            return Ok(());
        }
        installed => installed?,
    }
    test(&["-p", "triglot-abi"])?;
    let sdk = ["-p", "triglot-sdk", "--lib", "--"];
    test(&[&sdk[..], &SDK].concat())
}

fn install() -> Result<()> {
    let toolchain = ["toolchain", "install", TOOLCHAIN, "--profile", "minimal", "--no-self-update"];
    run(Command::new("rustup").args(toolchain).args(["--component", "miri,rust-src"]))
}

fn test(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("rustup");
    command.current_dir(root()).args(["run", TOOLCHAIN, "cargo", "miri", "test"]).args(arguments);
    // Proptest asks for the current folder, which an isolated program may not.
    command.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", "8");
    run(&mut command)
}
