//! The tests of the border under Miri, which finds what happens to work: borrows that alias, pointers that dangle.
//!
//! It interprets the program, so it runs the crates in which both sides of the border can be called without opening a
//! library: the contract and the SDK, whose tests play the host. Properties are tried on fewer cases, since each costs a
//! thousand times what it costs elsewhere.

use std::process::Command;

use crate::{Failure, Result, USAGE, root, run};

/// Miri comes with nightly toolchains alone, and not with each: this one has it.
const TOOLCHAIN: &str = "nightly-2026-05-20";

/// The one module of the SDK that is left out: random numbers touch nothing that crosses the border, and take long.
const LEFT_OUT: [&str; 2] = ["--skip", "random::"];

/// Installs the toolchain where it is missing, and runs the tests. `--if-possible`: where it cannot be had, that is a
/// skip and no failure, told as a test would tell it.
pub fn miri(arguments: &[String]) -> Result<()> {
    let if_possible = match arguments {
        [] => false,
        [one] if one == "--if-possible" => true,
        _ => return Err(Failure::Message(USAGE.to_owned())),
    };
    match install() {
        Err(_) if if_possible => {
            eprintln!(
                "skipped: the border under Miri: there is no rustup that can install {TOOLCHAIN}"
            );
            return Ok(());
        }
        installed => installed?,
    }
    test(&["-p", "triglot-abi"])?;
    let sdk = ["-p", "triglot-sdk", "--lib", "--"];
    test(&[&sdk[..], &LEFT_OUT].concat())
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
