//! A plugin library for triglot with one objective: right passages should be nearer than wrong ones, by a margin.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{
    Component, Context, Error, Host, MatrixMut, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

#[cfg(test)]
mod tests;

triglot_sdk::plugin! { name: "{{name}}", components: [objective Triplet] }

/// The options, as a manifest writes them. What their comments say is what `triglot plugins show` prints.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Options {
    /// How much more similar to the query a right passage should be than a wrong one.
    #[schemars(extend("exclusiveMinimum" = 0))]
    margin: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { margin: 0.5 }
    }
}

/// A squared hinge over triplets (Schroff et al. 2015, arXiv 1503.03832, have the triplets and a plain hinge).
///
/// With dot products s, the loss of a query is the mean over its right passages p and wrong passages n of
///
/// max(0, margin − s_p + s_n)²,
///
/// and the loss of a batch the mean over queries. Squared, the loss has a slope everywhere.
struct Triplet {
    margin: f64,
    host: Host,
}

impl Component for Triplet {
    type Options = Options;
    const ID: &'static str = "triplet";
    const SUMMARY: &'static str =
        "Squared hinge of a margin over in-batch negatives, by dot product";
}

impl Objective for Triplet {
    fn create(Options { margin }: Options, context: &Context) -> Result<Self> {
        if !(margin.is_finite() && margin > 0.0) {
            return Err(Error::invalid(format!(
                "`margin` is {margin}; it must be larger than 0"
            )));
        }
        let host = context.host.clone();
        Ok(Self { margin, host })
    }

    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let (queries, passages) = (batch.queries, batch.passages);
        if queries.rows() == 0 {
            return Err(Error::invalid("a batch without queries has no loss"));
        }
        let mut slopes = Slopes::new(output);
        let (mut loss, mut violated, mut triplets) = (0.0, 0u64, 0u64);
        for query in 0..queries.rows() {
            // Whoever stops a run should not wait for a large batch.
            if self.host.cancelled() {
                return Err(Error::cancelled());
            }
            let (right, ignored) = (batch.positives.row(query), batch.ignored.row(query));
            let is_listed = |p: &u32| right.contains(p) || ignored.contains(p);
            let wrong: Vec<u32> = (0..passages.rows() as u32)
                .filter(|p| !is_listed(p))
                .collect();
            let share = 1.0 / (queries.rows() * right.len() * wrong.len()).max(1) as f64;
            let q = queries.row(query);
            for (p, n) in right
                .iter()
                .flat_map(|p| wrong.iter().map(move |n| (*p, *n)))
            {
                let (positive, negative) = (passages.row(p as usize), passages.row(n as usize));
                let hinge = self.margin - dot(q, positive) + dot(q, negative);
                triplets += 1;
                // Not `<=`: what is not a number has to reach the check of the loss.
                if hinge < 0.0 {
                    continue;
                }
                violated += 1;
                loss += share * hinge * hinge;
                let slope = 2.0 * share * hinge;
                slopes.query(query, -slope, positive);
                slopes.query(query, slope, negative);
                slopes.passage(p, -slope, q);
                slopes.passage(n, slope, q);
            }
        }
        if !loss.is_finite() {
            return Err(Error::failed(format!("the loss is {loss}")));
        }
        output
            .scalars
            .push(("violated".into(), violated as f64 / triplets.max(1) as f64));
        Ok(loss)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

/// The gradients that the host wants, from zero on.
struct Slopes<'a, 'b> {
    queries: Option<&'a mut MatrixMut<'b>>,
    passages: Option<&'a mut MatrixMut<'b>>,
}

impl<'a, 'b> Slopes<'a, 'b> {
    fn new(output: &'a mut ObjectiveOutput<'b>) -> Self {
        let queries = output.query_gradients.as_mut();
        let passages = output.passage_gradients.as_mut();
        let mut slopes = Self { queries, passages };
        for gradients in [&mut slopes.queries, &mut slopes.passages]
            .into_iter()
            .flatten()
        {
            (0..gradients.rows()).for_each(|row| gradients.row_mut(row).fill(0.0));
        }
        slopes
    }

    fn query(&mut self, row: usize, factor: f64, vector: &[f32]) {
        add(&mut self.queries, row, factor, vector);
    }

    fn passage(&mut self, row: u32, factor: f64, vector: &[f32]) {
        add(&mut self.passages, row as usize, factor, vector);
    }
}

fn add(gradients: &mut Option<&mut MatrixMut<'_>>, row: usize, factor: f64, vector: &[f32]) {
    let Some(gradients) = gradients else { return };
    for (sum, x) in gradients.row_mut(row).iter_mut().zip(vector) {
        *sum += (factor * f64::from(*x)) as f32;
    }
}
