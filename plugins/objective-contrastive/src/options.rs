//! The options of `info-nce`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::similarity::Similarity;

/// Options of `info-nce`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Similarities are divided by it: the smaller, the more the hardest negatives count.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub temperature: f64,
    /// Learn the temperature, beginning with the one above, and down to 0.01 at the least.
    pub learn_temperature: bool,
    /// How a query and a passage are compared.
    pub similarity: Similarity,
    /// Which side asks: queries for their passages, or passages for their queries too, with the mean of both losses.
    pub direction: Direction,
    /// What a query tells its passages from: all wrong ones of the batch, or its own hard negatives alone.
    pub negatives: Negatives,
}

/// What a query tells its passages from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Negatives {
    /// Every passage of the batch that is neither right nor ignored, the hard negatives of all queries among them.
    Batch,
    /// Its own hard negatives, but for those that are right or ignored.
    Own,
}

/// Which side of a pair asks for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Queries, among the passages of the batch.
    QueryToPassage,
    /// Queries, and every passage that is right for one among the queries of the batch.
    Both,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            temperature: 0.05,
            learn_temperature: false,
            similarity: Similarity::Cosine,
            direction: Direction::QueryToPassage,
            negatives: Negatives::Batch,
        }
    }
}
