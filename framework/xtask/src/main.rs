//! The tasks of this repository that cargo has no word for: `cargo xtask quickstart`, `test`, `schemas` and `miri`.
//!
//! The host opens its plugins as shared libraries that lie beside its own executable, and cargo leaves those behind
//! only when it builds the workspace as a whole. So every task begins with that one build: a build of fewer crates
//! would also choose other features for their dependencies, and compile them a second time.

mod header;
mod miri;
mod schemas;
mod skips;
mod test;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

const USAGE: &str = "\
Usage: cargo xtask TASK

  quickstart [ARGUMENT]...   build, then `triglot sweep experiments/quickstart.toml ARGUMENT...`
  test [--no-skips] [ARGUMENT]...
                             build, then `cargo test --workspace ARGUMENT...`, then what was skipped and why;
                             --no-skips: fail if anything was
  schemas [--check]          write schemas/ from the types; --check: only compare, fail on a difference
  miri [--if-possible]       the tests of the plugin border under Miri, by a nightly toolchain that rustup installs;
                             --if-possible: where none can be had, say that it was skipped";

/// Why a task ended early: a message of its own, or the status of a program that has already said why.
enum Failure {
    Message(String),
    Status(ExitStatus),
}

type Result<T> = std::result::Result<T, Failure>;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let task = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let done = match task.as_deref() {
        Some("quickstart") => quickstart(&rest),
        Some("test") => test::test(&rest),
        Some("schemas") => schemas::schemas(&rest),
        Some("miri") => miri::miri(&rest),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(Failure::Message(USAGE.to_owned())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Message(message)) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
        Err(Failure::Status(status)) => {
            ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
        }
    }
}

/// Builds everything and runs the experiment that needs nothing but this repository.
fn quickstart(arguments: &[String]) -> Result<()> {
    build()?;
    let manifest = Path::new("experiments").join("quickstart.toml");
    let mut command = triglot()?;
    run(command.arg("sweep").arg(manifest).args(arguments))
}

/// Builds the workspace: the command, and the plugins beside it.
fn build() -> Result<()> {
    run(cargo().args(["build", "--workspace"]))
}

/// The cargo that runs this, at the root of the repository.
fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The command as [`build`] leaves it, beside the executable of this program, at the root of the repository.
fn triglot() -> Result<Command> {
    let this = env::current_exe()
        .map_err(|source| Failure::Message(format!("cannot find this executable: {source}")))?;
    let mut command =
        Command::new(this.with_file_name(format!("triglot{}", env::consts::EXE_SUFFIX)));
    command.current_dir(root());
    Ok(command)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a program to its end, saying which; its output goes where this program's goes.
fn run(command: &mut Command) -> Result<()> {
    announce(command);
    succeeded(command.status().map_err(|source| not_started(command, &source))?)
}

/// Says which program runs next.
fn announce(command: &Command) {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words: Vec<_> = [program].into_iter().chain(command.get_args()).collect();
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    eprintln!("$ {}", words.join(" "));
}

fn not_started(command: &Command, source: &std::io::Error) -> Failure {
    let program = Path::new(command.get_program()).display();
    Failure::Message(format!("cannot start {program}: {source}"))
}

fn succeeded(status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { Err(Failure::Status(status)) }
}
