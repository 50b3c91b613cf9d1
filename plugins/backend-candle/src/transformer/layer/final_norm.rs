//! What follows on the last layer where layers leave their sums unnormalised: a norm, and a dropout.

use super::{Parts, sum};
use crate::kernels::dropout::Site;
use crate::kernels::pre_norm::PreNormTape;
use crate::kernels::residual;
use crate::mat::Mat;
use crate::parameter::Parameter;
use crate::transformer::config::Config;
use crate::transformer::layout::NormAt;
use crate::transformer::pass::Pass;

/// The last norm; without one rows pass as they are.
pub(crate) struct FinalNorm {
    at: Option<NormAt>,
    epsilon: f32,
    centred: bool,
}

/// What the backward pass needs of the forward pass.
pub(crate) struct FinalNormTape(Option<PreNormTape>);

impl FinalNorm {
    /// That of a model.
    pub(crate) fn new(config: &Config) -> Self {
        let (epsilon, centred) = (config.epsilon as f32, config.centred());
        Self { at: config.layout.final_norm, epsilon, centred }
    }

    /// Whether it is trained.
    pub(crate) fn is_trained(&self, parameters: &[Parameter]) -> bool {
        self.at.is_some_and(|at| at.is_trained(parameters))
    }

    /// The rows for the head.
    pub(crate) fn forward(
        &self,
        parameters: &[Parameter],
        pass: &Pass<'_>,
        x: Mat,
    ) -> (Mat, FinalNormTape) {
        let Some(at) = self.at else { return (x, FinalNormTape(None)) };
        let norm = at.pre_norm(parameters, self.epsilon, self.centred);
        let (mut rows, tape) = norm.forward(x.values());
        residual::drop_out(&mut rows, x.cols(), pass.dropout(Site::Final, 0).as_ref());
        (Mat::new(rows, x.cols()), FinalNormTape(Some(tape)))
    }

    /// Adds the norm's gradient and returns that of its input.
    pub(crate) fn backward(
        &self,
        parameters: &mut [Parameter],
        pass: &Pass<'_>,
        tape: &FinalNormTape,
        gradient: Parts,
    ) -> Parts {
        let (Some(at), Some(tape)) = (self.at, &tape.0) else { return gradient };
        let gradient = sum(&gradient);
        let norm = at.pre_norm(parameters, self.epsilon, self.centred);
        let dropout = pass.dropout(Site::Final, 0);
        let found = norm.backward(tape, gradient.values(), &[], dropout.as_ref());
        parameters[at.weight].add_gradient(found.weight);
        vec![Mat::new(found.sum, gradient.cols())]
    }
}
