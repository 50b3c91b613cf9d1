//! A layer that normalises before attention and before the feed-forward network, and leaves the residual sums as they
//! are (Xiong et al.: On Layer Normalization in the Transformer Architecture, ICML 2020).
//!
//! ```text
//! a = attention(norm(x))         h = x + dropout(a)
//! o = feed-forward(norm(h))      y = h + dropout(o)
//! ```
//!
//! Families of this order have no biases.

use super::{Parts, sum};
use crate::kernels::dropout::{Dropout, Site};
use crate::kernels::{pre_norm, residual};
use crate::mat::Mat;
use crate::parameter::Parameter;
use crate::transformer::attention::{AttentionTape, SelfAttention};
use crate::transformer::config::Config;
use crate::transformer::feed_forward::{FeedForward, FeedForwardTape};
use crate::transformer::layout::NormAt;
use crate::transformer::pass::Pass;

/// A layer, ready to be computed.
pub(crate) struct PreNorm {
    index: usize,
    attention: SelfAttention,
    attention_norm: Option<NormAt>,
    feed_forward: FeedForward,
    output_norm: NormAt,
    epsilon: f32,
    centred: bool,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct PreNormTape {
    attention_norm: Option<pre_norm::PreNormTape>,
    attention: AttentionTape,
    output_norm: pre_norm::PreNormTape,
    feed_forward: FeedForwardTape,
}

impl PreNorm {
    /// Layer `index` of a model.
    pub(super) fn new(config: &Config, index: usize, parameters: &[Parameter]) -> Self {
        let at = &config.layout.layers[index];
        Self {
            index,
            attention: SelfAttention::new(config, index, parameters),
            attention_norm: at.attention_norm,
            feed_forward: FeedForward::new(config, index, parameters),
            output_norm: at.output_norm,
            epsilon: config.epsilon as f32,
            centred: config.centred(),
        }
    }

    pub(super) fn refresh(&mut self, parameters: &[Parameter]) {
        self.attention.refresh(parameters);
        self.feed_forward.refresh(parameters);
    }

    pub(super) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        self.attention.is_trained(parameters)
            || self.feed_forward.is_trained(parameters)
            || self.attention_norm.is_some_and(|norm| norm.is_trained(parameters))
            || self.output_norm.is_trained(parameters)
    }

    fn norm<'a>(&self, at: NormAt, parameters: &'a [Parameter]) -> pre_norm::PreNorm<'a> {
        at.pre_norm(parameters, self.epsilon, self.centred)
    }

    pub(super) fn forward(
        &self,
        parameters: &[Parameter],
        pass: &Pass<'_>,
        x: Mat,
    ) -> (Mat, PreNormTape) {
        let cols = x.cols();
        let (n, attention_norm) = match self.attention_norm {
            Some(at) => {
                let (n, tape) = self.norm(at, parameters).forward(x.values());
                (Mat::new(n, cols), Some(tape))
            }
            None => (x.clone(), None),
        };
        let (a, attention) = self.attention.forward(pass, n);
        let dropout = pass.dropout(Site::AttentionOutput, self.index);
        let h = residual::add(x.values(), a.values(), cols, dropout.as_ref());
        drop((x, a));
        let (m, output_norm) = self.norm(self.output_norm, parameters).forward(&h);
        let (o, feed_forward) = self.feed_forward.forward(pass, Mat::new(m, cols));
        let dropout = pass.dropout(Site::Output, self.index);
        let y = residual::add(&h, o.values(), cols, dropout.as_ref());
        let tape = PreNormTape { attention_norm, attention, output_norm, feed_forward };
        (Mat::new(y, cols), tape)
    }

    pub(super) fn backward(
        &self,
        parameters: &mut [Parameter],
        pass: &Pass<'_>,
        tape: PreNormTape,
        gradient: Parts,
        wanted: bool,
    ) -> Parts {
        let of_y = sum(&gradient);
        drop(gradient);
        let cols = of_y.cols();
        let of_o = dropped(&of_y, pass.dropout(Site::Output, self.index).as_ref());
        let of_m = self.feed_forward.backward(parameters, pass, &tape.feed_forward, &of_o);
        drop(of_o);
        let norm = self.norm(self.output_norm, parameters);
        let found = norm.backward(&tape.output_norm, of_m.values(), &[of_y.values()], None);
        parameters[self.output_norm.weight].add_gradient(found.weight);
        let of_h = Mat::new(found.sum, cols);
        drop((of_m, of_y));

        let of_a = dropped(&of_h, pass.dropout(Site::AttentionOutput, self.index).as_ref());
        let norm_is_trained = self.attention_norm.is_some_and(|norm| norm.is_trained(parameters));
        let of_n = self.attention.backward(
            parameters,
            pass,
            &tape.attention,
            &of_a,
            wanted || norm_is_trained,
        );
        let Some(of_n) = of_n else { return Parts::new() };
        match (self.attention_norm, &tape.attention_norm) {
            (Some(at), Some(tape)) => {
                let norm = self.norm(at, parameters);
                let found = norm.backward(tape, of_n.values(), &[of_h.values()], None);
                parameters[at.weight].add_gradient(found.weight);
                vec![Mat::new(found.sum, cols)]
            }
            _ => vec![of_h, of_n],
        }
    }
}

/// The gradient of what was dropped out before it entered a sum.
fn dropped(of_sum: &Mat, dropout: Option<&Dropout<'_>>) -> Mat {
    if dropout.is_none() {
        return of_sum.clone();
    }
    let mut values = of_sum.values().to_vec();
    residual::drop_out(&mut values, of_sum.cols(), dropout);
    Mat::new(values, of_sum.cols())
}
