//! `kl`: how the student spreads its belief over the passages of a batch against how the teacher does.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::similarity::{Compared, GradientSum, Similarity, Sums, Walk};
use triglot_sdk::{
    Component, Context, Error, Host, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

use crate::teacher::{NEEDS, Taught};

/// Options of `kl`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// The student's similarities are divided by it.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub temperature: f64,
    /// The teacher's similarities are divided by it.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub teacher_temperature: f64,
    /// How the student's queries and passages are compared.
    pub similarity: Similarity,
    /// How the teacher's are.
    pub teacher_similarity: Similarity,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            temperature: 0.05,
            teacher_temperature: 0.05,
            similarity: Similarity::Cosine,
            teacher_similarity: Similarity::Cosine,
        }
    }
}

/// The divergence KL(p ‖ q) of the student's distribution q over the passages of a batch from the teacher's p, each a
/// softmax of similarities over a temperature (Hinton et al. 2015, arXiv 1503.02531, section 2), a mean over queries.
///
/// A passage that the host has a query ignore is in neither distribution of that query. What is right plays no part.
/// The embeddings of student and teacher need not be of one length.
pub struct Kl {
    options: Options,
    host: Host,
}

impl Component for Kl {
    type Options = Options;
    const ID: &'static str = "kl";
    const SUMMARY: &'static str =
        "KL divergence from a frozen teacher's distribution over the passages of the batch";
}

impl Objective for Kl {
    const NEEDS: &'static [&'static str] = NEEDS;

    fn create(options: Options, context: &Context) -> Result<Self> {
        let Options { temperature, teacher_temperature, .. } = options;
        for (key, value) in
            [("temperature", temperature), ("teacher_temperature", teacher_temperature)]
        {
            if !(value.is_finite() && value > 0.0) {
                let problem = format!("`{key}` is {value}; it must be larger than 0");
                return Err(Error::invalid(problem));
            }
        }
        Ok(Self { options, host: context.host.clone() })
    }

    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let Options { temperature, teacher_temperature, similarity, teacher_similarity } =
            self.options;
        let taught = Taught::of(batch)?;
        let queries = Compared::new(batch.queries, similarity, "query")?;
        let passages = Compared::new(batch.passages, similarity, "passage")?;
        let teacher = (
            &Compared::new(taught.queries, teacher_similarity, "the teacher's query")?,
            &Compared::new(taught.passages, teacher_similarity, "the teacher's passage")?,
        );
        if queries.rows() == 0 || passages.rows() == 0 {
            return Err(Error::invalid("a batch without queries or passages has no loss"));
        }
        let which: Vec<u32> = (0..queries.rows() as u32).collect();
        let mut of_queries = output.query_gradients.as_ref().map(|_| GradientSum::new(&queries));
        let mut of_passages =
            output.passage_gradients.as_ref().map(|_| GradientSum::new(&passages));
        let sums = Sums { anchors: of_queries.as_mut(), candidates: of_passages.as_mut() };
        let walk =
            Walk { anchors: &queries, candidates: &passages, which: &which, host: &self.host };
        let scale = 1.0 / (temperature * queries.rows() as f64);
        let judged = walk.run_beside(teacher, sums, |query, student, teacher| {
            student.iter_mut().for_each(|value| *value /= temperature);
            teacher.iter_mut().for_each(|value| *value /= teacher_temperature);
            let judged = divergence(student, teacher, batch.ignored.row(query));
            student.iter_mut().for_each(|slope| *slope *= scale);
            Ok(judged)
        })?;
        let count = judged.len() as f64;
        let loss = judged.iter().map(|judged| judged.divergence).sum::<f64>() / count;
        if !loss.is_finite() {
            return Err(Error::failed(format!(
                "the loss is {loss}: the similarities are too large for the temperatures {temperature:e} and {teacher_temperature:e}"
            )));
        }
        if let (Some(sum), Some(gradients)) = (of_queries, &mut output.query_gradients) {
            sum.write(&queries, gradients);
        }
        if let (Some(sum), Some(gradients)) = (of_passages, &mut output.passage_gradients) {
            sum.write(&passages, gradients);
        }
        let agreeing = judged.iter().filter(|judged| judged.agree).count();
        output.scalars.push(("agreement".to_owned(), agreeing as f64 / count));
        Ok(loss)
    }
}

/// What is said of one query.
struct Judged {
    divergence: f64,
    /// Whether both have the same passage first.
    agree: bool,
}

/// Overwrites the student's logits with the slopes of the divergence at them, and the teacher's with its probabilities.
fn divergence(student: &mut [f64], teacher: &mut [f64], ignored: &[u32]) -> Judged {
    for passage in ignored {
        for logits in [&mut *student, &mut *teacher] {
            if let Some(logit) = logits.get_mut(*passage as usize) {
                *logit = f64::NEG_INFINITY;
            }
        }
    }
    let agree = best(student) == best(teacher);
    let (of_student, of_teacher) = (log_of_sum(student), log_of_sum(teacher));
    let mut divergence = 0.0;
    for (student, teacher) in student.iter_mut().zip(teacher) {
        // Both are −∞ for what is ignored, and neither for anything else.
        if *student == f64::NEG_INFINITY {
            *student = 0.0;
            continue;
        }
        let (log_q, log_p) = (*student - of_student, *teacher - of_teacher);
        *teacher = log_p.exp();
        divergence += *teacher * (log_p - log_q);
        *student = log_q.exp() - *teacher;
    }
    // By Gibbs' inequality it is not below zero; its terms, rounded, may sum to a little less.
    let divergence = if divergence.is_nan() { divergence } else { divergence.max(0.0) };
    Judged { divergence, agree }
}

/// The place of the largest logit, the first of equal ones.
fn best(logits: &[f64]) -> usize {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logits.iter().position(|logit| *logit == largest).unwrap_or(0)
}

/// ln Σ exp(x).
fn log_of_sum(logits: &[f64]) -> f64 {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + logits.iter().map(|logit| (logit - largest).exp()).sum::<f64>().ln()
}
