//! A stage of training: its numbers, what it minimises, what it draws, what it is validated by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Options;

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

/// How the members of a mix are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Draw {
    /// Every batch draws its member by key, with the shares as probabilities.
    #[default]
    Random,
    /// Members are dealt so that the batches of each never differ by a whole one from what its share asks for.
    Exact,
}

/// One stage of training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The name of the stage.
    pub name: String,
    /// The names of the data sets that it draws from; all, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Vec<String>>,
    /// The languages that it draws from; all, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
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
    /// Forget the optimiser's moments and its count of steps when the stage begins.
    #[serde(default)]
    pub reset_optimizer: bool,
    /// How the members of the mix are drawn.
    #[serde(default)]
    pub draw: Draw,
    /// The samplers, of which each batch draws one by share: this composition is hybrid batching.
    pub mix: Vec<Member>,
    /// Augmenters, applied to the training texts in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub augment: Vec<Component>,
    /// Treat passages of the same group (paragraph) as neither right nor wrong.
    #[serde(default)]
    pub ignore_same_group: bool,
    /// What is measured while the stage trains, and what follows from it; the loss on what the data sets hold out at
    /// the end of the stage, if they do, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// Save a checkpoint every so many steps; at the end of the stage only, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<u64>,
}

/// What is measured while a stage trains: losses and data sets, every so many steps and at the end of the stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Every so many steps; at the end of the stage only, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// Losses: `holdout` for what the data sets hold out, or names of `[[train.validation]]`; the holdout, if there is
    /// one, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Vec<String>>,
    /// Names of `[[evaluate]]` entries to measure on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evaluate: Vec<String>,
    /// The number that says which checkpoint is the best: `validation/loss`, `validation/<set>/loss` or
    /// `validation/<data set>/<setting>/<metric>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
    /// End the stage after so many validations in a row that bring nothing better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
    /// Whether the stage ends with its best checkpoint rather than with its last step; it does, where left out, if
    /// `best` says which that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_best: Option<bool>,
}

/// An objective of the weighted sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// The name under which its loss and its numbers are recorded; the part of `use` after the slash, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The objective, as `library/component`.
    #[serde(rename = "use")]
    pub component: String,
    /// Its weight in the sum.
    #[serde(default)]
    pub weight: Weight,
    /// Options of the objective.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

impl Objective {
    /// The name under which its loss and its numbers are recorded.
    pub fn called(&self) -> &str {
        let id = || self.component.split_once('/').map_or(self.component.as_str(), |(_, id)| id);
        self.name.as_deref().unwrap_or_else(id)
    }
}

/// How much an objective counts: the same throughout a stage, or changing along a line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Weight {
    /// The same at every step.
    Constant(f64),
    /// Changing over the stage.
    Ramp(Ramp),
}

impl Default for Weight {
    fn default() -> Self {
        Self::Constant(1.0)
    }
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

/// How often a member is drawn: the same throughout a stage, or changing along a line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Share {
    /// The same for every batch.
    Constant(f64),
    /// Changing over the stage.
    Ramp(Ramp),
}

/// A number that goes along a line from its first value to its last, and stays there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// At the first step of the stage.
    pub from: f64,
    /// From the end of the ramp on.
    pub to: f64,
    /// Fraction of the stage's steps that the ramp takes.
    #[serde(default = "one")]
    pub over: f64,
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
    pub share: Option<Share>,
    /// Options of the sampler.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// Objectives of this member's batches, in place of the stage's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Vec<Objective>>,
}

fn one() -> f64 {
    1.0
}
