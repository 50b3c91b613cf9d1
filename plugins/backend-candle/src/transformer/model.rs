//! The model itself: packs of tokens to embeddings, gradients back to parameters.

use triglot_sdk::Result;

use super::dropouts::{Dropouts, Probabilities};
use super::embeddings::{self, Embeddings};
use super::head::{Head, HeadTape};
use super::layer::{Layer, LayerTape};
use super::pretrained::Pretrained;
use crate::kernels::norm::NormTape;
use crate::kernels::pack::Pack;

/// An encoder with its layers ready for products.
pub struct Model {
    pub pretrained: Pretrained,
    layers: Vec<Layer>,
    pub head: Head,
}

/// What a forward pass leaves for the backward pass.
pub struct Tape {
    pub pack: Pack,
    embeddings: NormTape,
    /// Those of the last layers, from the lowest one that anything is trained in or below.
    layers: Vec<LayerTape>,
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
        let head = Head::new(&pretrained.settings, config.hidden_size);
        Ok(Self { pretrained, layers, head })
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

    fn dropouts<'a>(&self, pack: &'a Pack, probabilities: Probabilities) -> Dropouts<'a> {
        Dropouts { pack, sites: self.pretrained.config.family.sites, probabilities }
    }

    /// Embeddings [texts × dim], without a tape.
    pub(crate) fn embed(&self, pack: &Pack, probabilities: Probabilities) -> Result<Vec<f32>> {
        let Pretrained { config, parameters, .. } = &self.pretrained;
        let dropouts = self.dropouts(pack, probabilities);
        let (mut x, _) = Embeddings::new(config, &dropouts)?.forward(parameters)?;
        for layer in &self.layers {
            x = layer.forward(parameters, &dropouts, x)?.0;
        }
        Ok(self.head.forward(pack, &x)?.0)
    }

    /// Embeddings [texts × dim], and what [`Model::backward`] needs.
    pub(crate) fn forward(
        &self,
        pack: Pack,
        probabilities: Probabilities,
    ) -> Result<(Vec<f32>, Tape)> {
        let Pretrained { config, parameters, .. } = &self.pretrained;
        let dropouts = self.dropouts(&pack, probabilities);
        let (mut x, embeddings) = Embeddings::new(config, &dropouts)?.forward(parameters)?;
        let lowest = self.lowest();
        let mut layers = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let (y, tape) = layer.forward(parameters, &dropouts, x)?;
            if index >= lowest {
                layers.push(tape);
            }
            x = y;
        }
        let (out, head) = self.head.forward(&pack, &x)?;
        Ok((out, Tape { pack, embeddings, layers, head, probabilities }))
    }

    /// Adds the gradients that follow from those of the embeddings [texts × dim].
    pub(crate) fn backward(&mut self, tape: Tape, gradients: &[f32]) -> Result<()> {
        let Tape { pack, embeddings, layers: tapes, head, probabilities } = tape;
        let dropouts = self.dropouts(&pack, probabilities);
        let below = self.trains_embeddings();
        let lowest = self.layers.len() - tapes.len();
        let mut gradient = vec![self.head.backward(&pack, &head, gradients)?];
        let Pretrained { config, parameters, .. } = &mut self.pretrained;
        for (index, tape) in (lowest..).zip(tapes).collect::<Vec<_>>().into_iter().rev() {
            let wanted = below || index > lowest;
            gradient =
                self.layers[index].backward(parameters, &dropouts, tape, gradient, wanted)?;
        }
        match below {
            true => {
                Embeddings::new(config, &dropouts)?.backward(parameters, &embeddings, &gradient)
            }
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
