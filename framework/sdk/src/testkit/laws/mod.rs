//! What every component of a kind promises, as functions that a test calls.
//!
//! A law takes what a test has chosen (a corpus, a batch, a ranking, texts), tries the component on it, and returns
//! [`Broken`] with what it saw. That is an error like any other: a plain test unwraps it, and a property test passes it
//! on with `?`. Where instances are compared, the law takes a function that makes one.

pub mod augmenter;
pub mod backend;
pub mod metric;
pub mod objective;
pub mod sampler;

use std::fmt;

/// How a component breaks a law, or why it could not be tried.
#[derive(Clone, PartialEq, Eq)]
pub struct Broken(String);

impl Broken {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

/// What a law returns.
pub type Result<T = (), E = Broken> = std::result::Result<T, E>;

/// A failure of the component, with what was being tried.
fn trying<T>(doing: impl fmt::Display, tried: crate::Result<T>) -> Result<T> {
    tried.map_err(|failure| Broken(failure.context(doing).message().to_owned()))
}

/// Breaks the law unless `holds`.
fn demand(holds: bool, otherwise: impl FnOnce() -> String) -> Result {
    if holds { Ok(()) } else { Err(Broken::new(otherwise())) }
}
