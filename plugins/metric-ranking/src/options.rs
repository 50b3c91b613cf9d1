//! The cutoff, in four forms, so that the schema itself says where it may be left out and what that means; and what one
//! metric takes besides it.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The options of a component of this library.
pub trait Cutoff: DeserializeOwned + JsonSchema + Send + 'static {
    /// The cutoff; `None` for the full ranking.
    fn k(&self) -> Option<NonZeroU32>;

    /// What the column's name says of the other options, before the cutoff: nothing while they are the usual ones.
    fn variant(&self) -> String {
        String::new()
    }
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

/// Options of a metric that takes the first passage alone unless told otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstRank {
    /// Judge the passages at ranks 1 to k. Left out: the first alone.
    #[serde(default = "one")]
    k: NonZeroU32,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl Cutoff for FirstRank {
    fn k(&self) -> Option<NonZeroU32> {
        Some(self.k)
    }
}

/// There are no options: the metric itself says how deep it looks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

impl Cutoff for NoOptions {
    fn k(&self) -> Option<NonZeroU32> {
        None
    }
}

/// Options of rank-biased precision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankBiased {
    /// Judge the passages at ranks 1 to k alone. Left out: the full ranking.
    k: Option<NonZeroU32>,
    /// How probable it is that a user who has read one passage reads the next.
    #[serde(default)]
    pub p: Persistence,
}

impl Cutoff for RankBiased {
    fn k(&self) -> Option<NonZeroU32> {
        self.k
    }

    fn variant(&self) -> String {
        match self.p {
            p if p == Persistence::default() => String::new(),
            Persistence(p) => format!("-p{p}"),
        }
    }
}

/// A probability above 0 and below 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
pub struct Persistence(f64);

impl Persistence {
    /// The probability.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Default for Persistence {
    /// Between the impatient user (0.5) and the patient (0.95) of Moffat and Zobel; the default of ir_measures too.
    fn default() -> Self {
        Self(0.8)
    }
}

impl TryFrom<f64> for Persistence {
    type Error = String;

    fn try_from(p: f64) -> Result<Self, String> {
        match p > 0.0 && p < 1.0 {
            true => Ok(Self(p)),
            false => Err(format!("p is {p}, allowed is a probability above 0 and below 1")),
        }
    }
}
