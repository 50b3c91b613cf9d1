//! The layers of an encoder, each of attention and a feed-forward network with a residual sum around either; kinds
//! differ in where they normalise.

mod final_norm;
mod post_norm;
mod pre_norm;
mod stack;

use triglot_sdk::{Error, Result};

use super::config::{Config, Order};
use super::pass::Pass;
use crate::buffers::Buffer;
use crate::mat::Mat;
use crate::parameter::Parameter;

use post_norm::{PostNorm, PostNormTape};
use pre_norm::{PreNorm, PreNormTape};

use final_norm::{FinalNorm, FinalNormTape};

pub(crate) use stack::{Stack, StackTape};

/// The gradient of a matrix as the sum of several.
pub(crate) type Parts = Vec<Mat>;

/// The sum of parts.
pub(crate) fn sum(parts: &[Mat]) -> Mat {
    match parts {
        [] => Mat::new(Vec::new(), 1),
        [one] => one.clone(),
        [first, others @ ..] => {
            let mut whole = Buffer::copy(first.values());
            for part in others {
                whole.iter_mut().zip(part.values()).for_each(|(sum, value)| *sum += value);
            }
            Mat::new(whole, first.cols())
        }
    }
}

/// One layer.
pub(crate) enum Layer {
    /// Normalises after each residual sum.
    PostNorm(PostNorm),
    /// Normalises before attention and before the feed-forward network.
    PreNorm(PreNorm),
}

/// What the backward pass needs of the forward pass.
pub(crate) enum LayerTape {
    PostNorm(PostNormTape),
    PreNorm(PreNormTape),
}

impl Layer {
    /// Layer `index` of a model.
    pub(crate) fn new(config: &Config, index: usize, parameters: &[Parameter]) -> Result<Self> {
        Ok(match config.order {
            Order::PostNorm => Self::PostNorm(PostNorm::new(config, index, parameters)?),
            Order::PreNorm { .. } => Self::PreNorm(PreNorm::new(config, index, parameters)),
        })
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) {
        match self {
            Self::PostNorm(layer) => layer.refresh(parameters),
            Self::PreNorm(layer) => layer.refresh(parameters),
        }
    }

    /// Whether any of its parameters is trained.
    pub(crate) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        match self {
            Self::PostNorm(layer) => layer.is_trained(parameters),
            Self::PreNorm(layer) => layer.is_trained(parameters),
        }
    }

    /// The output for the rows `x` of a pack.
    pub(crate) fn forward(
        &self,
        parameters: &[Parameter],
        pass: &Pass<'_>,
        x: Mat,
    ) -> (Mat, LayerTape) {
        match self {
            Self::PostNorm(layer) => {
                let (y, tape) = layer.forward(parameters, pass, x);
                (y, LayerTape::PostNorm(tape))
            }
            Self::PreNorm(layer) => {
                let (y, tape) = layer.forward(parameters, pass, x);
                (y, LayerTape::PreNorm(tape))
            }
        }
    }

    /// From the gradient of the output: adds those of the parameters, and returns that of the input if it is wanted;
    /// else nothing is a part of it.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        pass: &Pass<'_>,
        tape: LayerTape,
        gradient: Parts,
        wanted: bool,
    ) -> Result<Parts> {
        match (self, tape) {
            (Self::PostNorm(layer), LayerTape::PostNorm(tape)) => {
                Ok(layer.backward(parameters, pass, tape, gradient, wanted))
            }
            (Self::PreNorm(layer), LayerTape::PreNorm(tape)) => {
                Ok(layer.backward(parameters, pass, tape, gradient, wanted))
            }
            _ => Err(Error::failed("a tape of another layer")),
        }
    }
}
