//! The baseline that words alone make.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether BM25 is measured beside the model, and how it weighs words.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Bm25 {
    /// Measured with the defaults of Anserini, or not at all.
    Switch(bool),
    /// Measured with these parameters.
    Tuned(Bm25Parameters),
}

/// The parameters of BM25 (Robertson and Zaragoza 2009, section 3.2). The defaults are those of Anserini and Pyserini,
/// with which the BM25 baselines of BEIR and MIRACL are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bm25Parameters {
    /// How soon a word that is repeated counts no more: above 0; the larger, the later.
    #[serde(default = "default_k1")]
    pub k1: f64,
    /// How much long passages are discounted: from 0, not at all, to 1.
    #[serde(default = "default_b")]
    pub b: f64,
}

impl Bm25 {
    /// The parameters to measure with, if it is measured.
    pub fn parameters(self) -> Option<Bm25Parameters> {
        match self {
            Self::Switch(false) => None,
            Self::Switch(true) => Some(Bm25Parameters::default()),
            Self::Tuned(parameters) => Some(parameters),
        }
    }
}

impl Default for Bm25 {
    fn default() -> Self {
        Self::Switch(true)
    }
}

impl Default for Bm25Parameters {
    fn default() -> Self {
        Self { k1: default_k1(), b: default_b() }
    }
}

fn default_k1() -> f64 {
    0.9
}

fn default_b() -> f64 {
    0.4
}
