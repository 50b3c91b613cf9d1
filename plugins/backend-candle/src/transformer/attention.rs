//! The attention of a layer: one product to queries, keys and values, the attention itself, one product back.

use triglot_sdk::Result;

use super::layout::LayerAt;
use super::linear::Linear;
use crate::kernels::attention::{Probabilities, Shape};
use crate::kernels::dropout::Dropout;
use crate::kernels::pack::Pack;
use crate::kernels::sums;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// ```text
/// qkv = x Wqkvᵀ            context = attention(qkv + bqkv)            a = context Waᵀ
/// ```
pub(crate) struct SelfAttention {
    query_key_value: Linear,
    pub output: Linear,
    shape: Shape,
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
    pub(crate) fn new(at: &LayerAt, parameters: &[Parameter], shape: Shape) -> Result<Self> {
        Ok(Self {
            query_key_value: Linear::new(&at.query_key_value, parameters)?,
            output: Linear::new(&[at.attention_output], parameters)?,
            shape,
        })
    }

    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) -> Result<()> {
        self.query_key_value.refresh(parameters)?;
        self.output.refresh(parameters)
    }

    pub(crate) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        self.query_key_value.is_trained(parameters) || self.output.is_trained(parameters)
    }

    /// Width of all heads together.
    fn width(&self) -> usize {
        self.shape.heads * self.shape.width
    }

    /// a for the rows `x` of a pack, its bias not yet added.
    pub(crate) fn forward(
        &self,
        pack: &Pack,
        x: Mat,
        dropout: Option<&Dropout<'_>>,
    ) -> Result<(Mat, AttentionTape)> {
        let qkv = self.query_key_value.forward(&x)?;
        let bias = self.query_key_value.bias();
        let (context, probabilities) = self.shape.forward(pack, &qkv.values()?, bias, dropout);
        let context = Mat::new(context, self.width())?;
        let a = self.output.forward(&context)?;
        Ok((a, AttentionTape { x, qkv, probabilities, context }))
    }

    /// From the gradient of a: adds those of the weights, and returns that of x if it is wanted.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        pack: &Pack,
        tape: &AttentionTape,
        of_a: &Mat,
        dropout: Option<&Dropout<'_>>,
        wanted: bool,
    ) -> Result<Option<Mat>> {
        self.output.add_gradient(parameters, &tape.context, of_a)?;
        if !wanted && !self.query_key_value.is_trained(parameters) {
            return Ok(None);
        }
        let of_context = self.output.of_input(of_a)?;
        let of_qkv = self.shape.backward(
            pack,
            &tape.qkv.values()?,
            self.query_key_value.bias(),
            &tape.probabilities,
            &of_context.values()?,
            dropout,
        );
        drop(of_context);
        let width = 3 * self.width();
        if self.query_key_value.trains_bias(parameters) {
            let of_bias = sums::of_columns(&of_qkv, width);
            self.query_key_value.add_bias_gradient(parameters, &of_bias);
        }
        let of_qkv = Mat::new(of_qkv, width)?;
        self.query_key_value.add_gradient(parameters, &tape.x, &of_qkv)?;
        wanted.then(|| self.query_key_value.of_input(&of_qkv)).transpose()
    }
}
