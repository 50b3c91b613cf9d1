//! The attention of a layer: one product to queries, keys and values, the attention itself, one product back.

use super::config::Config;
use super::linear::Linear;
use super::pass::Pass;
use super::relative::{Buckets, Rotary};
use crate::kernels::attention::{Probabilities, Projections, Shape};
use crate::kernels::distances::Distances;
use crate::kernels::dropout::Site;
use crate::kernels::rotation::Turn;
use crate::kernels::sums;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// ```text
/// qkv = x Wqkvᵀ            context = attention(qkv + bqkv)            a = context Waᵀ
/// ```
///
/// Where positions are rotary, queries and keys are turned between the first two; such attention has no biases.
pub(crate) struct SelfAttention {
    query_key_value: Linear,
    pub output: Linear,
    shape: Shape,
    layer: usize,
    rotary: Option<Rotary>,
    buckets: Option<Buckets>,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct AttentionTape {
    x: Mat,
    qkv: Mat,
    probabilities: Probabilities,
    context: Mat,
}

impl SelfAttention {
    /// That of a layer.
    pub(crate) fn new(config: &Config, layer: usize, parameters: &[Parameter]) -> Self {
        let at = &config.layout.layers[layer];
        Self {
            query_key_value: Linear::new(&at.query_key_value, parameters),
            output: Linear::new(&[at.attention_output], parameters),
            shape: config.heads,
            layer,
            rotary: at.rotary,
            buckets: config.layout.buckets,
        }
    }

    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) {
        self.query_key_value.refresh(parameters);
        self.output.refresh(parameters);
    }

    pub(crate) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        self.trains_inside(parameters) || self.output.is_trained(parameters)
    }

    /// Whether anything before the output's product is trained.
    fn trains_inside(&self, parameters: &[Parameter]) -> bool {
        self.query_key_value.is_trained(parameters)
            || self.buckets.is_some_and(|buckets| buckets.is_trained(parameters))
    }

    /// Width of all heads together.
    fn width(&self) -> usize {
        self.shape.heads * self.shape.width
    }

    /// a for the rows `x` of a pack, its bias not yet added.
    pub(crate) fn forward(&self, pass: &Pass<'_>, x: Mat) -> (Mat, AttentionTape) {
        let mut qkv = self.query_key_value.forward(&x);
        if let Some(rotation) = pass.rotation(self.rotary) {
            let mut turned = qkv.into_values();
            rotation.turn(pass.pack, &mut turned, self.width(), Turn::Forward);
            qkv = Mat::new(turned, 3 * self.width());
        }
        let (context, probabilities) = self.shape.forward(
            pass.pack,
            Projections { rows: qkv.values(), bias: self.query_key_value.bias() },
            pass.distances(self.rotary),
            pass.dropout(Site::Attention, self.layer).as_ref(),
            pass.keeps_tape,
        );
        let context = Mat::new(context, self.width());
        let a = self.output.forward(&context);
        (a, AttentionTape { x, qkv, probabilities, context })
    }

    /// From the gradient of a: adds those of the weights, and returns that of x if it is wanted.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        pass: &Pass<'_>,
        tape: &AttentionTape,
        of_a: &Mat,
        wanted: bool,
    ) -> Option<Mat> {
        self.output.add_gradient(parameters, &tape.context, of_a);
        if !wanted && !self.trains_inside(parameters) {
            return None;
        }
        let of_context = self.output.of_input(of_a);
        let buckets = self.buckets.filter(|buckets| buckets.is_trained(parameters));
        let mut of_distances =
            buckets.and_then(|_| pass.distances(self.rotary)).map(Distances::zeros);
        let mut of_qkv = self.shape.backward(
            pass.pack,
            Projections { rows: tape.qkv.values(), bias: self.query_key_value.bias() },
            &tape.probabilities,
            of_context.values(),
            of_distances.as_mut(),
            pass.dropout(Site::Attention, self.layer).as_ref(),
        );
        drop(of_context);
        if let (Some(buckets), Some(of_distances)) = (buckets, &of_distances) {
            buckets.add_gradient(parameters, of_distances);
        }
        let width = 3 * self.width();
        if let Some(rotation) = pass.rotation(self.rotary) {
            rotation.turn(pass.pack, &mut of_qkv, self.width(), Turn::Back);
        }
        if self.query_key_value.trains_bias(parameters) {
            let of_bias = sums::of_columns(&of_qkv, width);
            self.query_key_value.add_bias_gradient(parameters, &of_bias);
        }
        let of_qkv = Mat::new(of_qkv, width);
        self.query_key_value.add_gradient(parameters, &tape.x, &of_qkv);
        wanted.then(|| self.query_key_value.of_input(&of_qkv))
    }
}
