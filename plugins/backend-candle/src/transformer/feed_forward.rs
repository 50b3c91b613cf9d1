//! The feed-forward network of a layer: two products with an activation between them, which may be gated.

use super::config::Config;
use super::linear::Linear;
use super::pass::Pass;
use crate::kernels::activation::Activation;
use crate::kernels::dropout::Site;
use crate::kernels::sums;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// ```text
/// u = h W₁ᵀ                g = dropout(activation(u + b₁))                o = g W₂ᵀ
/// ```
pub(crate) struct FeedForward {
    inner: Linear,
    pub outer: Linear,
    activation: Activation,
    gated: bool,
    layer: usize,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct FeedForwardTape {
    h: Mat,
    u: Mat,
    g: Mat,
}

impl FeedForward {
    /// That of a layer.
    pub(crate) fn new(config: &Config, layer: usize, parameters: &[Parameter]) -> Self {
        let at = &config.layout.layers[layer];
        Self {
            inner: Linear::new(&at.inner, parameters),
            outer: Linear::new(&[at.outer], parameters),
            activation: config.activation,
            gated: config.gated,
            layer,
        }
    }

    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) {
        self.inner.refresh(parameters);
        self.outer.refresh(parameters);
    }

    pub(crate) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        self.inner.is_trained(parameters) || self.outer.is_trained(parameters)
    }

    /// o for rows `h`, its bias not yet added.
    pub(crate) fn forward(&self, pass: &Pass<'_>, h: Mat) -> (Mat, FeedForwardTape) {
        let u = self.inner.forward(&h);
        let cols = if self.gated { u.cols() / 2 } else { u.cols() };
        let g = self.activation.forward(
            u.values(),
            self.inner.bias(),
            self.gated,
            pass.dropout(Site::Inner, self.layer).as_ref(),
        );
        let g = Mat::new(g, cols);
        let o = self.outer.forward(&g);
        (o, FeedForwardTape { h, u, g })
    }

    /// From the gradient of o: adds those of the weights, and returns that of h.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        pass: &Pass<'_>,
        tape: &FeedForwardTape,
        of_o: &Mat,
    ) -> Mat {
        self.outer.add_gradient(parameters, &tape.g, of_o);
        let of_g = self.outer.of_input(of_o);
        let of_u = self.activation.backward(
            tape.u.values(),
            self.inner.bias(),
            self.gated,
            of_g.values(),
            pass.dropout(Site::Inner, self.layer).as_ref(),
        );
        drop(of_g);
        let cols = tape.u.cols();
        if self.inner.trains_bias(parameters) {
            self.inner.add_bias_gradient(parameters, &sums::of_columns(&of_u, cols));
        }
        let of_u = Mat::new(of_u, cols);
        self.inner.add_gradient(parameters, &tape.h, &of_u);
        self.inner.of_input(&of_u)
    }
}
