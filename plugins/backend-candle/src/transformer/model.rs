//! The model itself: packs of tokens to embeddings, gradients back to parameters.

use std::sync::Arc;

use triglot_sdk::Result;

use super::embeddings::{self, Embeddings, EmbeddingsTape};
use super::head::{Head, HeadTape};
use super::layer::{FinalNorm, FinalNormTape, Layer, LayerTape};
use super::pass::{Pass, Probabilities};
use super::pretrained::Pretrained;
use super::tokens::Tokens;
use crate::kernels::pack::Pack;

/// An encoder with its layers ready for products.
pub struct Model {
    pub pretrained: Pretrained,
    pub tokens: Tokens,
    layers: Vec<Layer>,
    final_norm: FinalNorm,
    pub head: Head,
}

/// What a forward pass leaves for the backward pass.
pub struct Tape {
    pub pack: Pack,
    embeddings: EmbeddingsTape,
    /// Those of the last layers, from the lowest one that anything is trained in or below.
    layers: Vec<LayerTape>,
    final_norm: FinalNormTape,
    head: HeadTape,
    probabilities: Probabilities,
}

impl Model {
    /// A model over what was read.
    pub(crate) fn new(pretrained: Pretrained) -> Result<Self> {
        let config = &pretrained.config;
        let layers = (0..config.layout.layers.len())
            .map(|index| Layer::new(config, index, &pretrained.parameters))
            .collect::<Result<_>>()?;
        let final_norm = FinalNorm::new(config);
        let head = Head::new(&pretrained.settings, config.hidden_size);
        let tokens = Tokens::new(Arc::clone(&pretrained.tokenizer));
        Ok(Self { pretrained, tokens, layers, final_norm, head })
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        let parameters = &self.pretrained.parameters;
        self.layers.iter_mut().try_for_each(|layer| layer.refresh(parameters))?;
        self.head.refresh()
    }

    /// Length of an embedding.
    pub(crate) fn dim(&self) -> usize {
        self.head.dim()
    }

    /// The probabilities of dropout in training.
    pub(crate) fn dropout(&self) -> Probabilities {
        let settings = &self.pretrained.settings;
        Probabilities { hidden: settings.hidden_dropout, attention: settings.attention_dropout }
    }

    /// Embeddings [texts × dim], without a tape.
    pub(crate) fn embed(&self, pack: &Pack, probabilities: Probabilities) -> Result<Vec<f32>> {
        let Pretrained { config, parameters, .. } = &self.pretrained;
        let pass = Pass::new(config, parameters, pack, probabilities);
        let (mut x, _) = Embeddings::new(config, &pass).forward(parameters)?;
        for layer in &self.layers {
            x = layer.forward(parameters, &pass, x)?.0;
        }
        let (x, _) = self.final_norm.forward(parameters, &pass, x)?;
        Ok(self.head.forward(pack, &x)?.0)
    }

    /// Embeddings [texts × dim], and what [`Model::backward`] needs.
    pub(crate) fn forward(
        &self,
        pack: Pack,
        probabilities: Probabilities,
    ) -> Result<(Vec<f32>, Tape)> {
        let Pretrained { config, parameters, .. } = &self.pretrained;
        let pass = Pass::new(config, parameters, &pack, probabilities);
        let (mut x, embeddings) = Embeddings::new(config, &pass).forward(parameters)?;
        let lowest = self.lowest();
        let mut layers = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let (y, tape) = layer.forward(parameters, &pass, x)?;
            if index >= lowest {
                layers.push(tape);
            }
            x = y;
        }
        let (x, final_norm) = self.final_norm.forward(parameters, &pass, x)?;
        let (out, head) = self.head.forward(&pack, &x)?;
        Ok((out, Tape { pack, embeddings, layers, final_norm, head, probabilities }))
    }

    /// Adds the gradients that follow from those of the embeddings [texts × dim].
    pub(crate) fn backward(&mut self, tape: Tape, gradients: &[f32]) -> Result<()> {
        let Tape { pack, embeddings, layers: mut tapes, final_norm, head, probabilities } = tape;
        let below = self.trains_embeddings();
        let lowest = self.layers.len() - tapes.len();
        let mut gradient = vec![self.head.backward(&pack, &head, gradients)?];
        let Pretrained { config, parameters, .. } = &mut self.pretrained;
        if tapes.is_empty() && !below && !self.final_norm.is_trained(parameters) {
            return Ok(());
        }
        let pass = Pass::new(config, parameters, &pack, probabilities);
        gradient = self.final_norm.backward(parameters, &pass, &final_norm, gradient)?;
        for index in (lowest..self.layers.len()).rev() {
            let Some(tape) = tapes.pop() else { break };
            let wanted = below || index > lowest;
            gradient = self.layers[index].backward(parameters, &pass, tape, gradient, wanted)?;
        }
        match below {
            true => Embeddings::new(config, &pass).backward(parameters, &embeddings, &gradient),
            false => Ok(()),
        }
    }

    fn trains_embeddings(&self) -> bool {
        let Pretrained { config, parameters, .. } = &self.pretrained;
        embeddings::is_trained(&config.layout.embeddings, parameters)
    }

    /// The lowest layer that the backward pass reaches: below it nothing is trained.
    fn lowest(&self) -> usize {
        if self.trains_embeddings() {
            return 0;
        }
        let parameters = &self.pretrained.parameters;
        let lowest = self.layers.iter().position(|layer| layer.is_trained(parameters));
        lowest.unwrap_or(self.layers.len())
    }
}
