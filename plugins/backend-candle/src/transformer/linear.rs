//! The one way in which rows meet a weight matrix.
//!
//! What is special about a weight is decided here alone: that several matrices of the same input lie one below the
//! other and make one product, that one which is not trained costs no product for its gradient, and that a low-rank
//! product may be trained beside it ([`crate::low_rank`]). A bias is not added here but by the kernel that reads the
//! product next, so that no product is written twice; its gradient comes from where that kernel's backward pass adds it
//! up.

use super::layout::LinearAt;
use crate::mat::Mat;
use crate::parameter::Parameter;

/// One linear map, or several of the same input side by side.
pub(crate) struct Linear {
    parts: Vec<LinearAt>,
    /// [outputs × inputs], as products take it.
    weight: Mat,
    /// All outputs' biases; zeros where a part has none.
    bias: Vec<f32>,
}

impl Linear {
    /// The maps at these places among the parameters.
    pub(crate) fn new(parts: &[LinearAt], parameters: &[Parameter]) -> Self {
        Self {
            parts: parts.to_vec(),
            weight: joined(parts, parameters),
            bias: biases(parts, parameters),
        }
    }

    /// Makes changed parameters count.
    pub(crate) fn refresh(&mut self, parameters: &[Parameter]) {
        if self.is_trained(parameters) {
            self.weight = joined(&self.parts, parameters);
            self.bias = biases(&self.parts, parameters);
        }
    }

    /// What is to be added to [`Linear::forward`].
    pub(crate) fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// Whether any of its parameters is trained.
    pub(crate) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        self.parts.iter().any(|part| {
            let weight = &parameters[part.weight];
            weight.trainable
                || weight.low_rank.is_some()
                || part.bias.is_some_and(|bias| parameters[bias].trainable)
        })
    }

    /// x Wᵀ.
    pub(crate) fn forward(&self, x: &Mat) -> Mat {
        x.times_transposed(self.weight.view())
    }

    /// Adds the weight's gradient, Gᵀ x, where G is that of the output.
    pub(crate) fn add_gradient(&self, parameters: &mut [Parameter], x: &Mat, of_output: &Mat) {
        self.add_low_rank_gradients(parameters, x, of_output);
        if !self.parts.iter().any(|part| parameters[part.weight].trainable) {
            return;
        }
        let gradient = of_output.transposed_times(x.view());
        if let [only] = &*self.parts {
            parameters[only.weight].add_gradient(gradient.into_values());
            return;
        }
        let mut rest = gradient.values();
        for part in &self.parts {
            let weight = &mut parameters[part.weight];
            let (own, others) = rest.split_at(weight.values.len());
            weight.add_gradient(own.to_vec());
            rest = others;
        }
    }

    /// Adds the gradients of what stands beside the weights.
    fn add_low_rank_gradients(&self, parameters: &mut [Parameter], x: &Mat, of_output: &Mat) {
        let mut first = 0;
        for part in &self.parts {
            let columns = first..first + outputs(part, parameters);
            first = columns.end;
            if let Some(low_rank) = parameters[part.weight].low_rank {
                low_rank.add_gradients(parameters, x, &of_output.columns(columns));
            }
        }
    }

    /// Adds the bias's gradient, which is the sum of the rows of the output's.
    pub(crate) fn add_bias_gradient(&self, parameters: &mut [Parameter], of_bias: &[f32]) {
        let mut rest = of_bias;
        for part in &self.parts {
            let (own, others) = rest.split_at(outputs(part, parameters));
            if let Some(bias) = part.bias {
                parameters[bias].add_gradient(own.to_vec());
            }
            rest = others;
        }
    }

    /// Whether anybody wants the gradient of a bias.
    pub(crate) fn trains_bias(&self, parameters: &[Parameter]) -> bool {
        self.parts.iter().filter_map(|part| part.bias).any(|bias| parameters[bias].trainable)
    }

    /// The gradient of the input, G W.
    pub(crate) fn of_input(&self, of_output: &Mat) -> Mat {
        of_output.times(self.weight.view())
    }
}

/// Number of outputs of one map.
fn outputs(part: &LinearAt, parameters: &[Parameter]) -> usize {
    let weight = &parameters[part.weight];
    weight.values.len() / weight.cols()
}

/// The matrices one below the other, each with what stands beside it.
fn joined(parts: &[LinearAt], parameters: &[Parameter]) -> Mat {
    let weights = || parts.iter().map(|part| &parameters[part.weight]);
    let cols = weights().next().map_or(1, Parameter::cols);
    let values: Vec<_> = weights().map(|weight| weight.effective(parameters)).collect();
    Mat::new(values.concat(), cols)
}

fn biases(parts: &[LinearAt], parameters: &[Parameter]) -> Vec<f32> {
    let mut all = Vec::new();
    for part in parts {
        match part.bias {
            Some(bias) => all.extend_from_slice(&parameters[bias].values),
            None => all.resize(all.len() + outputs(part, parameters), 0.0),
        }
    }
    all
}
