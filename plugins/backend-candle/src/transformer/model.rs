//! The model itself: packs of tokens to embeddings, gradients back to parameters.

use std::sync::Arc;

use candle_core::Device;
use triglot_sdk::Result;

use super::embeddings::{self, Embeddings, EmbeddingsTape};
use super::head::HeadTape;
use super::layers::{Layers, LayersTape};
use super::pass::{Pass, Probabilities};
use super::pretrained::Pretrained;
use super::tokens::Tokens;
use crate::buffers;
use crate::kernels::pack::Pack;

/// An encoder with its layers ready for products.
pub struct Model {
    pub pretrained: Pretrained,
    pub tokens: Tokens,
    pub layers: Layers,
}

/// What a forward pass leaves for the backward pass.
pub struct Tape {
    pub pack: Pack,
    embeddings: EmbeddingsTape,
    layers: LayersTape,
    head: HeadTape,
    probabilities: Probabilities,
}

impl Model {
    /// A model over what was read, its layers on a device.
    pub(crate) fn new(pretrained: Pretrained, device: &Device) -> Result<Self> {
        let config = &pretrained.config;
        let layers = Layers::new(config, &pretrained.parameters, device)?;
        let tokens = Tokens::new(Arc::clone(&pretrained.tokenizer));
        Ok(Self { pretrained, tokens, layers })
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        self.layers.refresh(&self.pretrained.parameters)?;
        self.pretrained.head.refresh()
    }

    /// Length of an embedding.
    pub(crate) fn dim(&self) -> usize {
        self.pretrained.head.dim()
    }

    /// The probabilities of dropout in training.
    pub(crate) fn dropout(&self) -> Probabilities {
        let settings = &self.pretrained.settings;
        Probabilities { hidden: settings.hidden_dropout, attention: settings.attention_dropout }
    }

    /// Embeddings [texts × dim], without a tape.
    pub(crate) fn embed(&self, pack: &Pack, probabilities: Probabilities) -> Result<Vec<f32>> {
        buffers::next_pass();
        let Pretrained { config, parameters, .. } = &self.pretrained;
        let pass = Pass::new(config, parameters, pack, probabilities).without_tape();
        let (x, _) = Embeddings::new(config, &pass).forward(parameters);
        let x = self.layers.embed(config, parameters, &pass, x)?;
        Ok(self.pretrained.head.forward(pack, &x)?.0)
    }

    /// Embeddings [texts × dim], and what [`Model::backward`] needs.
    pub(crate) fn forward(
        &self,
        pack: Pack,
        probabilities: Probabilities,
    ) -> Result<(Vec<f32>, Tape)> {
        buffers::next_pass();
        let Pretrained { config, parameters, .. } = &self.pretrained;
        let pass = Pass::new(config, parameters, &pack, probabilities);
        let (x, embeddings) = Embeddings::new(config, &pass).forward(parameters);
        let below = self.trains_embeddings();
        let (x, layers) = self.layers.forward(config, parameters, &pass, x, below)?;
        let (out, head) = self.pretrained.head.forward(&pack, &x)?;
        Ok((out, Tape { pack, embeddings, layers, head, probabilities }))
    }

    /// Adds the gradients that follow from those of the embeddings [texts × dim].
    pub(crate) fn backward(&mut self, tape: Tape, gradients: &[f32]) -> Result<()> {
        let Tape { pack, embeddings, layers, head, probabilities } = tape;
        let below = self.trains_embeddings();
        let gradient = self.pretrained.head.backward(&pack, &head, gradients)?;
        let Pretrained { config, parameters, .. } = &mut self.pretrained;
        let pass = Pass::new(config, parameters, &pack, probabilities);
        let gradient = self.layers.backward(parameters, &pass, layers, gradient, below)?;
        if below {
            Embeddings::new(config, &pass).backward(parameters, &embeddings, &gradient);
        }
        Ok(())
    }

    fn trains_embeddings(&self) -> bool {
        let Pretrained { config, parameters, .. } = &self.pretrained;
        embeddings::is_trained(&config.layout.embeddings, parameters)
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        buffers::forget();
    }
}
