//! The host runtime of triglot.

pub mod error;
pub mod manifest;

pub use error::{Diagnostic, Error, Result};
