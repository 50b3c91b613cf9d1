//! A layer that normalises after each residual sum (Vaswani et al.: Attention Is All You Need, NeurIPS 2017, 3.1;
//! Devlin et al.: BERT, NAACL 2019).
//!
//! ```text
//! a = attention(x)         h = norm(x + dropout(a + ba))
//! o = feed-forward(h)      y = norm(h + dropout(o + b₂))
//! ```
//!
//! The backward pass is written out: it is the forward pass read from its end. Biases are added by the kernel that
//! reads the product next, so that no product is written twice.

use triglot_sdk::{Error, Result};

use super::Parts;
use crate::kernels::dropout::{Dropout, Site};
use crate::kernels::norm::NormTape;
use crate::mat::Mat;
use crate::parameter::Parameter;
use crate::transformer::attention::{AttentionTape, SelfAttention};
use crate::transformer::config::Config;
use crate::transformer::feed_forward::{FeedForward, FeedForwardTape};
use crate::transformer::layout::{NormAt, ShiftedNormAt};
use crate::transformer::linear::Linear;
use crate::transformer::pass::Pass;

/// A layer, ready to be computed.
pub(crate) struct PostNorm {
    index: usize,
    attention: SelfAttention,
    attention_norm: ShiftedNormAt,
    feed_forward: FeedForward,
    output_norm: ShiftedNormAt,
    epsilon: f32,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct PostNormTape {
    attention: AttentionTape,
    attention_norm: NormTape,
    feed_forward: FeedForwardTape,
    output_norm: NormTape,
}

impl PostNorm {
    /// Layer `index` of a model.
    pub(super) fn new(config: &Config, index: usize, parameters: &[Parameter]) -> Result<Self> {
        let at = &config.layout.layers[index];
        let shifted = |norm: Option<NormAt>| {
            let lacking = || Error::failed(format!("layer {index} lacks a norm with a shift"));
            norm.and_then(NormAt::shifted).ok_or_else(lacking)
        };
        Ok(Self {
            index,
            attention: SelfAttention::new(config, index, parameters),
            attention_norm: shifted(at.attention_norm)?,
            feed_forward: FeedForward::new(config, index, parameters),
            output_norm: shifted(Some(at.output_norm))?,
            epsilon: config.epsilon as f32,
        })
    }

    pub(super) fn refresh(&mut self, parameters: &[Parameter]) {
        self.attention.refresh(parameters);
        self.feed_forward.refresh(parameters);
    }

    pub(super) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        self.attention.is_trained(parameters)
            || self.feed_forward.is_trained(parameters)
            || self.attention_norm.is_trained(parameters)
            || self.output_norm.is_trained(parameters)
    }

    pub(super) fn forward(
        &self,
        parameters: &[Parameter],
        pass: &Pass<'_>,
        x: Mat,
    ) -> (Mat, PostNormTape) {
        let at = |site| pass.dropout(site, self.index);
        let (a, attention) = self.attention.forward(pass, x.clone());
        let (h, attention_norm) = self.residual(
            parameters,
            self.attention_norm,
            (&a, &self.attention.output),
            &x,
            at(Site::AttentionOutput).as_ref(),
        );
        drop(a);
        let (o, feed_forward) = self.feed_forward.forward(pass, h.clone());
        let (y, output_norm) = self.residual(
            parameters,
            self.output_norm,
            (&o, &self.feed_forward.outer),
            &h,
            at(Site::Output).as_ref(),
        );
        (y, PostNormTape { attention, attention_norm, feed_forward, output_norm })
    }

    pub(super) fn backward(
        &self,
        parameters: &mut [Parameter],
        pass: &Pass<'_>,
        tape: PostNormTape,
        gradient: Parts,
        wanted: bool,
    ) -> Parts {
        let at = |site| pass.dropout(site, self.index);
        let of_output = self.backward_residual(
            parameters,
            self.output_norm,
            (&tape.output_norm, &self.feed_forward.outer),
            &gradient,
            at(Site::Output).as_ref(),
        );
        drop(gradient);
        let of_h =
            self.feed_forward.backward(parameters, pass, &tape.feed_forward, &of_output.dense);
        let of_h = vec![of_output.sum, of_h];
        let of_attention = self.backward_residual(
            parameters,
            self.attention_norm,
            (&tape.attention_norm, &self.attention.output),
            &of_h,
            at(Site::AttentionOutput).as_ref(),
        );
        drop(of_h);
        let of_x =
            self.attention.backward(parameters, pass, &tape.attention, &of_attention.dense, wanted);
        of_x.map(|of_x| vec![of_attention.sum, of_x]).unwrap_or_default()
    }

    /// Norm(residual + dropout(output of `dense` + its bias)).
    fn residual(
        &self,
        parameters: &[Parameter],
        norm: ShiftedNormAt,
        (output, dense): (&Mat, &Linear),
        residual: &Mat,
        dropout: Option<&Dropout<'_>>,
    ) -> (Mat, NormTape) {
        let norm = norm.layer_norm(parameters, self.epsilon);
        let (rows, tape) = norm.residual(output.values(), dense.bias(), residual.values(), dropout);
        (Mat::new(rows, residual.cols()), tape)
    }

    /// Adds the gradients of the normalisation and of the bias of `dense`.
    fn backward_residual(
        &self,
        parameters: &mut [Parameter],
        norm: ShiftedNormAt,
        (tape, dense): (&NormTape, &Linear),
        gradient: &[Mat],
        dropout: Option<&Dropout<'_>>,
    ) -> Residual {
        let parts: Vec<&[f32]> = gradient.iter().map(Mat::values).collect();
        let found = norm.layer_norm(parameters, self.epsilon).backward(tape, &parts, dropout);
        let cols = found.weight.len();
        norm.add_gradient(parameters, found.weight, found.bias);
        dense.add_bias_gradient(parameters, &found.dense_bias);
        let sum = Mat::new(found.sum, cols);
        let dense = match found.dropped {
            Some(dropped) => Mat::new(dropped, cols),
            None => sum.clone(),
        };
        Residual { sum, dense }
    }
}

/// What follows from the gradient of a normalised residual sum.
struct Residual {
    /// ∂ of the sum, and so of what was added to the dense layer's output.
    sum: Mat,
    /// ∂ of the dense layer's output.
    dense: Mat,
}
