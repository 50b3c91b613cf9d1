//! The activations of feed-forward networks, plain and gated (Shazeer: GLU Variants Improve Transformer, arXiv
//! 2002.05202), after a bias and before a dropout.
//!
//! ```text
//! plain   g = dropout(f(u + b))
//! gated   g = dropout(f(u₁ + b₁) ∘ (u₂ + b₂)), u₁ and u₂ the halves of a row
//! ```

use rayon::prelude::*;

use super::BLOCK;
use super::dropout::Dropout;
use super::gelu;
use super::math::{exp, normal};
use super::residual::drop_out_row;
use crate::buffers::Buffer;
use crate::simd::vectorised;

/// Which function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// x Φ(x) (Hendrycks and Gimpel: Gaussian Error Linear Units, arXiv 1606.08415).
    Gelu,
    /// Its approximation by a hyperbolic tangent, from the same paper.
    GeluTanh,
    /// max(x, 0).
    Relu,
    /// x / (1 + e⁻ˣ), by the same paper too.
    Silu,
}

impl Activation {
    /// g of rows u.
    pub(crate) fn forward(
        self,
        u: &[f32],
        bias: &[f32],
        gated: bool,
        dropout: Option<&Dropout<'_>>,
    ) -> Buffer {
        match (self, gated, dropout) {
            (Self::Gelu, false, None) => gelu::forward(u, bias),
            (Self::Gelu, ..) => forward::<Gelu>(u, bias, gated, dropout),
            (Self::GeluTanh, ..) => forward::<GeluTanh>(u, bias, gated, dropout),
            (Self::Relu, ..) => forward::<Relu>(u, bias, gated, dropout),
            (Self::Silu, ..) => forward::<Silu>(u, bias, gated, dropout),
        }
    }

    /// The gradient of u from that of g.
    pub(crate) fn backward(
        self,
        u: &[f32],
        bias: &[f32],
        gated: bool,
        gradient: &[f32],
        dropout: Option<&Dropout<'_>>,
    ) -> Buffer {
        match (self, gated, dropout) {
            (Self::Gelu, false, None) => gelu::backward(u, bias, gradient),
            (Self::Gelu, ..) => backward::<Gelu>(u, bias, gated, gradient, dropout),
            (Self::GeluTanh, ..) => backward::<GeluTanh>(u, bias, gated, gradient, dropout),
            (Self::Relu, ..) => backward::<Relu>(u, bias, gated, gradient, dropout),
            (Self::Silu, ..) => backward::<Silu>(u, bias, gated, gradient, dropout),
        }
    }
}

/// A function with its derivative, without a branch that a vector unit cannot take.
trait Function {
    /// f(x) and f'(x).
    fn at(x: f32) -> (f32, f32);
}

struct Gelu;

impl Function for Gelu {
    #[inline(always)]
    fn at(x: f32) -> (f32, f32) {
        let (below, density) = normal(x);
        (x * below, below + x * density)
    }
}

struct GeluTanh;

impl Function for GeluTanh {
    /// (1 + tanh z) / 2 is the logistic function of 2 z, with z = √(2/π) (x + 0.044715 x³).
    #[inline(always)]
    fn at(x: f32) -> (f32, f32) {
        const TWICE_ROOT: f32 = 1.595_769_2;
        const CUBIC: f32 = 0.044_715;
        let square = x * x;
        let share = logistic(TWICE_ROOT * x * (1.0 + CUBIC * square));
        let slope = TWICE_ROOT * (1.0 + 3.0 * CUBIC * square);
        (x * share, share + x * share * (1.0 - share) * slope)
    }
}

struct Relu;

impl Function for Relu {
    #[inline(always)]
    fn at(x: f32) -> (f32, f32) {
        if x > 0.0 { (x, 1.0) } else { (0.0, 0.0) }
    }
}

struct Silu;

impl Function for Silu {
    #[inline(always)]
    fn at(x: f32) -> (f32, f32) {
        let share = logistic(x);
        (x * share, share + x * share * (1.0 - share))
    }
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

fn forward<F: Function>(
    u: &[f32],
    bias: &[f32],
    gated: bool,
    dropout: Option<&Dropout<'_>>,
) -> Buffer {
    let inputs = bias.len();
    let outputs = if gated { inputs / 2 } else { inputs };
    let mut out = Buffer::room(u.len() / inputs * outputs);
    each_row(
        &mut out,
        outputs,
        #[inline(always)]
        |row, g| {
            let (u, beside) = u[row * inputs..][..inputs].split_at(outputs);
            let (bias, beside_bias) = bias.split_at(outputs);
            for ((g, u), bias) in g.iter_mut().zip(u).zip(bias) {
                *g = F::at(u + bias).0;
            }
            // Of a plain row nothing is beside.
            for ((g, u), bias) in g.iter_mut().zip(beside).zip(beside_bias) {
                *g *= u + bias;
            }
            drop_out_row(g, row, dropout);
        },
    );
    out
}

/// With G = ∂g ∘ D, D the factors of dropout: ∂u₁ = G ∘ (u₂ + b₂) ∘ f'(u₁ + b₁), ∂u₂ = G ∘ f(u₁ + b₁).
fn backward<F: Function>(
    u: &[f32],
    bias: &[f32],
    gated: bool,
    gradient: &[f32],
    dropout: Option<&Dropout<'_>>,
) -> Buffer {
    let inputs = bias.len();
    let outputs = if gated { inputs / 2 } else { inputs };
    let mut out = Buffer::room(u.len());
    each_row(
        &mut out,
        inputs,
        #[inline(always)]
        |row, of_u| {
            let (of_u, of_beside) = of_u.split_at_mut(outputs);
            let (u, beside) = u[row * inputs..][..inputs].split_at(outputs);
            let (bias, beside_bias) = bias.split_at(outputs);
            of_u.copy_from_slice(&gradient[row * outputs..][..outputs]);
            drop_out_row(of_u, row, dropout);
            if gated {
                let terms = u.iter().zip(bias).zip(beside.iter().zip(beside_bias));
                let both = of_u.iter_mut().zip(of_beside).zip(terms);
                for ((of_u, of_beside), ((u, bias), (beside, beside_bias))) in both {
                    let (value, slope) = F::at(u + bias);
                    *of_beside = *of_u * value;
                    *of_u *= (beside + beside_bias) * slope;
                }
            } else {
                for ((of_u, u), bias) in of_u.iter_mut().zip(u).zip(bias) {
                    *of_u *= F::at(u + bias).1;
                }
            }
        },
    );
    out
}

/// Calls `write` with every row of `out` and its number.
fn each_row(out: &mut [f32], cols: usize, write: impl Fn(usize, &mut [f32]) + Sync) {
    out.par_chunks_mut(BLOCK * cols).enumerate().for_each(|(block, out)| {
        vectorised(
            #[inline(always)]
            || {
                for (i, out) in out.chunks_exact_mut(cols).enumerate() {
                    write(block * BLOCK + i, out);
                }
            },
        );
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// f(x) by its definition.
    fn expected(activation: Activation, x: f64) -> f64 {
        let root = (2.0 / std::f64::consts::PI).sqrt();
        match activation {
            // Held against PyTorch elsewhere; here the approximation is near enough.
            Activation::Gelu | Activation::GeluTanh => {
                0.5 * x * (1.0 + (root * (x + 0.044_715 * x.powi(3))).tanh())
            }
            Activation::Relu => x.max(0.0),
            Activation::Silu => x / (1.0 + (-x).exp()),
        }
    }

    proptest! {
        #[test]
        fn values_are_those_of_the_definitions_and_slopes_those_of_differences(x in -30f32..30.0) {
            use Activation::{Gelu, GeluTanh, Relu, Silu};
            prop_assume!(x.abs() > 0.02);
            for activation in [Gelu, GeluTanh, Relu, Silu] {
                let within = if activation == Gelu { 5e-4 } else { 2e-6 };
                let bias = [0.5];
                let found = activation.forward(&[x - 0.5], &bias, false, None)[0];
                let expected_value = expected(activation, f64::from(x));
                prop_assert!(
                    (f64::from(found) - expected_value).abs() < within * f64::from(1.0 + x.abs()),
                    "{activation:?} {x}: {found}, {expected_value}"
                );
                let slope = activation.backward(&[x - 0.5], &bias, false, &[2.0], None)[0] / 2.0;
                let h = 1e-4;
                let x = f64::from(x);
                let difference = (expected(activation, x + h) - expected(activation, x - h)) / (2.0 * h);
                prop_assert!((f64::from(slope) - difference).abs() < 2e-3, "{activation:?} {x}: {slope}");
            }
        }

        #[test]
        fn a_gate_multiplies_and_passes_gradients_to_both_halves(
            u in -4f32..4.0, gate in -4f32..4.0, incoming in -2f32..2.0,
        ) {
            let bias = [0.25, -0.5];
            let (value, slope) = Silu::at(u + bias[0]);
            let beside = gate + bias[1];
            let found = Activation::Silu.forward(&[u, gate], &bias, true, None);
            prop_assert_eq!(&*found, [value * beside]);
            let found = Activation::Silu.backward(&[u, gate], &bias, true, &[incoming], None);
            prop_assert_eq!(&*found, [incoming * (beside * slope), incoming * value]);
        }
    }
}
