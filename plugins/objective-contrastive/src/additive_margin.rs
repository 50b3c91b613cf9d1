//! `additive-margin`: the loss that LaBSE's dual encoder is trained with.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::similarity::Similarity;
use triglot_sdk::{
    Component, Context, Error, Host, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

use crate::in_batch::InBatch;
use crate::options::{Direction, Negatives};

/// Options of `additive-margin`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// What is taken off the cosine of a query and its passage; LaBSE takes 0.3.
    #[schemars(extend("minimum" = 0))]
    pub margin: f64,
    /// Cosines are multiplied by it: the larger, the more the hardest negatives count.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub scale: f64,
    /// Which side asks: queries for their passages, or passages for their queries too, with the sum of both losses.
    pub direction: Direction,
}

impl Default for Options {
    fn default() -> Self {
        Self { margin: 0.3, scale: 20.0, direction: Direction::Both }
    }
}

/// Additive-margin softmax over in-batch negatives (Yang et al. 2019, arXiv 1902.08564), as LaBSE has it (Feng et al.
/// 2020, arXiv 2007.01852, section 2): cosines, a margin on those of the right pairs, and the sum of the losses of both
/// directions.
///
/// The papers write no scale; with cosines in [−1, 1] a softmax over a large batch is all but uniform without one.
pub struct AdditiveMargin {
    options: Options,
    host: Host,
}

impl Component for AdditiveMargin {
    type Options = Options;
    const ID: &'static str = "additive-margin";
    const SUMMARY: &'static str =
        "Additive-margin softmax over in-batch negatives, in both directions (LaBSE)";
}

impl Objective for AdditiveMargin {
    fn create(options: Options, context: &Context) -> Result<Self> {
        let Options { margin, scale, .. } = options;
        if !(margin.is_finite() && margin >= 0.0) {
            return Err(Error::invalid(format!("`margin` is {margin}; it must not be below 0")));
        }
        if !(scale.is_finite() && scale > 0.0) {
            return Err(Error::invalid(format!("`scale` is {scale}; it must be larger than 0")));
        }
        Ok(Self { options, host: context.host.clone() })
    }

    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let Options { margin, scale, direction } = self.options;
        let loss = InBatch {
            similarity: Similarity::Cosine,
            temperature: 1.0 / scale,
            margin,
            direction,
            negatives: Negatives::Batch,
            weight: 1.0,
        };
        Ok(loss.evaluate(batch, output, &self.host)?.loss)
    }
}
