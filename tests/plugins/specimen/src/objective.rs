//! Right passages ahead of wrong ones by a margin.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{
    Component, Context, Error, Host, MatrixMut, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

/// Options of `margin`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// By how much the score of a right passage is to exceed that of a wrong one.
    #[serde(default = "one")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    margin: f64,
}

fn one() -> f64 {
    1.0
}

/// The triplet hinge over in-batch negatives, by dot product (Schroff, Kalenichenko, Philbin 2015, arXiv 1503.03832,
/// without the mining): the mean over queries of the mean over (right p, wrong n) of max(0, margin − q·p + q·n).
pub struct Margin {
    margin: f64,
    host: Host,
}

impl Component for Margin {
    type Options = Options;
    const ID: &'static str = "margin";
    const SUMMARY: &'static str = "Triplet hinge over in-batch negatives";
}

impl Objective for Margin {
    fn create(options: Options, context: &Context) -> Result<Self> {
        if !(options.margin.is_finite() && options.margin > 0.0) {
            return Err(Error::invalid(format!(
                "`margin` is {}; it must be larger than 0",
                options.margin
            )));
        }
        Ok(Self { margin: options.margin, host: context.host.clone() })
    }

    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let (queries, passages) = (batch.queries.rows(), batch.passages.rows());
        if queries == 0 {
            return Err(Error::invalid("a batch without queries has no loss"));
        }
        let wanted = [&mut output.query_gradients, &mut output.passage_gradients];
        for gradients in wanted.into_iter().flatten() {
            (0..gradients.rows()).for_each(|row| gradients.row_mut(row).fill(0.0));
        }
        let (mut loss, mut active, mut triplets) = (0.0, 0u64, 0u64);
        for query in 0..queries {
            if self.host.cancelled() {
                return Err(Error::cancelled());
            }
            let q = batch.queries.row(query);
            let (right, ignored) = (batch.positives.row(query), batch.ignored.row(query));
            let listed = |p: &u32| right.contains(p) || ignored.contains(p);
            let wrong: Vec<u32> = (0..passages as u32).filter(|p| !listed(p)).collect();
            let share = 1.0 / (queries * right.len() * wrong.len()).max(1) as f64;
            for (p, n) in right.iter().flat_map(|p| wrong.iter().map(move |n| (*p, *n))) {
                let (positive, negative) =
                    (batch.passages.row(p as usize), batch.passages.row(n as usize));
                let hinge = self.margin - dot(q, positive) + dot(q, negative);
                triplets += 1;
                if hinge <= 0.0 {
                    continue;
                }
                active += 1;
                loss += share * hinge;
                add(&mut output.query_gradients, query, -share, positive);
                add(&mut output.query_gradients, query, share, negative);
                add(&mut output.passage_gradients, p as usize, -share, q);
                add(&mut output.passage_gradients, n as usize, share, q);
            }
        }
        output.scalars.push(("active".to_owned(), active as f64 / triplets.max(1) as f64));
        Ok(loss)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn add(gradients: &mut Option<MatrixMut<'_>>, row: usize, factor: f64, vector: &[f32]) {
    if let Some(gradients) = gradients {
        for (sum, x) in gradients.row_mut(row).iter_mut().zip(vector) {
            *sum += (factor * f64::from(*x)) as f32;
        }
    }
}
