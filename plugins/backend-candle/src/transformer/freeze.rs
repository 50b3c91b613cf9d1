//! What of a pretrained encoder is not trained.
//!
//! Embeddings are most of a multilingual model's numbers and hold what every language shares; the lowest layers change
//! least in fine-tuning (Lee, Tang, Lin: What Would Elsa Do? Freezing Layers During Transformer Fine-Tuning, arXiv
//! 1911.03090). What is frozen has no moments and no gradient, and the backward pass ends above the lowest part that
//! is trained.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result};

use super::layout::{LayerAt, Layout};
use crate::parameter::Parameter;

/// What is not trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Freeze {
    /// The whole encoder: only what follows on its last layer is trained.
    Whole(Whole),
    /// Some of its parts.
    Parts(Parts),
}

/// The whole encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Whole {
    /// Everything before the pooling.
    Encoder,
}

/// Parts of an encoder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parts {
    /// Whether the embeddings are frozen, with the normalisation after them.
    pub embeddings: bool,
    /// How many layers are, counted from the lowest.
    pub layers: usize,
}

impl Freeze {
    /// Freezes parameters that lie as the layout says.
    pub(crate) fn apply(self, layout: &Layout, parameters: &mut [Parameter]) -> Result<()> {
        let Parts { embeddings, layers } = match self {
            Self::Whole(Whole::Encoder) => {
                parameters.iter_mut().for_each(Parameter::freeze);
                return Ok(());
            }
            Self::Parts(parts) => parts,
        };
        let all = layout.layers.len();
        if layers > all {
            return Err(Error::invalid(format!(
                "freeze.layers: found {layers}, allowed is 0 to {all}, the layers that the model has"
            )));
        }
        let starts: Vec<usize> = layout.layers.iter().map(first_of).collect();
        let first = starts.first().copied().unwrap_or(parameters.len());
        let end = starts.get(layers).copied().or_else(|| layout.layers.last().map(end_of));
        let mut freeze = |range: Range<usize>| {
            parameters.get_mut(range).into_iter().flatten().for_each(Parameter::freeze);
        };
        if embeddings {
            freeze(0..first);
        }
        freeze(first..end.unwrap_or(first));
        Ok(())
    }
}

/// Where the parameters of a layer begin; a family lists them together, and layers in their order.
fn first_of(layer: &LayerAt) -> usize {
    places(layer).into_iter().min().unwrap_or(0)
}

/// Where they end.
fn end_of(layer: &LayerAt) -> usize {
    places(layer).into_iter().max().map_or(0, |last| last + 1)
}

fn places(layer: &LayerAt) -> Vec<usize> {
    let linears = layer.query_key_value.iter().chain(&layer.inner);
    let linears = linears.chain([&layer.attention_output, &layer.outer]);
    let norms = layer.attention_norm.into_iter().chain([layer.output_norm]);
    let linears = linears.map(|linear| (linear.weight, linear.bias));
    let all = linears.chain(norms.map(|norm| (norm.weight, norm.bias)));
    all.flat_map(|(weight, bias)| [Some(weight), bias]).flatten().collect()
}

/// Refuses a model of which nothing is trained.
pub(crate) fn check_trained<'a>(parameters: impl IntoIterator<Item = &'a Parameter>) -> Result<()> {
    if parameters.into_iter().any(|parameter| parameter.trainable) {
        return Ok(());
    }
    Err(Error::invalid(
        "freeze: everything is frozen, so that nothing is left to train: what follows on the last layer has no \
         parameters here; allowed is to freeze less, such as `{ embeddings = true }` or fewer `layers`",
    ))
}
