//! Between packed rows and a grid [texts × longest]: attention alone needs one, since a device multiplies matrices of
//! equal shape at once. All else goes over packed rows, as it does on the CPU.

use candle_core::{Device, Tensor};
use triglot_sdk::Result;

use crate::kernels::attention::Shape;
use crate::kernels::pack::Pack;

/// Added to the score of a key that is padding: its probability becomes 0 to the bit.
const NEVER: f32 = -1e9;

/// Where the rows of a pack lie in a grid.
pub(super) struct Grid {
    pub texts: usize,
    /// Tokens of the longest text.
    pub longest: usize,
    /// For every place of the grid a row of the pack; the first one stands for padding.
    spread: Tensor,
    /// For every row of the pack its place in the grid.
    gather: Tensor,
    /// [texts × 1 × 1 × longest]: 0 for a token, [`NEVER`] for padding.
    padding: Tensor,
}

impl Grid {
    /// That of a pack.
    pub(super) fn new(pack: &Pack, device: &Device) -> Result<Self> {
        let longest = pack.rows().map(|rows| rows.len()).max().unwrap_or(0);
        let texts = pack.texts();
        let mut spread = vec![0u32; texts * longest];
        let mut padding = vec![NEVER; texts * longest];
        let mut gather = Vec::with_capacity(pack.tokens().len());
        for (text, rows) in pack.rows().enumerate() {
            for (position, row) in rows.enumerate() {
                let place = text * longest + position;
                spread[place] = row as u32;
                padding[place] = 0.0;
                gather.push(place as u32);
            }
        }
        Ok(Self {
            texts,
            longest,
            spread: Tensor::new(spread, device)?,
            gather: Tensor::new(gather, device)?,
            padding: Tensor::from_vec(padding, (texts, 1, 1, longest), device)?,
        })
    }

    /// Rows [tokens × heads · width] as [texts × heads × longest × width].
    pub(super) fn spread(&self, rows: &Tensor, heads: Shape) -> Result<Tensor> {
        let shape = (self.texts, self.longest, heads.heads, heads.width);
        let grid = rows.index_select(&self.spread, 0)?.reshape(shape)?;
        Ok(grid.transpose(1, 2)?.contiguous()?)
    }

    /// The way back from [`Grid::spread`].
    pub(super) fn gather(&self, grid: &Tensor, heads: Shape) -> Result<Tensor> {
        let shape = (self.texts * self.longest, heads.heads * heads.width);
        let rows = grid.transpose(1, 2)?.contiguous()?.reshape(shape)?;
        Ok(rows.index_select(&self.gather, 0)?)
    }

    /// What is added to scores [texts × heads × longest × longest].
    pub(super) fn padding(&self) -> &Tensor {
        &self.padding
    }
}
