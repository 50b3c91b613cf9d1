//! From the rows of the last layer to embeddings, and back.

mod pooling;

use triglot_sdk::Result;

use super::pretrained::Settings;
use crate::kernels::pack::Pack;
use crate::mat::Mat;
use crate::parameter::Parameter;

use pooling::{PoolTape, Pooler};

/// What follows on the last layer.
pub(crate) struct Head {
    pooler: Pooler,
    /// Length of a row.
    hidden: usize,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct HeadTape {
    pool: PoolTape,
}

impl Head {
    /// That of a model whose rows have this length.
    pub(crate) fn new(settings: &Settings, hidden: usize) -> Self {
        let pooler = Pooler { pooling: settings.pooling, normalize: settings.normalize };
        Self { pooler, hidden }
    }

    /// Length of an embedding.
    pub(crate) fn dim(&self) -> usize {
        self.hidden
    }

    /// What it has to be trained, in one order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        std::iter::empty()
    }

    /// As [`Head::parameters`], to change.
    pub(crate) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut Parameter> {
        std::iter::empty()
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        Ok(())
    }

    /// Embeddings [texts × dim] of the rows of a pack [tokens × hidden].
    pub(crate) fn forward(&self, pack: &Pack, rows: &Mat) -> Result<(Vec<f32>, HeadTape)> {
        let (embeddings, pool) = self.pooler.forward(pack, &rows.values()?, self.hidden);
        Ok((embeddings, HeadTape { pool }))
    }

    /// From the gradient of the embeddings: adds those of the parameters, and returns that of the rows.
    pub(crate) fn backward(
        &mut self,
        pack: &Pack,
        tape: &HeadTape,
        gradient: &[f32],
    ) -> Result<Mat> {
        Mat::new(self.pooler.backward(pack, &tape.pool, gradient, self.hidden), self.hidden)
    }
}
