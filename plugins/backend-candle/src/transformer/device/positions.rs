//! What attention alone knows of positions, as tensors: a number a head and distance, angles, reach.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use triglot_sdk::Result;

use super::leaves::Leaves;
use super::ops;
use crate::kernels::rotation::Rotation;
use crate::transformer::config::Config;
use crate::transformer::layout::LayerAt;
use crate::transformer::relative::Rotary;

/// Added to a score out of reach: its probability becomes 0 to the bit.
const NEVER: f32 = -1e9;

/// What holds for texts of so many tokens.
pub(super) struct Positions {
    longest: usize,
    /// The table of buckets by its place, and the bucket of every query and key, row by row.
    buckets: Option<(usize, Tensor)>,
    /// By the layer's base and reach.
    rotaries: BTreeMap<(u64, Option<usize>), Turned>,
}

struct Turned {
    /// [longest × width / 2].
    cosines: Tensor,
    sines: Tensor,
    /// [longest × longest], if anything is out of reach.
    reach: Option<Tensor>,
}

fn key(rotary: Rotary) -> (u64, Option<usize>) {
    (rotary.theta.to_bits(), rotary.reach)
}

impl Positions {
    /// Those of a model.
    pub(super) fn new(config: &Config, longest: usize, device: &Device) -> Result<Self> {
        let square = |of: &dyn Fn(isize) -> u32| {
            let places = 0..longest as isize;
            let distances = places.clone().flat_map(|query| places.clone().map(move |k| k - query));
            Tensor::new(distances.map(of).collect::<Vec<_>>(), device)
        };
        let buckets = match config.layout.buckets {
            Some(buckets) => {
                Some((buckets.table, square(&|distance| buckets.of(distance) as u32)?))
            }
            None => None,
        };
        let mut rotaries = BTreeMap::new();
        for rotary in config.layout.layers.iter().filter_map(|layer| layer.rotary) {
            if rotaries.contains_key(&key(rotary)) {
                continue;
            }
            let rotation = Rotation::new(config.heads.width, rotary.theta, longest);
            let shape = (longest, config.heads.width / 2);
            let (cosines, sines) = rotation.angles();
            let reach = match rotary.reach {
                Some(reach) if longest > reach + 1 => {
                    let far = square(&|distance| u32::from(distance.unsigned_abs() > reach))?;
                    let far = far.reshape((longest, longest))?;
                    Some((far.to_dtype(candle_core::DType::F32)? * f64::from(NEVER))?)
                }
                _ => None,
            };
            let turned = Turned {
                cosines: Tensor::from_slice(cosines, shape, device)?,
                sines: Tensor::from_slice(sines, shape, device)?,
                reach,
            };
            rotaries.insert(key(rotary), turned);
        }
        Ok(Self { longest, buckets, rotaries })
    }

    fn of(&self, at: &LayerAt) -> Option<&Turned> {
        self.rotaries.get(&key(at.rotary?))
    }

    /// Queries and keys, turned where the layer turns them.
    pub(super) fn turn(&self, at: &LayerAt, query: Tensor, k: Tensor) -> Result<(Tensor, Tensor)> {
        let Some(Turned { cosines, sines, .. }) = self.of(at) else { return Ok((query, k)) };
        Ok((ops::turn(&query, cosines, sines)?, ops::turn(&k, cosines, sines)?))
    }

    /// Scores [texts × heads × longest × longest] with what positions add.
    pub(super) fn add(
        &self,
        at: &LayerAt,
        scores: Tensor,
        leaves: &Leaves,
        taped: bool,
    ) -> Result<Tensor> {
        let mut scores = scores;
        if let Some((table, places)) = &self.buckets {
            let numbers = leaves.get(*table, taped)?.index_select(places, 0)?;
            let heads = numbers.dim(1)?;
            let numbers = numbers.t()?.contiguous()?;
            let numbers = numbers.reshape((1, heads, self.longest, self.longest))?;
            scores = scores.broadcast_add(&numbers)?;
        }
        match self.of(at).and_then(|turned| turned.reach.as_ref()) {
            Some(reach) => Ok(scores.broadcast_add(reach)?),
            None => Ok(scores),
        }
    }
}
