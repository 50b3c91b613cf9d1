//! The layers of a model wherever they are computed.

use candle_core::Device;
use triglot_sdk::Result;

use super::config::Config;
use super::device::{DeviceLayers, DeviceTape};
use super::layer::{Parts, Stack, StackTape};
use super::pass::Pass;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// The layers on the CPU, or on another device.
pub(crate) enum Layers {
    Cpu(Stack),
    Device(DeviceLayers),
}

/// What the backward pass needs of the forward pass.
pub(crate) enum LayersTape {
    Cpu(StackTape),
    Device(DeviceTape),
}

impl Layers {
    /// Those of a model.
    pub(crate) fn new(config: &Config, parameters: &[Parameter], device: &Device) -> Result<Self> {
        Ok(match device {
            Device::Cpu => Self::Cpu(Stack::new(config, parameters)?),
            _ => Self::Device(DeviceLayers::new(config, parameters, device)?),
        })
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) -> Result<()> {
        match self {
            Self::Cpu(layers) => {
                layers.refresh(parameters);
                Ok(())
            }
            Self::Device(layers) => layers.refresh(parameters),
        }
    }

    /// Tokens that are embedded at once where no tape is kept: enough to keep the products busy, few enough for what
    /// lies between them to stay near the processor.
    pub(crate) fn tokens_at_once(&self) -> usize {
        match self {
            Self::Cpu(_) => 1 << 10,
            Self::Device(_) => 1 << 14,
        }
    }

    /// The rows for the head, from those that enter the first layer.
    pub(crate) fn embed(
        &self,
        config: &Config,
        parameters: &[Parameter],
        pass: &Pass<'_>,
        x: Mat,
    ) -> Result<Mat> {
        match self {
            Self::Cpu(layers) => Ok(layers.embed(parameters, pass, x)),
            Self::Device(layers) => layers.embed(config, pass, &x),
        }
    }

    /// As [`Layers::embed`], with what [`Layers::backward`] needs; `below` says whether anything before the layers is
    /// trained.
    pub(crate) fn forward(
        &self,
        config: &Config,
        parameters: &[Parameter],
        pass: &Pass<'_>,
        x: Mat,
        below: bool,
    ) -> Result<(Mat, LayersTape)> {
        match self {
            Self::Cpu(layers) => {
                let (y, tape) = layers.forward(parameters, pass, x, below);
                Ok((y, LayersTape::Cpu(tape)))
            }
            Self::Device(layers) => {
                let (y, tape) = layers.forward(config, pass, &x, below)?;
                Ok((y, LayersTape::Device(tape)))
            }
        }
    }

    /// Adds the gradients of the layers' parameters, and returns that of the rows that entered if it is wanted.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        pass: &Pass<'_>,
        tape: LayersTape,
        gradient: Mat,
        below: bool,
    ) -> Result<Parts> {
        match (self, tape) {
            (Self::Cpu(layers), LayersTape::Cpu(tape)) => {
                layers.backward(parameters, pass, tape, gradient, below)
            }
            (Self::Device(layers), LayersTape::Device(tape)) => {
                layers.backward(parameters, &tape, &gradient)
            }
            _ => Err(triglot_sdk::Error::failed("a tape of another device")),
        }
    }
}
