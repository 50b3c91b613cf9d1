//! The options that every encoder here has, and how an option out of bounds is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result};

/// Most rows of a token table; a tokenizer with larger ids is refused rather than given gigabytes.
pub(crate) const MAX_VOCABULARY: usize = 1 << 22;

/// Smallest number that is added so as not to divide by 0: a smaller one is 0 in `f32`.
pub(crate) const MIN_EPSILON: f64 = f32::MIN_POSITIVE as f64;

/// Constants of AdamW.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerOptions {
    /// How much of the mean gradient is kept from step to step.
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub beta1: f64,
    /// How much of the mean squared gradient is kept from step to step.
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub beta2: f64,
    /// Added to the root of the mean squared gradient.
    #[schemars(range(min = MIN_EPSILON, max = 1.0))]
    pub epsilon: f64,
    /// Which rows of an embedding table a step moves: `lazy`, those of the batch's tokens; `dense`, all, as
    /// torch.optim.AdamW does. Lazily, a row that is absent for some steps neither decays nor goes on by its moments,
    /// which stay what they were. Densely, every step costs a pass over the whole table and its moments.
    pub embedding_updates: EmbeddingUpdates,
}

/// Which rows of an embedding table a step moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EmbeddingUpdates {
    /// Those that have a gradient.
    #[default]
    Lazy,
    /// All of them.
    Dense,
}

impl Default for OptimizerOptions {
    fn default() -> Self {
        let embedding_updates = EmbeddingUpdates::Lazy;
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, embedding_updates }
    }
}

impl OptimizerOptions {
    /// Holds every number against its bounds.
    pub(crate) fn check(&self) -> Result<()> {
        let below_one = 1.0 - f64::EPSILON;
        between("optimizer.beta1", self.beta1, 0.0, below_one)?;
        between("optimizer.beta2", self.beta2, 0.0, below_one)?;
        between("optimizer.epsilon", self.epsilon, MIN_EPSILON, 1.0)
    }
}

/// Refuses an option outside its bounds; NaN lies between nothing.
pub(crate) fn between<T: PartialOrd + Copy + std::fmt::Display>(
    key: &str,
    found: T,
    min: T,
    max: T,
) -> Result<()> {
    if (min..=max).contains(&found) {
        return Ok(());
    }
    Err(Error::invalid(format!("{key}: found {found}, allowed is {min} to {max}")))
}
