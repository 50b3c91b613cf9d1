//! Batches of a test's own.

use triglot_sdk::{
    Context, Lists, Matrix, MatrixMut, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

use crate::info_nce::InfoNce;
use crate::options::Options;

/// A batch that owns its numbers, as the golden file writes it.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Batch {
    pub queries: Vec<Vec<f32>>,
    pub passages: Vec<Vec<f32>>,
    pub positives: Vec<Vec<u32>>,
    pub ignored: Vec<Vec<u32>>,
}

/// What the objective made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub loss: f64,
    pub query_gradients: Vec<Vec<f32>>,
    pub passage_gradients: Vec<Vec<f32>>,
    pub scalars: Vec<(String, f64)>,
}

impl Outcome {
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.scalars.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

/// Which gradients to ask for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub queries: bool,
    pub passages: bool,
}

impl Batch {
    /// A batch without ignored passages whose pairs stand in line: passage i is right for query i.
    pub fn in_line(queries: &[&[f32]], passages: &[&[f32]]) -> Self {
        let rows = |rows: &[&[f32]]| rows.iter().map(|row| row.to_vec()).collect();
        Self {
            queries: rows(queries),
            passages: rows(passages),
            positives: (0..queries.len() as u32).map(|i| vec![i]).collect(),
            ignored: vec![vec![]; queries.len()],
        }
    }

    pub fn evaluate(&self, options: &Options) -> Result<Outcome> {
        let wanted = Wanted { queries: true, passages: true };
        self.evaluate_with(options, wanted)
    }

    /// Evaluates; gradients that are not asked for come back as NaN.
    pub fn evaluate_with(&self, options: &Options, wanted: Wanted) -> Result<Outcome> {
        let dim = self.passages.first().map_or(0, Vec::len);
        let (queries, passages) = (self.queries.concat(), self.passages.concat());
        let (query_count, passage_count) = (self.queries.len(), self.passages.len());
        let (positive_offsets, positives) = flat(&self.positives);
        let (ignored_offsets, ignored) = flat(&self.ignored);
        let batch = ObjectiveBatch {
            training: true,
            step: 0,
            queries: Matrix::new(&queries, query_count, dim).unwrap(),
            passages: Matrix::new(&passages, passage_count, dim).unwrap(),
            query_language: &vec![0; query_count],
            passage_language: &vec![0; passage_count],
            query_example: &vec![0; query_count],
            passage_example: &vec![0; passage_count],
            positives: Lists::new(&positive_offsets, &positives)?,
            ignored: Lists::new(&ignored_offsets, &ignored)?,
            extra: vec![],
        };
        let mut query_gradients = vec![f32::NAN; queries.len()];
        let mut passage_gradients = vec![f32::NAN; passages.len()];
        let mut output = ObjectiveOutput {
            query_gradients: MatrixMut::new(&mut query_gradients, query_count, dim)
                .filter(|_| wanted.queries),
            passage_gradients: MatrixMut::new(&mut passage_gradients, passage_count, dim)
                .filter(|_| wanted.passages),
            scalars: vec![],
        };
        let mut objective = InfoNce::create(options.clone(), &Context::detached(0))?;
        let loss = objective.evaluate(&batch, &mut output)?;
        let scalars = output.scalars;
        let rows = |flat: Vec<f32>| flat.chunks(dim).map(<[f32]>::to_vec).collect();
        Ok(Outcome {
            loss,
            query_gradients: rows(query_gradients),
            passage_gradients: rows(passage_gradients),
            scalars,
        })
    }
}

fn flat(lists: &[Vec<u32>]) -> (Vec<u32>, Vec<u32>) {
    let ends = lists.iter().scan(0, |end, list| {
        *end += list.len() as u32;
        Some(*end)
    });
    (std::iter::once(0).chain(ends).collect(), lists.concat())
}

/// The largest distance between two lists of rows.
pub fn distance(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max)
}
