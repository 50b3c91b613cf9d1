//! How often each of several classes is drawn, as the options say it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result};

/// The rule by which places are dealt to classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Weight {
    /// All equally often, each once a round at a keyed place.
    Uniform,
    /// Each as often as it has units.
    Size,
    /// By p ∝ nˢ.
    Exponent(f64),
    /// All equally often, in a fixed order.
    RoundRobin,
}

/// A weight that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    /// All equally often.
    Uniform,
    /// By size.
    Size,
}

/// `"uniform"`, `"size"`, or the exponent s of p ∝ nˢ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NamedOrExponent {
    /// By name.
    Named(Named),
    /// By an exponent.
    Exponent(#[schemars(range(min = 0))] f64),
}

/// A weight of pairs of languages that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NamedOfPairs {
    /// All equally often.
    Uniform,
    /// By size.
    Size,
    /// One after another, in the order of their codes.
    RoundRobin,
}

/// `"uniform"`, `"size"`, `"round-robin"`, or the exponent s of p ∝ nˢ.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OfPairs {
    /// By name.
    Named(NamedOfPairs),
    /// By an exponent.
    Exponent(#[schemars(range(min = 0))] f64),
}

impl Default for NamedOrExponent {
    fn default() -> Self {
        Self::Named(Named::Uniform)
    }
}

impl NamedOrExponent {
    /// The weight; `option` is where it stands.
    pub fn weight(self, option: &str) -> Result<Weight> {
        match self {
            Self::Named(Named::Uniform) => Ok(Weight::Uniform),
            Self::Named(Named::Size) => Ok(Weight::Size),
            Self::Exponent(exponent) => checked(exponent, option),
        }
    }
}

impl OfPairs {
    /// The weight; `option` is where it stands.
    pub fn weight(self, option: &str) -> Result<Weight> {
        match self {
            Self::Named(NamedOfPairs::Uniform) => Ok(Weight::Uniform),
            Self::Named(NamedOfPairs::Size) => Ok(Weight::Size),
            Self::Named(NamedOfPairs::RoundRobin) => Ok(Weight::RoundRobin),
            Self::Exponent(exponent) => checked(exponent, option),
        }
    }
}

fn checked(exponent: f64, option: &str) -> Result<Weight> {
    match exponent.is_finite() && exponent >= 0.0 {
        true => Ok(Weight::Exponent(exponent)),
        false => Err(Error::invalid(format!(
            "{option}: the exponent is {exponent}; 0 (all equally often), 1 (by size) or any number from 0 is allowed"
        ))),
    }
}
