//! The host runtime of triglot.

pub mod cache;
pub mod error;
pub mod files;
pub mod keys;
pub mod manifest;

pub use error::{Diagnostic, Error, Result};
