//! What a command said and how it ended.

use std::process::{self, Command};

use serde_json::Value;

/// What a command said and how it ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
}

impl From<process::Output> for Output {
    fn from(output: process::Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }
}

impl Output {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// The same, if the command succeeded.
    ///
    /// # Panics
    /// If it did not, with what it said.
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// Standard output as the one JSON document that it is.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Exit code and standard error in one text, for a snapshot.
    ///
    /// # Panics
    /// If anything was written to standard output, where an error does not belong.
    pub fn failure(&self) -> String {
        assert_eq!(self.stdout, "", "an error wrote to standard output");
        let code = self.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        format!("exit code {code}\n{}", self.stderr)
    }
}
