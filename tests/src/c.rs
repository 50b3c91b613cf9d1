//! C and C++, as an author outside of this repository compiles them: against the one header, every warning an error.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Output, repository};

/// The C compiler and the standard that the header keeps to.
pub const C99: [&str; 2] = ["gcc", "-std=c99"];
/// The C++ compiler and the standard that the header keeps to.
pub const CPP17: [&str; 2] = ["g++", "-std=c++17"];

/// A compiler for a language, to be told what to compile; where there is none, this says so on standard error.
pub fn c_compiler(language: [&str; 2]) -> Option<Command> {
    let [program, standard] = language;
    if !Command::new(program).arg("--version").output().is_ok_and(|said| said.status.success()) {
        eprintln!("skipped: there is no {program}");
        return None;
    }
    let mut command = Command::new(program);
    command.args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"]);
    command.arg(repository().join("schemas"));
    Some(command)
}

/// Runs a compiler, or what it made, to its end.
///
/// # Panics
/// If it did not succeed or had something to say.
pub fn c_succeeded(command: &mut Command) -> Output {
    let output = Output::of(command).succeeded();
    assert_eq!(output.stderr, "", "{command:?}");
    output
}

/// The plugin library `name`, compiled from C source with further flags into `folder`, which is made.
pub fn c_library(source: &Path, name: &str, flags: &[&str], folder: &Path) -> Option<PathBuf> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let mut compiler = c_compiler(C99)?;
    std::fs::create_dir_all(folder).unwrap();
    let library = folder.join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"));
    let compiler = compiler.args(["-O1", "-shared", "-fPIC"]).args(flags).arg("-o").arg(&library);
    c_succeeded(compiler.arg(source).arg("-lm"));
    Some(library)
}
