//! A product of two thin matrices beside a weight: LoRA (Hu et al.: LoRA: Low-Rank Adaptation of Large Language Models,
//! arXiv 2106.09685, section 4.1).
//!
//! ```text
//! y = x (W + s B A)ᵀ        A [rank × in], B [out × rank]
//! ∂B = s ∂yᵀ (x Aᵀ)         ∂A = s (∂y B)ᵀ x
//! ```
//!
//! What products use is the sum W + s B A, made anew after every step, so that a forward pass costs what it costs
//! without, and so does the gradient of the input. Gradients of A and B come from thin products; one of the size of W is
//! never made. The price is that there is no dropout of its own, for which x would have to meet A apart from W.

use crate::mat::Mat;
use crate::parameter::Parameter;
use crate::product::{View, product};

/// What products add to a weight: `scale` · B A, both at these places of the list that the weight is in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LowRank {
    pub a: usize,
    pub b: usize,
    pub scale: f32,
}

impl LowRank {
    /// W + s B A, row by row.
    pub(crate) fn merged(&self, weight: &Parameter, parameters: &[Parameter]) -> Vec<f32> {
        let product = product(matrix(&parameters[self.b]), matrix(&parameters[self.a]));
        let sums = weight.values.iter().zip(&*product);
        sums.map(|(weight, product)| weight + self.scale * product).collect()
    }

    /// Adds the gradients of A and B, from the rows `x` and the gradient of y.
    pub(crate) fn add_gradients(&self, parameters: &mut [Parameter], x: &Mat, of_y: &Mat) {
        let scaled = |product: Mat| -> Vec<f32> {
            product.values().iter().map(|value| self.scale * value).collect()
        };
        let down = x.times_transposed(matrix(&parameters[self.a]));
        let of_b = scaled(of_y.transposed_times(down.view()));
        let up = of_y.times(matrix(&parameters[self.b]));
        let of_a = scaled(up.transposed_times(x.view()));
        parameters[self.a].add_gradient(of_a);
        parameters[self.b].add_gradient(of_b);
    }
}

fn matrix(parameter: &Parameter) -> View<'_> {
    View::new(&parameter.values, parameter.cols())
}
