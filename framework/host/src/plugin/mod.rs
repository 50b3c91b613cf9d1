//! Plugins: finding libraries, reading their tables, and safe calls over the border.
//!
//! This is the only module of the host with `unsafe`. It turns the raw contract of `triglot-abi` into owned, checked
//! Rust values: [`Registry`] holds what was found, [`Sampler`], [`Augmenter`], [`Backend`], [`Objective`] and
//! [`Metric`] are instances. What a plugin hands back is checked here (row numbers, finiteness, names), so that the
//! rest of the host trusts it. What it writes lies between canaries, what it reads is compared afterwards, and it is
//! watched while it is at work, so that one that breaks the contract is named and not what it happened to spoil.
#![allow(unsafe_code)]

mod augmenter;
mod backend;
mod call;
pub mod check;
mod crash;
mod describe;
mod discover;
mod example;
mod group;
mod guarded;
mod law;
mod leave;
mod lent;
mod library;
mod metric;
mod objective;
mod ongoing;
mod options;
mod raw;
mod registry;
mod sampler;
mod schema;
mod services;
mod source;
mod step;
mod texts;
mod watch;

#[cfg(test)]
mod tests;

pub use crate::lists::Lists;
pub use augmenter::Augmenter;
pub use backend::{Backend, BackendInfo, Mode, StepArgs, StepReport};
pub use call::{CallError, Item};
pub use crash::{LAST_WORDS, name_crashes};
pub use describe::{DescribedOption, describe_options};
pub use discover::SearchPath;
pub use example::example;
pub use law::{Law, Unit};
pub use leave::{leave, leave_at_once};
pub use library::{Component, Kind, description_schema, is_name};
pub use metric::{Column, Metric, Ranking};
pub use objective::{FurtherMatrix, Objective, ObjectiveBatch, ObjectiveOutcome};
pub use options::check_options;
pub use registry::{Registry, Survey};
pub use sampler::{Batch, CorpusView, Sampler};
pub use schema::OptionSchema;
pub use services::{Ending, RunAtWork, Services, announce_threads};
pub use source::TextParts;
pub use texts::Texts;
pub use watch::CallLimits;
