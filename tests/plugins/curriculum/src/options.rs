//! What a manifest may say; the comments are what `triglot plugins show` prints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result};

/// Options of the sampler.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Batches of this sampler until every pair may be drawn.
    #[schemars(range(min = 1), example = 1000)]
    pub over: u64,
    /// The share of the pairs, the easiest, that the first batch is drawn from.
    #[serde(default = "default_start")]
    #[schemars(range(min = 0, max = 1))]
    pub start: f64,
    /// The language of a pair's passage.
    #[serde(default)]
    pub passages: Passages,
    /// What becomes of pairs without a difficulty.
    #[serde(default)]
    pub missing: Missing,
}

/// The language of a pair's passage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Passages {
    /// That of the query.
    #[default]
    SameLanguage,
    /// Any other in which the example exists, each with the same probability.
    OtherLanguage,
}

/// What becomes of pairs without a difficulty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// They are an error.
    #[default]
    Refuse,
    /// They count as harder than all others.
    Hardest,
}

/// The c₀ of Platanios et al. 2019.
fn default_start() -> f64 {
    0.01
}

impl Options {
    /// Checks again what the schema says: not every host asks it.
    pub fn check(&self) -> Result<()> {
        if self.over == 0 {
            return Err(Error::invalid("`over` is 0; a curriculum has at least 1 batch"));
        }
        if !(0.0..=1.0).contains(&self.start) {
            return Err(Error::invalid(format!("`start` is {}, outside 0 to 1", self.start)));
        }
        Ok(())
    }
}
