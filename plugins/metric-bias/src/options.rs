//! What metrics of language bias are told: how deep to look.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

/// There are no options.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

/// Options of a metric that looks at the top of a ranking.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cutoff {
    /// Look at the passages at ranks 1 to k.
    pub k: NonZeroU32,
}

/// Options of a metric that compares the tops of two rankings, of which each must have two passages to be in any order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Look at the passages at ranks 1 to k.
    #[schemars(range(min = 2))]
    pub k: u32,
}
