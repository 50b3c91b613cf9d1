//! What the author of a triglot plugin uses.
//!
//! A plugin is a `cdylib` that holds components. A component is a type that implements [`Component`] (its name, its
//! options) and the trait of its kind: [`Sampler`], [`Augmenter`], [`Backend`], [`Objective`] or [`Metric`]. One
//! macro, [`plugin!`], exports them. Everything that touches a raw pointer lives in this crate, in `glue`: an author
//! writes no `unsafe`, and a panic of theirs becomes an error of the call.
//!
//! # A plugin from nothing
//!
//! `triglot plugins new sampler mine` writes a crate that builds, has tests, and runs. By hand it is one with
//! `crate-type = ["cdylib"]` under `[lib]`, and three dependencies: this one, `serde` (with `derive`) and `schemars`.
//! Its whole code may be this:
//!
//! ```
//! use triglot_sdk::{Batch, Component, Context, Corpus, Error, Random, Result, Role, Sampler};
//!
//! /// Options, as the manifest writes them.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct NoOptions {}
//!
//! /// Draws each pair from any example, in the language of the row.
//! struct Anything {
//!     batch_size: usize,
//! }
//!
//! impl Component for Anything {
//!     type Options = NoOptions;
//!     const ID: &'static str = "anything";
//!     const SUMMARY: &'static str = "Pairs drawn with replacement from all rows";
//! }
//!
//! impl Sampler for Anything {
//!     fn create(_: NoOptions, corpus: &Corpus<'_>, batch_size: usize, _: &Context) -> Result<Self> {
//!         let pairs = corpus.rows() / 2;
//!         if pairs < batch_size {
//!             return Err(Error::invalid(format!("{pairs} pairs; a batch needs {batch_size}")));
//!         }
//!         Ok(Self { batch_size })
//!     }
//!     fn epoch_length(&self, corpus: &Corpus<'_>) -> u64 {
//!         (corpus.rows() / 2 / self.batch_size) as u64
//!     }
//!     fn sample(&mut self, corpus: &Corpus<'_>, seed: u64, ordinal: u64, batch: &mut Batch) -> Result<()> {
//!         let mut random = Random::new(&[seed, ordinal]);
//!         for _ in 0..self.batch_size {
//!             let pair = random.below(corpus.rows() as u64 / 2) as u32;
//!             batch.push(2 * pair, 2 * pair + 1);
//!         }
//!         Ok(())
//!     }
//! }
//!
//! triglot_sdk::plugin! { name: "mine", components: [sampler Anything] }
//! ```
//!
//! `cargo build`, then `triglot plugins list --plugin-dir target/debug` shows `mine/anything`, and a manifest says
//! `use = "mine/anything"`. [`testkit`] runs a component in the crate's own tests, without a host;
//! `triglot plugins check target/debug` asks the built library everything that a host relies on.
//!
//! # What the host promises, and what it asks
//!
//! * `create` gets options that passed the schema, typed. What the schema cannot say (a corpus too small, two options
//!   that do not go together) is [`Error::invalid`]; the user then reads it beside the line of the manifest.
//! * An instance may be called from any thread, never from two at once. It may use [`Host::threads`] threads.
//! * Everything lent for a call (texts, matrices, a corpus) is gone after it: the lifetimes see to that.
//! * The same seeds and keys give the same results, whatever the machine's load and the number of threads.
//! * A panic ends the instance: later calls fail, and only `drop` runs.
//! * Ask [`Host::cancelled`] in every loop that can take longer than a second; log through [`Host`], never to the
//!   terminal.
#![allow(unsafe_code)]

#[cfg(panic = "abort")]
compile_error!(
    "a triglot plugin must be built with panic = \"unwind\": under \"abort\" a panic would end the host"
);

mod augmenter;
mod backend;
mod corpus;
mod error;
pub mod export;
mod glue;
mod host;
mod metric;
mod objective;
mod random;
mod sampler;
#[cfg(feature = "similarity")]
pub mod similarity;
pub mod testkit;
mod views;

pub use triglot_abi as abi;

pub use augmenter::Augmenter;
pub use backend::{Backend, Info, Mode, Step, StepReport, TextStream, Variable};
pub use corpus::{Corpus, FurtherPassages};
pub use error::{Error, Result};
pub use host::{Context, Host, Level};
pub use metric::{Column, Judged, Metric, QueryRanking, Ranking};
pub use objective::{Objective, ObjectiveBatch, ObjectiveOutput};
pub use random::{Permutation, Random, mix};
pub use sampler::{Batch, Law, Sampler, Unit};
pub use views::{Lists, Matrix, MatrixMut, Role, Text, Texts};

/// What every component has: a name, a line about it, and options.
pub trait Component: Sized + Send + 'static {
    /// The options as the manifest writes them. Derive `Deserialize` with `deny_unknown_fields`, and `JsonSchema`:
    /// the host checks a manifest against the schema before it makes an instance. Doc comments become descriptions.
    type Options: serde::de::DeserializeOwned + schemars::JsonSchema;
    /// The part of `use` after the slash: `[a-z0-9][a-z0-9-]*`.
    const ID: &'static str;
    /// One line about what it does.
    const SUMMARY: &'static str;
}
