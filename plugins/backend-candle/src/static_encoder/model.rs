//! The model itself: tokens to embeddings, gradients back to parameters.

use candle_core::Device;
use triglot_sdk::Result;

use super::options::Options;
use super::table;
use super::tokenizer::TextTokenizer;
use crate::dense::{Dense, DenseTape};
use crate::parameter::Parameter;

/// What the draws of new weights are for, as words of their keys.
const TABLE: u64 = 1;
const DENSE: u64 = 2;

/// A static encoder's tokenizer and weights.
pub struct Model {
    /// The options that describe it: those of a model that was there already have its shapes and prefixes.
    pub options: Options,
    pub tokenizer: TextTokenizer,
    pub table: Parameter,
    pub dense: Option<Dense>,
}

/// What a forward pass leaves for the backward pass.
pub struct Tape {
    tokens: Vec<Vec<u32>>,
    dense: Option<DenseTape>,
    /// Embeddings [texts × dim].
    pub embeddings: Vec<f32>,
}

impl Tape {
    /// Number of texts.
    pub(crate) fn texts(&self) -> usize {
        self.tokens.len()
    }

    /// Number of tokens of all texts.
    pub(crate) fn tokens(&self) -> u64 {
        self.tokens.iter().map(|tokens| tokens.len() as u64).sum()
    }
}

impl Model {
    /// A new model.
    pub(crate) fn new(
        tokenizer: TextTokenizer,
        options: &Options,
        seed: u64,
        device: &Device,
    ) -> Result<Self> {
        let dense = match &options.dense {
            Some(dense) => {
                let key = [seed, DENSE];
                Some(Dense::random(options.dim, dense.dim, dense.activation, device, &key)?)
            }
            None => None,
        };
        let table = table::new(tokenizer.rows(), options.dim, options.init_scale, &[seed, TABLE]);
        Ok(Self { options: options.clone(), tokenizer, table, dense })
    }

    /// A model whose numbers are yet to come from a file; [`Model::refresh`] must follow.
    pub(crate) fn blank(
        tokenizer: TextTokenizer,
        options: &Options,
        device: &Device,
    ) -> Result<Self> {
        // Draws of a new table would be overwritten.
        let blank = Options { init_scale: 0.0, ..options.clone() };
        let model = Self::new(tokenizer, &blank, 0, device)?;
        Ok(Self { options: options.clone(), ..model })
    }

    /// Length of an embedding.
    pub(crate) fn dim(&self) -> usize {
        self.dense.as_ref().map_or(self.table.cols(), Dense::outputs)
    }

    /// Everything that can be trained, always in this order.
    pub(crate) fn parameters(&self) -> Vec<&Parameter> {
        let dense = self.dense.iter().flat_map(Dense::parameters);
        std::iter::once(&self.table).chain(dense).collect()
    }

    /// As [`Model::parameters`], to change; [`Model::refresh`] must follow.
    pub(crate) fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        let dense = self.dense.iter_mut().flat_map(Dense::parameters_mut);
        std::iter::once(&mut self.table).chain(dense).collect()
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        self.dense.as_mut().map_or(Ok(()), Dense::refresh)
    }

    /// Embeds texts, and keeps what [`Model::backward`] needs.
    pub(crate) fn forward(&self, texts: Vec<String>) -> Result<Tape> {
        let tokens = self.tokenizer.encode(texts)?;
        let means = table::means(&self.table, &tokens);
        let (embeddings, dense) = match &self.dense {
            Some(dense) => {
                let (embeddings, tape) = dense.forward(means)?;
                (embeddings, Some(tape))
            }
            None => (means, None),
        };
        Ok(Tape { tokens, dense, embeddings })
    }

    /// Adds the gradients that follow from those of the embeddings.
    pub(crate) fn backward(&mut self, tape: &Tape, gradients: &[f32]) -> Result<()> {
        match (&mut self.dense, &tape.dense) {
            (Some(dense), Some(of_dense)) => {
                let gradients = dense.backward(of_dense, gradients)?;
                table::add_gradients(&mut self.table, &tape.tokens, &gradients);
            }
            _ => table::add_gradients(&mut self.table, &tape.tokens, gradients),
        }
        Ok(())
    }
}
