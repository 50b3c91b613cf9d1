//! All layers, one after another, and the norm after them, in the kernels of the CPU.

use triglot_sdk::Result;

use super::{FinalNorm, FinalNormTape, Layer, LayerTape, Parts};
use crate::mat::Mat;
use crate::parameter::Parameter;
use crate::transformer::config::Config;
use crate::transformer::pass::Pass;

/// The layers, ready for products.
pub(crate) struct Stack {
    layers: Vec<Layer>,
    final_norm: FinalNorm,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct StackTape {
    /// Those of the last layers, from the lowest one that anything is trained in or below.
    layers: Vec<LayerTape>,
    final_norm: FinalNormTape,
}

impl Stack {
    /// That of a model.
    pub(crate) fn new(config: &Config, parameters: &[Parameter]) -> Result<Self> {
        let layers = (0..config.layout.layers.len())
            .map(|index| Layer::new(config, index, parameters))
            .collect::<Result<_>>()?;
        Ok(Self { layers, final_norm: FinalNorm::new(config) })
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) {
        self.layers.iter_mut().for_each(|layer| layer.refresh(parameters));
    }

    /// The rows for the head, from those that enter the first layer.
    pub(crate) fn embed(&self, parameters: &[Parameter], pass: &Pass<'_>, mut x: Mat) -> Mat {
        for layer in &self.layers {
            x = layer.forward(parameters, pass, x).0;
        }
        self.final_norm.forward(parameters, pass, x).0
    }

    /// As [`Stack::embed`], with what [`Stack::backward`] needs; `below` says whether anything before the layers is
    /// trained.
    pub(crate) fn forward(
        &self,
        parameters: &[Parameter],
        pass: &Pass<'_>,
        mut x: Mat,
        below: bool,
    ) -> (Mat, StackTape) {
        let lowest = if below { 0 } else { self.lowest(parameters) };
        let mut layers = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let (y, tape) = layer.forward(parameters, pass, x);
            if index >= lowest {
                layers.push(tape);
            }
            x = y;
        }
        let (x, final_norm) = self.final_norm.forward(parameters, pass, x);
        (x, StackTape { layers, final_norm })
    }

    /// Adds the gradients of the layers' parameters, and returns that of the rows that entered if it is wanted; else
    /// nothing is a part of it.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        pass: &Pass<'_>,
        tape: StackTape,
        gradient: Mat,
        below: bool,
    ) -> Result<Parts> {
        let StackTape { layers: mut tapes, final_norm } = tape;
        if tapes.is_empty() && !below && !self.final_norm.is_trained(parameters) {
            return Ok(Parts::new());
        }
        let mut gradient = self.final_norm.backward(parameters, pass, &final_norm, vec![gradient]);
        let lowest = self.layers.len() - tapes.len();
        for index in (lowest..self.layers.len()).rev() {
            let Some(tape) = tapes.pop() else { break };
            let wanted = below || index > lowest;
            gradient = self.layers[index].backward(parameters, pass, tape, gradient, wanted)?;
        }
        Ok(gradient)
    }

    /// The lowest layer that anything is trained in; as many as there are if there is none.
    fn lowest(&self, parameters: &[Parameter]) -> usize {
        let lowest = self.layers.iter().position(|layer| layer.is_trained(parameters));
        lowest.unwrap_or(self.layers.len())
    }
}
