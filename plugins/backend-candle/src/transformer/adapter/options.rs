//! What a manifest says of adapters, and what follows from it for a model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result};

use super::peft::AdapterConfig;
use super::targets;
use crate::options::between;
use crate::transformer::layout::Layout;

const MAX_RANK: usize = 4096;
const MAX_ALPHA: f64 = 1e6;
/// The defaults of PEFT's LoraConfig.
const RANK: usize = 8;
const ALPHA: f64 = 8.0;

/// Low-rank adapters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoraOptions {
    /// The inner dimension of an adapter; unless given, 8, or that of `adapter`.
    #[schemars(range(min = 1, max = MAX_RANK))]
    pub rank: Option<usize>,
    /// An adapter is scaled by alpha / rank; unless given, 8, or that of `adapter`.
    #[schemars(range(min = 0.0, max = MAX_ALPHA))]
    pub alpha: Option<f64>,
    /// Which linear maps have an adapter, as PEFT's `target_modules`: names of modules of transformers' class, or ends of
    /// them such as `query` or `attention.output.dense`; unless given, the projections to queries and values.
    #[schemars(length(min = 1))]
    pub targets: Option<Vec<String>>,
    /// Whether an adapter is scaled by alpha / √rank instead (Kalajdzievski, arXiv 2312.03732); unless given, it is not.
    pub rslora: Option<bool>,
    /// A folder in PEFT's layout to begin from, instead of new adapters.
    #[schemars(extend("format" = "path"), length(min = 1))]
    pub adapter: Option<String>,
    /// Whether the exported model has the adapters merged into its weights. If not, its weights are those that it began
    /// with. Beside them, in `adapter/`, the adapters are exported either way.
    pub merge: bool,
}

impl Default for LoraOptions {
    fn default() -> Self {
        let (rank, alpha, targets, rslora, adapter) = (None, None, None, None, None);
        Self { rank, alpha, targets, rslora, adapter, merge: true }
    }
}

/// The adapters of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lora {
    pub rank: usize,
    pub alpha: f64,
    pub rslora: bool,
    /// The whole names of the modules that have one, in the order of the model.
    pub targets: Vec<String>,
    /// Whether exported weights have them merged.
    #[serde(skip)]
    pub merge: bool,
}

impl LoraOptions {
    /// Holds every number against its bounds.
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(rank) = self.rank {
            between("lora.rank", rank, 1, MAX_RANK)?;
        }
        match self.alpha {
            Some(alpha) => between("lora.alpha", alpha, 0.0, MAX_ALPHA),
            None => Ok(()),
        }
    }

    /// The adapters of a model with this layout: what the options say, and where they leave something open, what the
    /// folder `adapter` says, where there is one.
    pub(crate) fn settle(&self, layout: &Layout, found: Option<&AdapterConfig>) -> Result<Lora> {
        let targets = match (&self.targets, found) {
            (Some(targets), _) => targets::resolve(layout, targets)?,
            (None, Some(found)) => found.modules(layout)?,
            (None, None) => targets::usual(layout),
        };
        let lora = Lora {
            rank: self.rank.or(found.map(|found| found.rank)).unwrap_or(RANK),
            alpha: self.alpha.or(found.map(|found| found.alpha)).unwrap_or(ALPHA),
            rslora: self.rslora.or(found.map(|found| found.rslora)).unwrap_or(false),
            targets,
            merge: self.merge,
        };
        match found {
            Some(found) => found.agree(&lora, layout).map(|()| lora),
            None => Ok(lora),
        }
    }

    /// As [`LoraOptions::settle`], of a model that was saved: a folder to begin from is not needed again.
    pub(crate) fn settle_saved(&self, layout: &Layout, saved: Option<&Lora>) -> Result<Lora> {
        match saved.filter(|_| self.adapter.is_some()) {
            Some(saved) => {
                let rank = self.rank.or(Some(saved.rank));
                let alpha = self.alpha.or(Some(saved.alpha));
                let rslora = self.rslora.or(Some(saved.rslora));
                let targets = self.targets.clone().or_else(|| Some(saved.targets.clone()));
                Self { rank, alpha, rslora, targets, ..self.clone() }.settle(layout, None)
            }
            None => self.settle(layout, None),
        }
    }
}

impl Lora {
    /// What the product B A is multiplied by.
    pub(crate) fn scale(&self) -> f32 {
        let rank = self.rank as f64;
        (self.alpha / if self.rslora { rank.sqrt() } else { rank }) as f32
    }
}

/// An adapter's file says something else than the options.
pub(super) fn disagrees(key: &str, asked: &str, found: &str) -> Error {
    Error::invalid(format!(
        "lora.{key}: found {asked}, allowed with this `lora.adapter` is what it was trained with, {found}"
    ))
}
