//! One layer on a device, of whatever kind.

use candle_core::Tensor;
use triglot_sdk::Result;

use super::grid::Grid;
use super::leaves::Leaves;
use super::positions::Positions;
use super::{masks, ops};
use crate::kernels::dropout::Site;
use crate::transformer::config::{Config, Order};
use crate::transformer::layout::{LayerAt, LinearAt, NormAt};
use crate::transformer::pass::Pass;

/// What all layers of a pass share.
pub(super) struct Work<'a> {
    pub config: &'a Config,
    pub leaves: &'a Leaves,
    pub pass: &'a Pass<'a>,
    pub grid: &'a Grid,
    pub positions: &'a Positions,
    /// Whether gradients are wanted.
    pub taped: bool,
}

impl Work<'_> {
    /// The output of layer `index` for rows `x` [tokens × hidden].
    pub(super) fn layer(&self, index: usize, x: &Tensor) -> Result<Tensor> {
        let at = &self.config.layout.layers[index];
        match self.config.order {
            Order::PostNorm => {
                let a = self.attention(index, at, x)?;
                let a = self.drop_out(Site::AttentionOutput, index, &a)?;
                let h = self.norm(at.attention_norm, &(x + a)?)?;
                let o = self.drop_out(Site::Output, index, &self.feed_forward(index, at, &h)?)?;
                self.norm(Some(at.output_norm), &(h + o)?)
            }
            Order::PreNorm { .. } => {
                let a = self.attention(index, at, &self.norm(at.attention_norm, x)?)?;
                let h = (x + self.drop_out(Site::AttentionOutput, index, &a)?)?;
                let o = self.feed_forward(index, at, &self.norm(Some(at.output_norm), &h)?)?;
                Ok((h + self.drop_out(Site::Output, index, &o)?)?)
            }
        }
    }

    /// What follows on the last layer.
    pub(super) fn finish(&self, x: Tensor) -> Result<Tensor> {
        let x = self.norm(self.config.layout.final_norm, &x)?;
        self.drop_out(Site::Final, 0, &x)
    }

    fn attention(&self, index: usize, at: &LayerAt, x: &Tensor) -> Result<Tensor> {
        let (grid, heads) = (self.grid, self.config.heads);
        let all = self.linears(&at.query_key_value, x)?;
        let width = heads.heads * heads.width;
        let part =
            |which: usize| grid.spread(&all.narrow(1, which * width, width)?.contiguous()?, heads);
        let (query, key, value) = (part(0)?, part(1)?, part(2)?);
        let (query, key) = self.positions.turn(at, query, key)?;
        let scores = (query.matmul(&key.t()?.contiguous()?)? * f64::from(heads.scale))?;
        let scores = scores.broadcast_add(grid.padding())?;
        let mut p = ops::softmax(&self.positions.add(at, scores, self.leaves, self.taped)?)?;
        if let Some(dropout) = self.pass.dropout(Site::Attention, index) {
            let (pack, device) = (self.pass.pack, p.device());
            p = (&p * masks::of_attention(&dropout, pack, grid, heads.heads, device)?)?;
        }
        let context = grid.gather(&p.matmul(&value)?, heads)?;
        self.linear(at.attention_output, &context)
    }

    fn feed_forward(&self, index: usize, at: &LayerAt, h: &Tensor) -> Result<Tensor> {
        let u = self.linears(&at.inner, h)?;
        let g = ops::activation(self.config.activation, &u, self.config.gated)?;
        self.linear(at.outer, &self.drop_out(Site::Inner, index, &g)?)
    }

    /// The outputs of several maps side by side.
    fn linears(&self, parts: &[LinearAt], x: &Tensor) -> Result<Tensor> {
        let parts = parts.iter().map(|part| self.linear(*part, x));
        Ok(Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 1)?)
    }

    fn linear(&self, at: LinearAt, x: &Tensor) -> Result<Tensor> {
        let weight = self.leaves.get(at.weight, self.taped)?;
        let bias = at.bias.map(|bias| self.leaves.get(bias, self.taped)).transpose()?;
        ops::linear(x, &weight, bias.as_ref())
    }

    /// The normalised rows; the rows themselves where there is no normalisation.
    fn norm(&self, at: Option<NormAt>, x: &Tensor) -> Result<Tensor> {
        let Some(at) = at else { return Ok(x.clone()) };
        let weight = self.leaves.get(at.weight, self.taped)?;
        let bias = at.bias.map(|bias| self.leaves.get(bias, self.taped)).transpose()?;
        let centred = match self.config.order {
            Order::PostNorm => true,
            Order::PreNorm { centred } => centred,
        };
        ops::norm(x, &weight, bias.as_ref(), self.config.epsilon, centred)
    }

    fn drop_out(&self, site: Site, index: usize, x: &Tensor) -> Result<Tensor> {
        let Some(dropout) = self.pass.dropout(site, index) else { return Ok(x.clone()) };
        let (tokens, cols) = x.dims2()?;
        Ok((x * masks::of_rows(&dropout, tokens, cols, x.device())?)?)
    }
}
