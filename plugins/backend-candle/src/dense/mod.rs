//! A dense layer over embeddings, y = f(W x + b): that of `torch.nn.Linear` and the `Dense` of sentence-transformers.
//!
//! Products run in candle, on the device. The weights that count lie in main memory with the optimiser; the device
//! holds a copy that [`Dense::refresh`] renews after a step.
//!
//! A matrix product may choose another order of sums for another shape. Forward therefore goes in blocks of always
//! the same number of rows, the last filled up with zeros, so that an embedding does not depend on the call it came in.

mod activation;
mod module;

use candle_core::{Device, Tensor};
use triglot_sdk::{Random, Result};

use crate::kernels::sums;
use crate::parameter::Parameter;

pub(crate) use activation::Activation;
pub(crate) use module::{DENSE_CONFIG, Linear};

const BLOCK: usize = 64;

/// The layer.
#[derive(Debug)]
pub(crate) struct Dense {
    /// W [out × in].
    pub weight: Parameter,
    /// b `[out]`.
    pub bias: Option<Parameter>,
    pub activation: Activation,
    device: Device,
    on_device: Tensor,
}

/// What the backward pass needs of the forward pass.
#[derive(Debug)]
pub(crate) struct DenseTape {
    inputs: Vec<f32>,
    /// W x + b.
    sums: Vec<f32>,
}

impl Dense {
    /// A new layer: W uniform within ±1/√in, as `torch.nn.Linear` begins; b zero.
    pub(crate) fn random(
        inputs: usize,
        outputs: usize,
        activation: Activation,
        device: &Device,
        key: &[u64],
    ) -> Result<Self> {
        let mut random = Random::new(key);
        let bound = 1.0 / (inputs as f64).sqrt();
        let weight =
            (0..outputs * inputs).map(|_| ((2.0 * random.unit() - 1.0) * bound) as f32).collect();
        let linear = Linear { inputs, outputs, weight, bias: Some(vec![0.0; outputs]) };
        Self::new("linear", linear, activation, device)
    }

    /// The layer of these numbers, its parameters under `name`.
    pub(crate) fn new(
        name: &str,
        linear: Linear,
        activation: Activation,
        device: &Device,
    ) -> Result<Self> {
        let Linear { inputs, outputs, weight, bias } = linear;
        let weight = Parameter::new(format!("{name}.weight"), &[outputs, inputs], true, weight);
        let bias = bias.map(|bias| Parameter::new(format!("{name}.bias"), &[outputs], false, bias));
        let on_device = copy(&weight, device)?;
        Ok(Self { weight, bias, activation, device: device.clone(), on_device })
    }

    /// Length of what goes in.
    pub(crate) fn inputs(&self) -> usize {
        self.weight.cols()
    }

    /// Length of what comes out.
    pub(crate) fn outputs(&self) -> usize {
        self.weight.values.len() / self.weight.cols()
    }

    /// What can be trained.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        std::iter::once(&self.weight).chain(&self.bias)
    }

    /// As [`Dense::parameters`], to change; [`Dense::refresh`] must follow.
    pub(crate) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut Parameter> {
        std::iter::once(&mut self.weight).chain(&mut self.bias)
    }

    /// Brings changed weights to the device.
    pub(crate) fn refresh(&mut self) -> Result<()> {
        self.on_device = copy(&self.weight, &self.device)?;
        Ok(())
    }

    /// Outputs [rows × out] of inputs [rows × in], and what [`Dense::backward`] needs.
    pub(crate) fn forward(&self, inputs: Vec<f32>) -> Result<(Vec<f32>, DenseTape)> {
        let (from, to) = (self.inputs(), self.outputs());
        let mut sums = Vec::with_capacity(inputs.len() / from * to);
        for block in inputs.chunks(BLOCK * from) {
            let count = block.len() / from * to;
            let mut block = block.to_vec();
            block.resize(BLOCK * from, 0.0);
            let x = Tensor::from_vec(block, (BLOCK, from), &self.device)?;
            let z = x.matmul(&self.on_device.t()?)?.flatten_all()?.to_vec1::<f32>()?;
            sums.extend(z.into_iter().take(count));
        }
        if let Some(bias) = &self.bias {
            for row in sums.chunks_exact_mut(to) {
                row.iter_mut().zip(&bias.values).for_each(|(sum, bias)| *sum += bias);
            }
        }
        Ok((self.activation.of(&sums), DenseTape { inputs, sums }))
    }

    /// Adds the gradients of W and b, and returns those of the inputs.
    ///
    /// With z = W x + b: ∂z = ∂y f'(z), ∂W = ∂zᵀ x, ∂b = Σ ∂z, ∂x = ∂z W.
    pub(crate) fn backward(&mut self, tape: &DenseTape, gradient: &[f32]) -> Result<Vec<f32>> {
        let rows = tape.inputs.len() / self.inputs();
        if rows == 0 {
            return Ok(vec![]);
        }
        let of_sums = self.activation.gradient(&tape.sums, gradient);
        if let Some(bias) = &mut self.bias {
            bias.add_gradient(sums::of_columns(&of_sums, bias.cols()));
        }
        let x = Tensor::from_slice(&tape.inputs, (rows, self.inputs()), &self.device)?;
        let of_sums = Tensor::from_vec(of_sums, (rows, self.outputs()), &self.device)?;
        let of_weight = of_sums.t()?.matmul(&x)?.flatten_all()?.to_vec1::<f32>()?;
        self.weight.add_gradient(of_weight);
        Ok(of_sums.matmul(&self.on_device)?.flatten_all()?.to_vec1::<f32>()?)
    }
}

fn copy(weight: &Parameter, device: &Device) -> Result<Tensor> {
    Ok(Tensor::from_slice(&weight.values, weight.shape.as_slice(), device)?)
}
