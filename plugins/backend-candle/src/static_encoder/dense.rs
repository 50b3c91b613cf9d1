//! A dense layer after the mean: y = f(W x + b), f the identity or tanh.
//!
//! Products run in candle, on the device. The weights that count lie in main memory with the optimiser; the device
//! holds a copy that [`Dense::refresh`] renews after a step.
//!
//! A matrix product may choose another order of sums for another shape. Forward therefore goes in blocks of always
//! the same number of rows, the last filled up with zeros, so that an embedding does not depend on the call it came in.

use candle_core::{Device, Tensor};
use triglot_sdk::{Random, Result};

use super::options::{Activation, DenseOptions};
use crate::kernels::sums;
use crate::parameter::Parameter;

const BLOCK: usize = 64;

/// The layer.
pub(crate) struct Dense {
    /// W [out × in].
    pub weight: Parameter,
    /// b `[out]`.
    pub bias: Parameter,
    activation: Activation,
    device: Device,
    on_device: (Tensor, Tensor),
}

impl Dense {
    /// A new layer: W uniform within ±1/√in, as `torch.nn.Linear` begins; b zero.
    pub(crate) fn new(
        inputs: usize,
        options: &DenseOptions,
        device: &Device,
        key: &[u64],
    ) -> Result<Self> {
        let mut random = Random::new(key);
        let bound = 1.0 / (inputs as f64).sqrt();
        let weight = (0..options.dim * inputs)
            .map(|_| ((2.0 * random.unit() - 1.0) * bound) as f32)
            .collect();
        let weight = Parameter::new("linear.weight", &[options.dim, inputs], true, weight);
        let bias = Parameter::new("linear.bias", &[options.dim], false, vec![0.0; options.dim]);
        let on_device = copy(&weight, &bias, device)?;
        Ok(Self { weight, bias, activation: options.activation, device: device.clone(), on_device })
    }

    /// Length of what goes in.
    pub(crate) fn inputs(&self) -> usize {
        self.weight.cols()
    }

    /// Length of what comes out.
    pub(crate) fn outputs(&self) -> usize {
        self.bias.cols()
    }

    /// Brings changed weights to the device.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        self.on_device = copy(&self.weight, &self.bias, &self.device)?;
        Ok(())
    }

    /// Outputs [rows × out] of inputs [rows × in].
    pub(crate) fn forward(&self, inputs: &[f32]) -> Result<Vec<f32>> {
        let (weight, bias) = &self.on_device;
        let mut outputs = Vec::with_capacity(inputs.len() / self.inputs() * self.outputs());
        for block in inputs.chunks(BLOCK * self.inputs()) {
            let rows = block.len() / self.inputs();
            let mut block = block.to_vec();
            block.resize(BLOCK * self.inputs(), 0.0);
            let x = Tensor::from_vec(block, (BLOCK, self.inputs()), &self.device)?;
            let y = x.matmul(&weight.t()?)?.broadcast_add(bias)?;
            let y = match self.activation {
                Activation::Identity => y,
                Activation::Tanh => y.tanh()?,
            };
            let y = y.flatten_all()?.to_vec1::<f32>()?;
            outputs.extend(y.into_iter().take(rows * self.outputs()));
        }
        Ok(outputs)
    }

    /// Adds the gradients of W and b, and returns those of the inputs.
    ///
    /// With z = W x + b and ∂y/∂z = 1 - y² for tanh: ∂W = ∂zᵀ x, ∂b = Σ ∂z, ∂x = ∂z W.
    pub(crate) fn backward(
        &mut self,
        inputs: &[f32],
        outputs: &[f32],
        gradients: &[f32],
    ) -> Result<Vec<f32>> {
        let rows = inputs.len() / self.inputs();
        if rows == 0 {
            return Ok(vec![]);
        }
        let gradients: Vec<f32> = match self.activation {
            Activation::Identity => gradients.to_vec(),
            Activation::Tanh => gradients
                .iter()
                .zip(outputs)
                .map(|(gradient, y)| gradient * (1.0 - y * y))
                .collect(),
        };
        let x = Tensor::from_slice(inputs, (rows, self.inputs()), &self.device)?;
        let dz = Tensor::from_slice(&gradients, (rows, self.outputs()), &self.device)?;
        let of_weight = dz.t()?.matmul(&x)?.flatten_all()?.to_vec1::<f32>()?;
        let of_inputs = dz.matmul(&self.on_device.0)?.flatten_all()?.to_vec1::<f32>()?;

        self.weight.add_gradient(of_weight);
        let of_bias = sums::of_columns(&gradients, self.outputs());
        self.bias.add_gradient(of_bias);
        Ok(of_inputs)
    }
}

fn copy(weight: &Parameter, bias: &Parameter, device: &Device) -> Result<(Tensor, Tensor)> {
    Ok((
        Tensor::from_slice(&weight.values, weight.shape.as_slice(), device)?,
        Tensor::from_slice(&bias.values, bias.shape.as_slice(), device)?,
    ))
}
