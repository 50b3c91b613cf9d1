//! Copies of parameters on a device.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var, backprop::GradStore};
use triglot_sdk::{Error, Result};

use crate::low_rank::LowRank;
use crate::parameter::Parameter;

/// The parameters of the layers by their places among all.
pub(super) struct Leaves {
    device: Device,
    copies: BTreeMap<usize, Leaf>,
}

enum Leaf {
    Trained(Var),
    Frozen(Tensor),
    /// A frozen weight that a low-rank product is trained beside.
    Adapted(Tensor, LowRank),
}

impl Leaves {
    /// Copies of the parameters at these places.
    pub(super) fn new(
        places: impl Iterator<Item = usize>,
        parameters: &[Parameter],
        device: &Device,
    ) -> Result<Self> {
        let mut leaves = Self { device: device.clone(), copies: BTreeMap::new() };
        for place in places {
            let parameter = &parameters[place];
            let copy = leaves.copy(parameter)?;
            let leaf = match (parameter.trainable, parameter.low_rank) {
                (_, Some(low_rank)) => Leaf::Adapted(copy, low_rank),
                (true, None) => Leaf::Trained(Var::from_tensor(&copy)?),
                (false, None) => Leaf::Frozen(copy),
            };
            leaves.copies.insert(place, leaf);
        }
        Ok(leaves)
    }

    fn copy(&self, parameter: &Parameter) -> Result<Tensor> {
        Ok(Tensor::from_slice(&parameter.values, parameter.shape.as_slice(), &self.device)?)
    }

    /// Makes changed parameters count.
    pub(super) fn refresh(&mut self, parameters: &[Parameter]) -> Result<()> {
        for (place, leaf) in &self.copies {
            if let Leaf::Trained(variable) = leaf {
                variable.set(&self.copy(&parameters[*place])?)?;
            }
        }
        Ok(())
    }

    /// The one at a place, with what stands beside it: something that gradients are wanted of, or mere numbers.
    pub(super) fn get(&self, place: usize, taped: bool) -> Result<Tensor> {
        match self.copies.get(&place) {
            Some(Leaf::Trained(variable)) if taped => Ok(variable.as_tensor().clone()),
            Some(Leaf::Trained(variable)) => Ok(variable.as_detached_tensor()),
            Some(Leaf::Frozen(copy)) => Ok(copy.clone()),
            Some(Leaf::Adapted(copy, LowRank { a, b, scale })) => {
                let product = self.get(*b, taped)?.matmul(&self.get(*a, taped)?)?;
                Ok((copy + (product * f64::from(*scale))?)?)
            }
            None => Err(Error::failed(format!("parameter {place} is not on the device"))),
        }
    }

    /// Brings the gradients of all that are trained back.
    pub(super) fn add_gradients(
        &self,
        parameters: &mut [Parameter],
        gradients: &GradStore,
    ) -> Result<()> {
        for (place, leaf) in &self.copies {
            let Leaf::Trained(variable) = leaf else { continue };
            if let Some(gradient) = gradients.get(variable) {
                parameters[*place].add_gradient(gradient.flatten_all()?.to_vec1()?);
            }
        }
        Ok(())
    }
}
