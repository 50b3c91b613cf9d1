//! The host runtime of triglot: from a manifest to a measured, recorded comparison.
//!
//! One module a concern, in the order in which a run passes them: [`manifest`] (what is asked for), [`plugin`]
//! (libraries over the ABI), [`plan`] (the manifest with every plugin found and every option checked), [`corpus`]
//! (data files to rows), [`train`] (batches, borders, steps), [`retrieval`] (embeddings to ranks to values), [`run`]
//! (one run and its record), [`sweep`] (many), [`report`] (tables); [`score`] (run files of anybody's); [`estimate`] (what a run will cost) and [`preview`]
//! (what its training will see). [`cache`], [`files`], [`journal`], [`keys`], [`lists`], [`memory`], [`progress`] and
//! [`error`] serve all of them.
//!
//! The host links no plugin and no model library: what it knows of them comes over `triglot-abi`.

pub mod cache;
pub mod corpus;
pub mod error;
pub mod estimate;
pub mod files;
pub mod hub;
pub mod inspect;
pub mod journal;
pub mod keys;
pub mod lists;
pub mod manifest;
pub mod memory;
pub mod plan;
pub mod plugin;
pub mod preview;
pub mod progress;
pub mod report;
pub mod retrieval;
pub mod run;
pub mod score;
pub mod sweep;
pub mod train;

pub use error::{Diagnostic, Error, Result};
