//! The manifest: what an experiment is, read from layers, each value with the place it came from.

pub mod types;
