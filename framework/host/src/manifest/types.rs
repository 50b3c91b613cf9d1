//! The manifest as typed data: one struct a table of the TOML, with the meaning of every key.
//!
//! The JSON Schema in `schemas/experiment.schema.json` is generated from these types, so their comments are
//! what an author sees while typing.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// Training: the data, and stages that run one after another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// The data sets to train on.
    pub data: Vec<DataSet>,
    /// The stages, in their order.
    pub stage: Vec<Stage>,
}

/// How the files of a data set are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// SQuAD-shaped JSON, plain or gzip, one file a language, parallel by question id.
    Squad,
    /// JSON lines with the keys `id`, `language`, `query`, `passage`, plain or gzip.
    Jsonl,
    /// Tab-separated with a header line `id language query passage`, plain or gzip.
    Tsv,
    /// A corpus that comes with triglot; `path` is its name and split, for example `facts/train`.
    Embedded,
}

/// What a passage is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PassageUnit {
    /// The whole paragraph.
    #[default]
    Paragraph,
    /// The sentence that holds the answer: from the file where it lists sentences, else by UAX #29.
    Sentence,
}

/// Where the files of a data set lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PathPattern {
    /// One path; `{lang}` stands for the language code.
    Pattern(String),
    /// One path a language.
    PerLanguage(IndexMap<String, String>),
}

/// A data set to train on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// The name by which the data set is spoken of.
    pub name: String,
    /// How its files are read.
    pub reader: Reader,
    /// Where its files lie, against `--data-dir`, `TRIGLOT_DATA_DIR`, else the manifest's folder.
    pub path: PathPattern,
    /// Which languages to read; all that are found, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// What a passage is.
    #[serde(default)]
    pub passage: PassageUnit,
    /// Fraction of the paragraphs (in [0, 1)) kept away from training for the validation loss.
    #[serde(default)]
    pub holdout: f64,
    /// Take only this many examples, drawn by key, for a quick look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// What the data calls the number that samplers find in their user column (a difficulty, a weight): a key of the
    /// records, a column of the table, or a key of the questions in SQuAD's shape. A question may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_column: Option<String>,
}

/// How the learning rate goes on after the warmup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Stays as it is.
    Constant,
    /// Falls to zero along a line.
    #[default]
    Linear,
    /// Falls to zero along half a cosine.
    Cosine,
}

/// One stage of training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The name of the stage.
    pub name: String,
    /// Number of optimiser steps, one batch a step.
    pub steps: u64,
    /// Pairs of query and passage in a batch.
    pub batch_size: usize,
    /// Texts encoded at once while training; a larger batch goes through gradient caching. Whole batches, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk: Option<usize>,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Fraction of the steps over which the learning rate rises from zero.
    #[serde(default)]
    pub warmup: f64,
    /// How the learning rate goes on after the warmup.
    #[serde(default)]
    pub schedule: Schedule,
    /// Decoupled weight decay (AdamW).
    #[serde(default)]
    pub weight_decay: f64,
    /// Largest norm of the whole gradient; no clipping where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// What is minimised: the weighted sum of these.
    pub objective: Vec<Objective>,
    /// The samplers, of which each batch draws one by share: this composition is hybrid batching.
    pub mix: Vec<Member>,
    /// Augmenters, applied to the training texts in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub augment: Vec<Component>,
    /// Treat passages of the same group (paragraph) as neither right nor wrong.
    #[serde(default)]
    pub ignore_same_group: bool,
    /// Compute the validation loss every so many steps; at the end of the stage only, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate_every: Option<u64>,
    /// Save a checkpoint every so many steps; at the end of the stage only, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<u64>,
}

/// An objective of the weighted sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// The objective, as `library/component`.
    #[serde(rename = "use")]
    pub component: String,
    /// Its weight in the sum.
    #[serde(default = "one")]
    pub weight: f64,
    /// Options of the objective.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

/// A plugin component with its options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The component, as `library/component`.
    #[serde(rename = "use")]
    pub component: String,
    /// Its options.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

/// A member of the mix: a sampler and how often it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The name of the member.
    pub name: String,
    /// The sampler, as `library/component`.
    #[serde(rename = "use")]
    pub component: String,
    /// Probability of being drawn for a batch; one member may leave it out and takes the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Options of the sampler.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// Objectives of this member's batches, in place of the stage's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Vec<Objective>>,
}

/// A retrieval setting.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// Queries of a language against the pool of the same language.
    Monolingual,
    /// Queries of a language against the pool of another, every ordered pair.
    CrossLingual,
    /// Queries of a language against all pools as one.
    Multilingual,
}

impl Setting {
    /// All settings, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Monolingual, Self::CrossLingual, Self::Multilingual];

    /// The setting's name, as the manifest writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monolingual => "monolingual",
            Self::CrossLingual => "cross-lingual",
            Self::Multilingual => "multilingual",
        }
    }
}

/// How the score of a query and a passage follows from their embeddings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Similarity {
    /// Cosine of the angle.
    #[default]
    Cosine,
    /// Inner product.
    Dot,
}

/// A data set to measure on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The name under which the results stand.
    pub name: String,
    /// How its files are read.
    pub reader: Reader,
    /// Where its files lie, against `--data-dir`, `TRIGLOT_DATA_DIR`, else the manifest's folder.
    pub path: PathPattern,
    /// Which languages to read; all that are found, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// What a passage is.
    #[serde(default)]
    pub passage: PassageUnit,
    /// Take only this many examples, drawn by key; the pools shrink with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The retrieval settings.
    #[serde(default = "all_settings")]
    pub settings: Vec<Setting>,
    /// The metrics: a name such as `ndcg@10`, `library/name@k` where two libraries offer it.
    pub metrics: Vec<String>,
    /// How a query and a passage are scored.
    #[serde(default)]
    pub similarity: Similarity,
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

fn one() -> f64 {
    1.0
}

fn all_settings() -> Vec<Setting> {
    Setting::ALL.to_vec()
}
