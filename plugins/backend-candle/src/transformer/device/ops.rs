//! The operations of a layer, written in those of candle that have a right gradient: its fused softmax and
//! normalisations have none.

use candle_core::{D, Tensor};
use triglot_sdk::Result;

use crate::kernels::activation::Activation;

/// x Wᵀ, and the bias if there is one.
pub(super) fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let product = x.matmul(&weight.t()?)?;
    match bias {
        Some(bias) => Ok(product.broadcast_add(bias)?),
        None => Ok(product),
    }
}

/// Rows brought to a root mean square of 1, less their mean first if `centred`; then scaled and shifted.
pub(super) fn norm(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    epsilon: f64,
    centred: bool,
) -> Result<Tensor> {
    let x = match centred {
        true => x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?,
        false => x.clone(),
    };
    let deviation = (x.sqr()?.mean_keepdim(D::Minus1)? + epsilon)?.sqrt()?;
    let scaled = x.broadcast_div(&deviation)?.broadcast_mul(weight)?;
    match bias {
        Some(bias) => Ok(scaled.broadcast_add(bias)?),
        None => Ok(scaled),
    }
}

/// Softmax along the last dimension.
pub(super) fn softmax(scores: &Tensor) -> Result<Tensor> {
    // Constant in the gradient, for the result does not depend on it.
    let largest = scores.max_keepdim(D::Minus1)?.detach();
    let powers = scores.broadcast_sub(&largest)?.exp()?;
    Ok(powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)?)
}

/// The activation of rows u, or that of their first half times the second.
pub(super) fn activation(of: Activation, u: &Tensor, gated: bool) -> Result<Tensor> {
    let apply = |u: &Tensor| match of {
        Activation::Gelu => u.gelu_erf(),
        Activation::GeluTanh => u.gelu(),
        Activation::Relu => u.relu(),
        Activation::Silu => u.silu(),
    };
    if !gated {
        return Ok(apply(u)?);
    }
    let half = u.dim(D::Minus1)? / 2;
    let (first, second) = (u.narrow(D::Minus1, 0, half)?, u.narrow(D::Minus1, half, half)?);
    Ok((apply(&first.contiguous()?)? * second)?)
}

/// Heads [texts × heads × tokens × width] whose pairs of channels are turned by angles [tokens × width / 2].
pub(super) fn turn(heads: &Tensor, cosines: &Tensor, sines: &Tensor) -> Result<Tensor> {
    let half = heads.dim(D::Minus1)? / 2;
    let first = heads.narrow(D::Minus1, 0, half)?;
    let second = heads.narrow(D::Minus1, half, half)?;
    let turned = [
        (first.broadcast_mul(cosines)? - second.broadcast_mul(sines)?)?,
        (second.broadcast_mul(cosines)? + first.broadcast_mul(sines)?)?,
    ];
    Ok(Tensor::cat(&turned, D::Minus1)?)
}
