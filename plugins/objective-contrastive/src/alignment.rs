//! `alignment`: what says the same in two languages is to lie at the same place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::similarity::{Compared, GradientSum, Similarity};
use triglot_sdk::{
    Component, Context, Error, Host, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

/// The example of a passage that belongs to none: it is parallel to nothing.
const NO_EXAMPLE: u32 = u32::MAX;

/// Pairs between two questions whether the host goes on.
const BETWEEN_QUESTIONS: usize = 4096;

/// Options of `alignment`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// How far two embeddings are from each other.
    pub distance: Distance,
    /// Which texts are parallel.
    pub parallel: Parallel,
}

impl Default for Options {
    fn default() -> Self {
        Self { distance: Distance::Cosine, parallel: Parallel::Translations }
    }
}

/// The distance of two embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// The mean of the squared differences of their numbers.
    Mse,
    /// One minus their cosine.
    Cosine,
}

/// Which texts of a batch are parallel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Parallel {
    /// Two queries, or two passages, of one example in two languages.
    Translations,
    /// A query and a passage that is right for it, in two languages: for bitext, whose pairs are translations.
    Pairs,
}

/// The mean distance of parallel texts, 0 where a batch has none.
///
/// It is the positive term of XNLI's alignment of sentence encoders (Conneau et al. 2018, arXiv 1809.05053, section
/// 4.2), and what drags a student's translation to the teacher's sentence in Reimers and Gurevych (2020,
/// arXiv 2004.09813, section 2), with both ends moving. Alone it has a trivial minimum, one place for all texts: it is
/// to stand beside an objective that pushes apart.
pub struct Alignment {
    options: Options,
    host: Host,
}

/// A row of a batch: of the queries or of the passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Query(usize),
    Passage(usize),
}

impl Component for Alignment {
    type Options = Options;
    const ID: &'static str = "alignment";
    const SUMMARY: &'static str = "Distance of parallel texts, the same in two languages";
}

impl Objective for Alignment {
    fn create(options: Options, context: &Context) -> Result<Self> {
        Ok(Self { options, host: context.host.clone() })
    }

    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let similarity = match self.options.distance {
            Distance::Mse => Similarity::Dot,
            Distance::Cosine => Similarity::Cosine,
        };
        let queries = Compared::new(batch.queries, similarity, "query")?;
        let passages = Compared::new(batch.passages, similarity, "passage")?;
        let row = |row: Row| match row {
            Row::Query(row) => queries.row(row),
            Row::Passage(row) => passages.row(row),
        };
        let pairs = parallel(batch, self.options.parallel)?;
        let mut of_queries = output.query_gradients.as_ref().map(|_| GradientSum::new(&queries));
        let mut of_passages =
            output.passage_gradients.as_ref().map(|_| GradientSum::new(&passages));
        let mut add = |to: Row, slope: f64, other: &[f64]| {
            let (sum, row) = match to {
                Row::Query(row) => (&mut of_queries, row),
                Row::Passage(row) => (&mut of_passages, row),
            };
            if let Some(sum) = sum {
                sum.add(row, slope, other);
            }
        };
        let each = 1.0 / pairs.len().max(1) as f64;
        let mut loss = 0.0;
        for (number, (one, other)) in pairs.iter().enumerate() {
            if number % BETWEEN_QUESTIONS == 0 && self.host.cancelled() {
                return Err(Error::cancelled());
            }
            let (a, b) = (row(*one), row(*other));
            match self.options.distance {
                Distance::Cosine => {
                    let cosine: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                    // Rounding must not make two equal directions nearer than equal.
                    loss += each * (1.0 - cosine).max(0.0);
                    add(*one, -each, b);
                    add(*other, -each, a);
                }
                Distance::Mse => {
                    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
                    let scale = each / difference.len().max(1) as f64;
                    loss += scale * difference.iter().map(|x| x * x).sum::<f64>();
                    add(*one, 2.0 * scale, &difference);
                    add(*other, -2.0 * scale, &difference);
                }
            }
        }
        if let (Some(sum), Some(gradients)) = (of_queries, &mut output.query_gradients) {
            sum.write(&queries, gradients);
        }
        if let (Some(sum), Some(gradients)) = (of_passages, &mut output.passage_gradients) {
            sum.write(&passages, gradients);
        }
        output.scalars.push(("pairs".to_owned(), pairs.len() as f64));
        Ok(loss)
    }
}

/// The parallel rows of a batch, each pair of them once.
fn parallel(batch: &ObjectiveBatch<'_>, which: Parallel) -> Result<Vec<(Row, Row)>> {
    let of_role = |examples: &[u32], languages: &[u32], row: fn(usize) -> Row| {
        let pairs = translations(examples, languages);
        pairs.into_iter().map(move |(a, b)| (row(a), row(b)))
    };
    if which == Parallel::Translations {
        let queries = of_role(batch.query_example, batch.query_language, Row::Query);
        let passages = of_role(batch.passage_example, batch.passage_language, Row::Passage);
        return Ok(queries.chain(passages).collect());
    }
    let mut pairs = Vec::new();
    for (query, language) in batch.query_language.iter().enumerate() {
        for passage in batch.positives.row(query) {
            let passage = *passage as usize;
            let other = batch.passage_language.get(passage).ok_or_else(|| {
                Error::invalid(format!(
                    "query {query} lists passage {passage}, which the batch lacks"
                ))
            })?;
            if other != language {
                pairs.push((Row::Query(query), Row::Passage(passage)));
            }
        }
    }
    Ok(pairs)
}

/// The pairs of rows of one example and two languages.
fn translations(examples: &[u32], languages: &[u32]) -> Vec<(usize, usize)> {
    let has_example = |row: &usize| examples[*row] != NO_EXAMPLE;
    let mut rows: Vec<usize> = (0..examples.len()).filter(has_example).collect();
    rows.sort_by_key(|row| (examples[*row], *row));
    let mut pairs = Vec::new();
    for same in rows.chunk_by(|a, b| examples[*a] == examples[*b]) {
        for (at, one) in same.iter().enumerate() {
            let others =
                same[at + 1..].iter().filter(|other| languages[**other] != languages[*one]);
            pairs.extend(others.map(|other| (*one, *other)));
        }
    }
    pairs
}
