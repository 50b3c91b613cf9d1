//! The cutoff, in two forms, so that the schema itself says where it may be left out.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The options of a component of this library.
pub trait Cutoff: DeserializeOwned + JsonSchema + Send + 'static {
    /// The cutoff; `None` for the full ranking.
    fn k(&self) -> Option<NonZeroU32>;
}

/// Options of a metric that can judge the full ranking.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionalCutoff {
    /// Judge the passages at ranks 1 to k alone. Left out: the full ranking.
    k: Option<NonZeroU32>,
}

impl Cutoff for OptionalCutoff {
    fn k(&self) -> Option<NonZeroU32> {
        self.k
    }
}

/// Options of a metric that has no meaning without a cutoff.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredCutoff {
    /// Judge the passages at ranks 1 to k.
    k: NonZeroU32,
}

impl Cutoff for RequiredCutoff {
    fn k(&self) -> Option<NonZeroU32> {
        Some(self.k)
    }
}
