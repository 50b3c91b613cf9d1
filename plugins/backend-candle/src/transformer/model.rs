//! The model itself: packs of tokens to embeddings, gradients back to parameters.

use triglot_sdk::Result;

use super::block::{Block, BlockTape, Dropouts, Matrices, Weights};
use super::embeddings::Embeddings;
use super::layout::{EMBEDDING_PARAMETERS, LAYER_PARAMETERS};
use super::pooling::{PoolTape, Pooler};
use super::pretrained::Pretrained;
use crate::kernels::attention::Shape;
use crate::kernels::norm::NormTape;
use crate::kernels::pack::Pack;
use crate::mat::Mat;

/// An encoder with the matrices of its layers ready for products.
pub struct Model {
    pub pretrained: Pretrained,
    matrices: Vec<Matrices>,
}

/// What a forward pass leaves for the backward pass.
pub struct Tape {
    pub pack: Pack,
    embeddings: NormTape,
    blocks: Vec<BlockTape>,
    pool: PoolTape,
    dropout: (f64, f64),
}

impl Model {
    /// A model over what was read.
    pub(crate) fn new(pretrained: Pretrained) -> Result<Self> {
        let mut model = Self { pretrained, matrices: Vec::new() };
        model.refresh()?;
        Ok(model)
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        // The old ones go first: there is no need for room for both.
        self.matrices.clear();
        let layers =
            self.pretrained.parameters[EMBEDDING_PARAMETERS..].chunks_exact(LAYER_PARAMETERS);
        self.matrices = layers
            .map(|parameters| Matrices::new(Weights::new(parameters)?))
            .collect::<Result<_>>()?;
        Ok(())
    }

    /// Length of an embedding.
    pub(crate) fn dim(&self) -> usize {
        self.pretrained.config.hidden_size
    }

    /// The probabilities of dropout in training: of hidden layers and of attention.
    pub(crate) fn dropout(&self) -> (f64, f64) {
        (self.pretrained.settings.hidden_dropout, self.pretrained.settings.attention_dropout)
    }

    fn pooler(&self) -> Pooler {
        let settings = &self.pretrained.settings;
        Pooler { pooling: settings.pooling, normalize: settings.normalize }
    }

    fn epsilon(&self) -> f32 {
        self.pretrained.config.layer_norm_eps as f32
    }

    fn embeddings<'a>(&'a self, pack: &'a Pack, dropout: (f64, f64)) -> Result<Embeddings<'a>> {
        let parameters = &self.pretrained.parameters[..EMBEDDING_PARAMETERS];
        Embeddings::new(parameters, self.epsilon(), pack, dropout.0)
    }

    fn block<'a>(&'a self, layer: usize, pack: &'a Pack, dropout: (f64, f64)) -> Result<Block<'a>> {
        let config = &self.pretrained.config;
        let start = EMBEDDING_PARAMETERS + layer * LAYER_PARAMETERS;
        let heads = config.num_attention_heads;
        Ok(Block {
            matrices: &self.matrices[layer],
            weights: Weights::new(&self.pretrained.parameters[start..start + LAYER_PARAMETERS])?,
            shape: Shape { heads, width: config.hidden_size / heads },
            epsilon: self.epsilon(),
            dropouts: Dropouts::new(pack, layer, dropout),
        })
    }

    /// Embeddings [texts × dim], without a tape.
    pub(crate) fn embed(&self, pack: &Pack, dropout: (f64, f64)) -> Result<Vec<f32>> {
        let (mut x, _) = self.embeddings(pack, dropout)?.forward(pack)?;
        for layer in 0..self.matrices.len() {
            x = self.block(layer, pack, dropout)?.forward(pack, x)?.0;
        }
        Ok(self.pooler().forward(pack, &x.values()?, self.dim()).0)
    }

    /// Embeddings [texts × dim], and what [`Model::backward`] needs.
    pub(crate) fn forward(&self, pack: Pack, dropout: (f64, f64)) -> Result<(Vec<f32>, Tape)> {
        let (mut x, embeddings) = self.embeddings(&pack, dropout)?.forward(&pack)?;
        let mut blocks = Vec::with_capacity(self.matrices.len());
        for layer in 0..self.matrices.len() {
            let (y, tape) = self.block(layer, &pack, dropout)?.forward(&pack, x)?;
            blocks.push(tape);
            x = y;
        }
        let (out, pool) = self.pooler().forward(&pack, &x.values()?, self.dim());
        Ok((out, Tape { pack, embeddings, blocks, pool, dropout }))
    }

    /// Adds the gradients that follow from those of the embeddings [texts × dim].
    pub(crate) fn backward(&mut self, tape: Tape, gradients: &[f32]) -> Result<()> {
        let Tape { pack, embeddings, blocks, pool, dropout } = tape;
        let dim = self.dim();
        let mut gradient =
            vec![Mat::new(self.pooler().backward(&pack, &pool, gradients, dim), dim)?];
        for (layer, tape) in blocks.into_iter().enumerate().rev() {
            let (of_input, of_parameters) =
                self.block(layer, &pack, dropout)?.backward(&pack, tape, gradient)?;
            gradient = of_input;
            let start = EMBEDDING_PARAMETERS + layer * LAYER_PARAMETERS;
            let parameters = &mut self.pretrained.parameters[start..];
            for (parameter, of_parameter) in parameters.iter_mut().zip(of_parameters) {
                parameter.add_gradient(of_parameter);
            }
        }
        let found = self.embeddings(&pack, dropout)?.backward(&embeddings, &gradient)?;
        found.add_to(&mut self.pretrained.parameters[..EMBEDDING_PARAMETERS], &pack)
    }
}
