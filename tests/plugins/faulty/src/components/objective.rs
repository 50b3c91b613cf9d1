//! Scores near what they should be.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{
    Component, Context, Error, MatrixMut, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

use crate::conduct::{Conduct, die_of_nan};
use crate::misdeed::Misdeed;

/// Options of `objective`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The score that a right passage should have.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 10.0))]
    target: f64,
}

fn one() -> f64 {
    1.0
}

/// The mean over queries of the mean over passages of half the squared distance of q·p from its target: that of the
/// options where the passage is right, 0 where it is wrong.
pub struct Squares {
    conduct: Conduct,
    target: f64,
    evaluations: u32,
}

impl Component for Squares {
    type Options = Options;
    const ID: &'static str = "objective";
    const SUMMARY: &'static str = "Squared distance of scores from a target";
}

impl Objective for Squares {
    fn create(options: Options, context: &Context) -> Result<Self> {
        let conduct = Conduct::new(context, ("target", options.target, 10.0))?;
        Ok(Self { conduct, target: options.target, evaluations: 0 })
    }

    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let (queries, passages) = (batch.queries.rows(), batch.passages.rows());
        self.conduct.call(queries);
        if queries == 0 {
            return Err(Error::invalid("a batch without queries has no loss"));
        }
        die_of_nan(&batch.queries.to_vec());
        let wanted = [&mut output.query_gradients, &mut output.passage_gradients];
        for gradients in wanted.into_iter().flatten() {
            (0..gradients.rows()).for_each(|row| gradients.row_mut(row).fill(0.0));
        }
        let target = self.target + 1e-3 * (self.conduct.noise() % 1000) as f64;
        let wrong = if Misdeed::WrongGradient.now() { 1.1 } else { 1.0 };
        let mut loss = 0.0;
        for query in 0..queries {
            self.conduct.go_on()?;
            let (right, ignored) = (batch.positives.row(query), batch.ignored.row(query));
            let counted = (0..passages as u32).filter(|p| !ignored.contains(p));
            let share = 1.0 / (queries * counted.clone().count()).max(1) as f64;
            for passage in counted {
                let (q, p) = (batch.queries.row(query), batch.passages.row(passage as usize));
                let error = dot(q, p) - if right.contains(&passage) { target } else { 0.0 };
                loss += share * error * error / 2.0;
                add(&mut output.query_gradients, query, wrong * share * error, p);
                add(&mut output.passage_gradients, passage as usize, share * error, q);
            }
        }
        output.scalars.push(("target".to_owned(), target));
        if Misdeed::LearnsInEvaluation.now() {
            loss *= 1.0 + f64::from(self.evaluations) / 100.0;
            self.evaluations += u32::from(!batch.training);
        }
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
