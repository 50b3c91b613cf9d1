//! `mse` and `cosine`: a student's embeddings against the teacher's, text by text.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::similarity::{Compared, GradientSum, Similarity};
use triglot_sdk::{
    Component, Context, Error, Matrix, MatrixMut, Objective, ObjectiveBatch, ObjectiveOutput,
    Result,
};

use crate::teacher::{NEEDS, Taught};

/// Options of `mse` and `cosine`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Which texts are held to the teacher.
    pub texts: Texts,
}

/// Which texts of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Texts {
    /// Queries and passages, hard negatives among them, each text counting the same.
    #[default]
    Both,
    /// The queries alone.
    Queries,
    /// The passages alone.
    Passages,
}

/// A distance of a student's embedding to the teacher's.
pub trait Distance: Send + 'static {
    /// The name of the objective that makes it small.
    const ID: &'static str;
    /// That objective in a line.
    const SUMMARY: &'static str;
    /// What becomes of the rows first: with the cosine, their lengths do not count.
    const SIMILARITY: Similarity;

    /// The distance of two rows; writes its gradient at the first.
    fn between(student: &[f64], teacher: &[f64], gradient: &mut [f64]) -> f64;
}

/// The objective: a mean distance over texts.
pub struct ToTeacher<D>(Options, PhantomData<D>);

/// The mean squared error of the embeddings (Reimers and Gurevych 2020, arXiv 2004.09813, section 2): over texts, and, as
/// their implementation and PyTorch's `MSELoss` have it, over the numbers of an embedding.
pub struct SquaredError;

/// One minus the cosine of the embeddings, a mean over texts: it knows no lengths, and neither do searches by cosine.
pub struct CosineDistance;

/// `mse`.
pub type Mse = ToTeacher<SquaredError>;
/// `cosine`.
pub type Cosine = ToTeacher<CosineDistance>;

impl Distance for SquaredError {
    const ID: &'static str = "mse";
    const SUMMARY: &'static str = "Mean squared error to the embeddings of a frozen teacher";
    const SIMILARITY: Similarity = Similarity::Dot;

    fn between(student: &[f64], teacher: &[f64], gradient: &mut [f64]) -> f64 {
        let each = 1.0 / student.len().max(1) as f64;
        let mut sum = 0.0;
        for ((gradient, student), teacher) in gradient.iter_mut().zip(student).zip(teacher) {
            let difference = student - teacher;
            sum += difference * difference;
            *gradient = 2.0 * each * difference;
        }
        each * sum
    }
}

impl Distance for CosineDistance {
    const ID: &'static str = "cosine";
    const SUMMARY: &'static str = "Cosine distance to the embeddings of a frozen teacher";
    const SIMILARITY: Similarity = Similarity::Cosine;

    /// The rows are directions; rounding must not make them nearer than equal.
    fn between(student: &[f64], teacher: &[f64], gradient: &mut [f64]) -> f64 {
        let mut cosine = 0.0;
        for ((gradient, student), teacher) in gradient.iter_mut().zip(student).zip(teacher) {
            cosine += student * teacher;
            *gradient = -teacher;
        }
        (1.0 - cosine).max(0.0)
    }
}

impl<D: Distance> Component for ToTeacher<D> {
    type Options = Options;
    const ID: &'static str = D::ID;
    const SUMMARY: &'static str = D::SUMMARY;
}

impl<D: Distance> Objective for ToTeacher<D> {
    const NEEDS: &'static [&'static str] = NEEDS;

    fn create(options: Options, _: &Context) -> Result<Self> {
        Ok(Self(options, PhantomData))
    }

    /// The mean distance of the chosen texts; the gradients of the others are zero.
    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let (taught, texts) = (Taught::of(batch)?, self.0.texts);
        let side = |embeddings, taught, what, chosen| -> Result<Side> {
            Side::new(embeddings, taught, D::SIMILARITY, what, chosen)
        };
        let queries = side(batch.queries, taught.queries, "query", texts != Texts::Passages)?;
        let passages = side(batch.passages, taught.passages, "passage", texts != Texts::Queries)?;
        let count = queries.chosen() + passages.chosen();
        if count == 0 {
            return Err(Error::invalid("a batch without texts has no loss"));
        }
        let each = 1.0 / count as f64;
        let loss = queries.add::<D>(each, &mut output.query_gradients);
        Ok(loss + passages.add::<D>(each, &mut output.passage_gradients))
    }
}

/// The texts of one role, as the student and as the teacher has them.
struct Side {
    student: Compared,
    teacher: Compared,
    chosen: bool,
}

impl Side {
    fn new(
        embeddings: Matrix<'_>,
        taught: Matrix<'_>,
        similarity: Similarity,
        what: &str,
        chosen: bool,
    ) -> Result<Self> {
        let student = Compared::new(embeddings, similarity, what)?;
        let teacher = Compared::new(taught, similarity, &format!("the teacher's {what}"))?;
        if student.rows() > 0 && student.dim() != teacher.dim() {
            return Err(Error::invalid(format!(
                "an embedding has {} numbers, the teacher's {}: of different lengths only `kl` compares models",
                student.dim(),
                teacher.dim()
            )));
        }
        Ok(Self { student, teacher, chosen })
    }

    fn chosen(&self) -> usize {
        if self.chosen { self.student.rows() } else { 0 }
    }

    /// The sum of the distances, each times `each`; gradients are written where wanted.
    fn add<D: Distance>(&self, each: f64, out: &mut Option<MatrixMut<'_>>) -> f64 {
        let mut sum = GradientSum::new(&self.student);
        let mut gradient = vec![0.0; self.student.dim()];
        let mut loss = 0.0;
        for row in 0..self.chosen() {
            loss += each * D::between(self.student.row(row), self.teacher.row(row), &mut gradient);
            sum.add(row, each, &gradient);
        }
        if let Some(out) = out {
            sum.write(&self.student, out);
        }
        loss
    }
}
