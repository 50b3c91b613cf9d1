//! From the rows of the last layer to embeddings, and back: a pooling, then modules one after another, as the
//! `modules.json` of sentence-transformers lists them.
//!
//! BERT's own pooler is the first token's row through a dense layer with tanh (Devlin et al. 2019), and so a module
//! like others here; only its tensors stand among the transformer's.

mod modules;
mod normalize;
mod pooling;
#[cfg(test)]
mod tests;

use triglot_sdk::{Error, Result};

use super::options::Pooling;
use super::pretrained::Settings;
use super::weights::Carried;
use crate::dense::{Activation, Dense, DenseTape, Linear};
use crate::kernels::pack::Pack;
use crate::mat::Mat;
use crate::parameter::Parameter;
use candle_core::Device;

pub(crate) use modules::{Found, Module, described, export, find, load, save};
use normalize::NormalizeTape;
use pooling::PoolTape;

/// The pooler by its name among the transformer's tensors.
const POOLER: &str = "pooler.dense";

/// What follows on the last layer.
#[derive(Debug)]
pub(crate) struct Head {
    poolings: Vec<Pooling>,
    stages: Vec<Stage>,
    /// Length of a row.
    hidden: usize,
}

/// What follows on the pooling.
#[derive(Debug)]
pub(crate) enum Stage {
    /// The transformer's own pooler.
    Pooler(Dense),
    Dense(Dense),
    Normalize,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct HeadTape {
    pool: PoolTape,
    stages: Vec<StageTape>,
}

enum StageTape {
    Dense(DenseTape),
    Normalize(NormalizeTape),
}

impl Stage {
    fn dense(&self) -> Option<&Dense> {
        match self {
            Self::Pooler(dense) | Self::Dense(dense) => Some(dense),
            Self::Normalize => None,
        }
    }

    fn dense_mut(&mut self) -> Option<&mut Dense> {
        match self {
            Self::Pooler(dense) | Self::Dense(dense) => Some(dense),
            Self::Normalize => None,
        }
    }
}

impl Head {
    /// That of a model whose rows have this length: what the settings say, with the modules that were read, and the
    /// pooler taken out of what the transformer carries.
    pub(crate) fn new(
        settings: &Settings,
        modules: Vec<Stage>,
        hidden: usize,
        carried: &mut Vec<Carried>,
    ) -> Result<Self> {
        let poolings = settings.pooling.clone();
        let mut stages = Vec::new();
        if poolings.contains(&Pooling::Pooler) {
            stages.push(Stage::Pooler(pooler(hidden, carried)?));
        }
        stages.extend(modules);
        if settings.normalize {
            stages.push(Stage::Normalize);
        }
        Ok(Self { poolings, stages, hidden })
    }

    /// Length of a pooled row.
    fn pooled(&self) -> usize {
        self.hidden * self.poolings.len()
    }

    /// Length of an embedding.
    pub(crate) fn dim(&self) -> usize {
        let last = self.stages.iter().filter_map(Stage::dense).next_back();
        last.map_or(self.pooled(), Dense::outputs)
    }

    /// What it has to be trained, in one order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.stages.iter().filter_map(Stage::dense).flat_map(Dense::parameters)
    }

    /// As [`Head::parameters`], to change.
    pub(crate) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut Parameter> {
        self.stages.iter_mut().filter_map(Stage::dense_mut).flat_map(Dense::parameters_mut)
    }

    /// Those of its parameters that stand among the transformer's, or those that do not.
    pub(crate) fn parameters_of(&self, transformer: bool) -> impl Iterator<Item = &Parameter> {
        let of = self
            .stages
            .iter()
            .filter(move |stage| matches!(stage, Stage::Pooler(_)) == transformer);
        of.filter_map(Stage::dense).flat_map(Dense::parameters)
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        self.stages.iter_mut().filter_map(Stage::dense_mut).try_for_each(Dense::refresh)
    }

    /// Embeddings [texts × dim] of the rows of a pack [tokens × hidden].
    pub(crate) fn forward(&self, pack: &Pack, rows: &Mat) -> Result<(Vec<f32>, HeadTape)> {
        let (mut x, pool) = pooling::forward(&self.poolings, pack, rows.values(), self.hidden);
        let mut cols = self.pooled();
        let mut stages = Vec::with_capacity(self.stages.len());
        for stage in &self.stages {
            let tape;
            (x, tape) = match stage {
                Stage::Pooler(dense) | Stage::Dense(dense) => {
                    let (y, tape) = dense.forward(x)?;
                    cols = dense.outputs();
                    (y, StageTape::Dense(tape))
                }
                Stage::Normalize => {
                    let (y, tape) = normalize::forward(x, cols);
                    (y, StageTape::Normalize(tape))
                }
            };
            stages.push(tape);
        }
        Ok((x, HeadTape { pool, stages }))
    }

    /// From the gradient of the embeddings: adds those of the parameters, and returns that of the rows.
    pub(crate) fn backward(
        &mut self,
        pack: &Pack,
        tape: &HeadTape,
        gradient: &[f32],
    ) -> Result<Mat> {
        let mut gradient = gradient.to_vec();
        let mut cols = self.dim();
        for (stage, tape) in self.stages.iter_mut().zip(&tape.stages).rev() {
            gradient = match (stage, tape) {
                (Stage::Pooler(dense) | Stage::Dense(dense), StageTape::Dense(tape)) => {
                    cols = dense.inputs();
                    dense.backward(tape, &gradient)?
                }
                (Stage::Normalize, StageTape::Normalize(tape)) => {
                    normalize::backward(tape, gradient, cols)
                }
                _ => return Err(Error::failed("a tape of another head")),
            };
        }
        let rows = pooling::backward(&self.poolings, pack, &tape.pool, &gradient, self.hidden);
        Ok(Mat::new(rows, self.hidden))
    }
}

/// The pooler, out of what is carried along.
fn pooler(hidden: usize, carried: &mut Vec<Carried>) -> Result<Dense> {
    let [weight, bias] = ["weight", "bias"].map(|part| {
        let name = format!("{POOLER}.{part}");
        let at = carried.iter().position(|tensor| tensor.name == name)?;
        Some(carried.remove(at).values)
    });
    match (weight, bias) {
        (Some(weight), Some(bias)) => {
            let linear = Linear { inputs: hidden, outputs: hidden, weight, bias: Some(bias) };
            Dense::new(POOLER, linear, Activation::Tanh, &Device::Cpu)
        }
        _ => Err(Error::invalid(format!(
            "pooling: found \"pooler\", but the weights have no `{POOLER}.weight` and `{POOLER}.bias`; allowed is any \
             other"
        ))),
    }
}
