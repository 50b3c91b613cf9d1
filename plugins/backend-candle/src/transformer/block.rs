//! One layer of the encoder: attention, then two dense layers, a residual sum and a normalisation after each (Devlin et
//! al.: BERT, NAACL 2019; Vaswani et al. 2017, 3.1, normalisation after the sum).
//!
//! ```text
//! qkv = x Wqkvᵀ            context = attention(qkv + bqkv)
//! a   = context Waᵀ        h = norm(x + dropout(a + ba))
//! u   = h W₁ᵀ              g = GELU(u + b₁)
//! o   = g W₂ᵀ              y = norm(h + dropout(o + b₂))
//! ```
//!
//! The backward pass is written out: it is the forward pass read from its end. Biases are added by the kernel that
//! reads the product next, so that no product is written twice.

use triglot_sdk::{Error, Result};

use crate::kernels::attention::{Probabilities, Shape};
use crate::kernels::dropout::{Dropout, Site};
use crate::kernels::norm::{Norm, NormTape};
use crate::kernels::pack::Pack;
use crate::kernels::{gelu, sums};
use crate::mat::Mat;
use crate::parameter::Parameter;

/// The matrices of a layer as products take them; biases and normalisations are read where they lie.
pub(crate) struct Matrices {
    /// [3 hidden × hidden]: query, key and value one below the other.
    qkv: Mat,
    qkv_bias: Vec<f32>,
    attention: Mat,
    intermediate: Mat,
    output: Mat,
}

/// A layer, ready to be computed.
pub(crate) struct Block<'a> {
    pub matrices: &'a Matrices,
    pub weights: Weights<'a>,
    pub shape: Shape,
    pub epsilon: f32,
    pub dropouts: Dropouts<'a>,
}

/// The dropouts of a layer; none in inference.
pub(crate) struct Dropouts<'a> {
    attention: Option<Dropout<'a>>,
    attention_output: Option<Dropout<'a>>,
    output: Option<Dropout<'a>>,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct BlockTape {
    x: Mat,
    qkv: Mat,
    probabilities: Probabilities,
    context: Mat,
    attention_norm: NormTape,
    h: Mat,
    u: Mat,
    g: Mat,
    output_norm: NormTape,
}

/// The gradient of a matrix as the sum of several.
pub(crate) type Parts = Vec<Mat>;

/// The parameters of a layer by name, in the order of [`super::layout`].
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    query: Linear<'a>,
    key: Linear<'a>,
    value: Linear<'a>,
    attention: Linear<'a>,
    attention_norm: (&'a [f32], &'a [f32]),
    intermediate: Linear<'a>,
    output: Linear<'a>,
    output_norm: (&'a [f32], &'a [f32]),
}

#[derive(Clone, Copy)]
struct Linear<'a> {
    weight: &'a Parameter,
    bias: &'a [f32],
}

impl<'a> Weights<'a> {
    /// Those of a layer.
    pub(crate) fn new(parameters: &'a [Parameter]) -> Result<Self> {
        let [qw, qb, kw, kb, vw, vb, aw, ab, anw, anb, iw, ib, ow, ob, onw, onb] = parameters
        else {
            return Err(Error::failed(format!("a layer of {} parameters", parameters.len())));
        };
        let linear = |weight, bias: &'a Parameter| Linear { weight, bias: &bias.values };
        Ok(Self {
            query: linear(qw, qb),
            key: linear(kw, kb),
            value: linear(vw, vb),
            attention: linear(aw, ab),
            attention_norm: (&anw.values, &anb.values),
            intermediate: linear(iw, ib),
            output: linear(ow, ob),
            output_norm: (&onw.values, &onb.values),
        })
    }
}

impl Matrices {
    /// Copies of a layer's matrices.
    pub(crate) fn new(weights: Weights<'_>) -> Result<Self> {
        let copy =
            |linear: Linear<'_>| Mat::new(linear.weight.values.clone(), linear.weight.cols());
        let qkv = [weights.query, weights.key, weights.value];
        let together = qkv.map(|linear| linear.weight.values.as_slice()).concat();
        Ok(Self {
            qkv: Mat::new(together, weights.query.weight.cols())?,
            qkv_bias: qkv.map(|linear| linear.bias).concat(),
            attention: copy(weights.attention)?,
            intermediate: copy(weights.intermediate)?,
            output: copy(weights.output)?,
        })
    }
}

impl<'a> Dropouts<'a> {
    /// Those of layer `layer`, with the probabilities of hidden layers and of attention.
    pub(crate) fn new(pack: &'a Pack, layer: usize, (hidden, attention): (f64, f64)) -> Self {
        let at = |site, probability| Dropout::new(pack, site, layer, probability);
        Self {
            attention: at(Site::Attention, attention),
            attention_output: at(Site::AttentionOutput, hidden),
            output: at(Site::Output, hidden),
        }
    }
}

impl Block<'_> {
    fn norm<'b>(&self, (weight, bias): (&'b [f32], &'b [f32])) -> Norm<'b> {
        Norm { weight, bias, epsilon: self.epsilon }
    }

    /// The output for the rows `x` of a pack.
    pub(crate) fn forward(&self, pack: &Pack, x: Mat) -> Result<(Mat, BlockTape)> {
        let (weights, matrices, dropouts) = (&self.weights, self.matrices, &self.dropouts);
        let hidden = x.cols();
        let qkv = x.times_transposed(&matrices.qkv)?;
        let (context, probabilities) = self.shape.forward(
            pack,
            &qkv.values()?,
            &matrices.qkv_bias,
            dropouts.attention.as_ref(),
        );
        let context = Mat::new(context, hidden)?;
        let a = context.times_transposed(&matrices.attention)?;
        let (h, attention_norm) = self.norm(weights.attention_norm).residual(
            &a.values()?,
            weights.attention.bias,
            &x.values()?,
            dropouts.attention_output.as_ref(),
        );
        drop(a);
        let h = Mat::new(h, hidden)?;
        let u = h.times_transposed(&matrices.intermediate)?;
        let g = Mat::new(gelu::forward(&u.values()?, weights.intermediate.bias), u.cols())?;
        let o = g.times_transposed(&matrices.output)?;
        let (y, output_norm) = self.norm(weights.output_norm).residual(
            &o.values()?,
            weights.output.bias,
            &h.values()?,
            dropouts.output.as_ref(),
        );
        let tape =
            BlockTape { x, qkv, probabilities, context, attention_norm, h, u, g, output_norm };
        Ok((Mat::new(y, hidden)?, tape))
    }

    /// From the gradient of the output: the gradient of the input, and those of the parameters in their order.
    pub(crate) fn backward(
        &self,
        pack: &Pack,
        tape: BlockTape,
        gradient: Parts,
    ) -> Result<(Parts, Vec<Vec<f32>>)> {
        let (weights, matrices, dropouts) = (&self.weights, self.matrices, &self.dropouts);
        let hidden = tape.x.cols();
        let norm = self.norm(weights.output_norm);
        let of_output =
            backward_norm(norm, &tape.output_norm, &gradient, dropouts.output.as_ref())?;
        let of_output_weight = of_output.dense.transposed_times(&tape.g)?;
        let of_g = of_output.dense.times(&matrices.output)?;
        let of_u = gelu::backward(&tape.u.values()?, weights.intermediate.bias, &of_g.values()?);
        drop(of_g);
        let of_intermediate_bias = sums::of_columns(&of_u, tape.u.cols());
        let of_u = Mat::new(of_u, tape.u.cols())?;
        let of_intermediate_weight = of_u.transposed_times(&tape.h)?;
        let of_h = vec![of_output.sum, of_u.times(&matrices.intermediate)?];
        drop(of_u);

        let norm = self.norm(weights.attention_norm);
        let dropout = dropouts.attention_output.as_ref();
        let of_attention = backward_norm(norm, &tape.attention_norm, &of_h, dropout)?;
        drop(of_h);
        let of_attention_weight = of_attention.dense.transposed_times(&tape.context)?;
        let of_context = of_attention.dense.times(&matrices.attention)?;
        let of_qkv = self.shape.backward(
            pack,
            &tape.qkv.values()?,
            &matrices.qkv_bias,
            &tape.probabilities,
            &of_context.values()?,
            dropouts.attention.as_ref(),
        );
        let of_qkv_bias = sums::of_columns(&of_qkv, 3 * hidden);
        let of_qkv = Mat::new(of_qkv, 3 * hidden)?;
        let of_qkv_weight = of_qkv.transposed_times(&tape.x)?;
        let of_x = vec![of_attention.sum, of_qkv.times(&matrices.qkv)?];

        let mut gradients = Vec::with_capacity(super::layout::LAYER_PARAMETERS);
        let of_qkv_weight = of_qkv_weight.values()?;
        let parts = of_qkv_weight.chunks_exact(hidden * hidden);
        for (weight, bias) in parts.zip(of_qkv_bias.chunks_exact(hidden)) {
            gradients.extend([weight.to_vec(), bias.to_vec()]);
        }
        gradients.extend([
            of_attention_weight.values()?.to_vec(),
            of_attention.dense_bias,
            of_attention.weight,
            of_attention.bias,
            of_intermediate_weight.values()?.to_vec(),
            of_intermediate_bias,
            of_output_weight.values()?.to_vec(),
            of_output.dense_bias,
            of_output.weight,
            of_output.bias,
        ]);
        Ok((of_x, gradients))
    }
}

/// What follows from the gradient of a normalised residual sum.
struct Residual {
    /// ∂ of the sum, and so of what was added to the dense layer's output.
    sum: Mat,
    /// ∂ of the dense layer's output.
    dense: Mat,
    dense_bias: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

fn backward_norm(
    norm: Norm<'_>,
    tape: &NormTape,
    gradient: &Parts,
    dropout: Option<&Dropout<'_>>,
) -> Result<Residual> {
    let parts = gradient.iter().map(Mat::values).collect::<Result<Vec<_>>>()?;
    let parts: Vec<&[f32]> = parts.iter().map(|part| &**part).collect();
    let found = norm.backward(tape, &parts, dropout);
    let sum = Mat::new(found.sum, norm.weight.len())?;
    let dense = match found.dropped {
        Some(dropped) => Mat::new(dropped, norm.weight.len())?,
        None => sum.clone(),
    };
    let (weight, bias, dense_bias) = (found.weight, found.bias, found.dense_bias);
    Ok(Residual { sum, dense, dense_bias, weight, bias })
}
