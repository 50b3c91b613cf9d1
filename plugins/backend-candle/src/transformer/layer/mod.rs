//! The layers of an encoder, each of attention and a feed-forward network with a residual sum around either; kinds
//! differ in where they normalise.

mod post_norm;

use triglot_sdk::Result;

use super::config::Config;
use super::dropouts::Dropouts;
use crate::mat::Mat;
use crate::parameter::Parameter;

use post_norm::{PostNorm, PostNormTape};

/// The gradient of a matrix as the sum of several.
pub(crate) type Parts = Vec<Mat>;

/// One layer.
pub(crate) enum Layer {
    /// Normalises after each residual sum.
    PostNorm(PostNorm),
}

/// What the backward pass needs of the forward pass.
pub(crate) enum LayerTape {
    PostNorm(PostNormTape),
}

impl Layer {
    /// Layer `index` of a model.
    pub(crate) fn new(config: &Config, index: usize, parameters: &[Parameter]) -> Result<Self> {
        Ok(Self::PostNorm(PostNorm::new(config, index, parameters)?))
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) -> Result<()> {
        match self {
            Self::PostNorm(layer) => layer.refresh(parameters),
        }
    }

    /// Whether any of its parameters is trained.
    pub(crate) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        match self {
            Self::PostNorm(layer) => layer.is_trained(parameters),
        }
    }

    /// The output for the rows `x` of a pack.
    pub(crate) fn forward(
        &self,
        parameters: &[Parameter],
        dropouts: &Dropouts<'_>,
        x: Mat,
    ) -> Result<(Mat, LayerTape)> {
        match self {
            Self::PostNorm(layer) => {
                let (y, tape) = layer.forward(parameters, dropouts, x)?;
                Ok((y, LayerTape::PostNorm(tape)))
            }
        }
    }

    /// From the gradient of the output: adds those of the parameters, and returns that of the input if it is wanted;
    /// else nothing is a part of it.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        dropouts: &Dropouts<'_>,
        tape: LayerTape,
        gradient: Parts,
        wanted: bool,
    ) -> Result<Parts> {
        match (self, tape) {
            (Self::PostNorm(layer), LayerTape::PostNorm(tape)) => {
                layer.backward(parameters, dropouts, tape, gradient, wanted)
            }
        }
    }
}
