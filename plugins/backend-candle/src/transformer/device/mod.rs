//! The layers of an encoder on a GPU.
//!
//! Parameters stay in main memory, where the optimiser moves them and files take them from; the device has copies of
//! the layers' alone, renewed after each step. The rows that enter the first layer go there and those that leave the
//! last come back: the tables of embeddings, of which a batch touches few rows, and the head, whose arithmetic is small,
//! stay with the CPU. So does the drawing of dropout, by the same keys: a device trains on what the CPU would.
//!
//! The forward pass is written in candle's operations ([`ops`] has those with a right gradient), the backward pass is
//! candle's differentiation of it. That it knows nothing of the kernels makes it a second witness to them: tests hold
//! the two against each other, on the CPU, for which it is too slow to be of other use.

mod grid;
mod layer;
mod leaves;
mod masks;
mod ops;
mod positions;

use candle_core::{Device, Tensor, Var};
use triglot_sdk::{Error, Result};

use self::grid::Grid;
use self::layer::Work;
use self::leaves::Leaves;
use self::positions::Positions;
use super::config::Config;
use super::layer::Parts;
use super::pass::Pass;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// The layers with copies of their parameters.
pub(crate) struct DeviceLayers {
    device: Device,
    leaves: Leaves,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct DeviceTape {
    /// The rows that entered, where their gradient is wanted: without it, candle differentiates no further down than to
    /// the lowest layer that is trained.
    x: Option<Var>,
    y: Tensor,
}

impl DeviceLayers {
    /// Those of a model.
    pub(crate) fn new(config: &Config, parameters: &[Parameter], device: &Device) -> Result<Self> {
        let leaves = Leaves::new(config.layout.of_layers(), parameters, device)?;
        Ok(Self { device: device.clone(), leaves })
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) -> Result<()> {
        self.leaves.refresh(parameters)
    }

    /// The rows that leave the last layer, from those that enter the first.
    pub(crate) fn embed(&self, config: &Config, pass: &Pass<'_>, x: &Mat) -> Result<Mat> {
        let x = Tensor::from_slice(x.values(), (x.rows(), x.cols()), &self.device)?;
        rows(&self.layers(config, pass, x, false)?)
    }

    /// As [`DeviceLayers::embed`], with what [`DeviceLayers::backward`] needs; `below` says whether anything before the
    /// layers is trained.
    pub(crate) fn forward(
        &self,
        config: &Config,
        pass: &Pass<'_>,
        x: &Mat,
        below: bool,
    ) -> Result<(Mat, DeviceTape)> {
        let enters = Tensor::from_slice(x.values(), (x.rows(), x.cols()), &self.device)?;
        let x = below.then(|| Var::from_tensor(&enters)).transpose()?;
        let enters = x.as_ref().map_or(enters, |x| x.as_tensor().clone());
        let y = self.layers(config, pass, enters, true)?;
        Ok((rows(&y)?, DeviceTape { x, y }))
    }

    /// Adds the gradients of the layers' parameters, and returns that of the rows that entered if it was wanted; else
    /// nothing is a part of it.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        tape: &DeviceTape,
        gradient: &Mat,
    ) -> Result<Parts> {
        let shape = (gradient.rows(), gradient.cols());
        let gradient = Tensor::from_slice(gradient.values(), shape, &self.device)?;
        // The differentiation takes no gradient from outside: that of this sum along y is it.
        let found = (&tape.y * gradient)?.sum_all()?.backward()?;
        self.leaves.add_gradients(parameters, &found)?;
        let Some(x) = &tape.x else { return Ok(Parts::new()) };
        let of_x = found.get(x).ok_or_else(|| Error::failed("the layers have no gradient"))?;
        Ok(vec![rows(of_x)?])
    }

    fn layers(&self, config: &Config, pass: &Pass<'_>, x: Tensor, taped: bool) -> Result<Tensor> {
        let grid = Grid::new(pass.pack, &self.device)?;
        let positions = Positions::new(config, grid.longest, &self.device)?;
        let leaves = &self.leaves;
        let work = Work { config, leaves, pass, grid: &grid, positions: &positions, taped };
        let layers = 0..config.layout.layers.len();
        let y = layers.into_iter().try_fold(x, |x, index| work.layer(index, &x))?;
        work.finish(y)
    }
}

/// The rows of a tensor in main memory.
fn rows(tensor: &Tensor) -> Result<Mat> {
    let (_, cols) = tensor.dims2()?;
    Ok(Mat::new(tensor.flatten_all()?.to_vec1()?, cols))
}
