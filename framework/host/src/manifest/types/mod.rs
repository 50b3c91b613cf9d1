//! The manifest as typed data: one struct a table of the TOML, with the meaning of every key.
//!
//! The JSON Schema in `schemas/experiment.schema.json` is generated from these types, so their comments are
//! what an author sees while typing.

mod bm25;
mod collection;
mod data;
mod stage;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use bm25::{Bm25, Bm25Parameters};
pub use collection::Collection;
pub use data::{
    DataSet, Evaluation, HOLDOUT, PassageUnit, PathPattern, Precision, Reader, Sections, Setting,
    Similarity, ValidationSet,
};
pub use stage::{
    Component, Draw, Member, Objective, Ramp, Schedule, Share, Stage, Validation, Weight,
};

/// Options of a plugin component, checked against the JSON Schema that the component publishes.
pub type Options = serde_json::Map<String, serde_json::Value>;

/// One experiment: a model, how it is trained, and on what it is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The name of the experiment: lower-case letters, digits, `-`, `_` and `.`; it names the folder of its runs.
    pub name: String,
    /// One line for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Every random draw of the run follows from this number.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// The encoder.
    pub model: Model,
    /// A frozen encoder whose embeddings of the training texts objectives may ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<Teacher>,
    /// Training; without it the model is evaluated as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<Train>,
    /// The data sets on which the model is measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evaluate: Vec<Evaluation>,
    /// Variations of this manifest for `triglot sweep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
}

/// The encoder: a backend component and its options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The backend, as `library/component`.
    #[serde(rename = "use")]
    pub component: String,
    /// Options of the backend.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

/// A frozen encoder: a backend component that is never trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Teacher {
    /// The backend, as `library/component`.
    #[serde(rename = "use")]
    pub component: String,
    /// Options of the backend.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// The language that the teacher reads: of each text the translation into it, where the data has one. The text
    /// itself, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Training: the data, and stages that run one after another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// The data sets to train on.
    pub data: Vec<DataSet>,
    /// Data sets that are never trained on, for a validation loss of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<ValidationSet>,
    /// The stages, in their order.
    pub stage: Vec<Stage>,
    /// How many checkpoints are kept, the newest ones, beside the best.
    #[serde(default = "default_keep_checkpoints")]
    pub keep_checkpoints: usize,
}

/// Variations of a manifest: every variant × every point of the grid × every seed is a trial.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The seeds; the manifest's own, where left out.
    #[serde(default)]
    pub seeds: Vec<u64>,
    /// Values to try for a key (in the form that `--set` takes), all combinations.
    #[serde(default)]
    pub grid: IndexMap<String, Vec<serde_json::Value>>,
    /// Named sets of `key = value`.
    #[serde(default)]
    pub variants: IndexMap<String, IndexMap<String, serde_json::Value>>,
}

/// The seed of a manifest that names none.
pub const DEFAULT_SEED: u64 = 13;

fn default_seed() -> u64 {
    DEFAULT_SEED
}

/// How many checkpoints a manifest keeps that does not say.
pub const DEFAULT_KEEP_CHECKPOINTS: usize = 2;

fn default_keep_checkpoints() -> usize {
    DEFAULT_KEEP_CHECKPOINTS
}
