//! The batch: every anchor against every candidate, in one direction or in both.
//!
//! From passages to queries the two sides change places and nothing else: the same walk over the same lists, read the
//! other way round. There a hard negative asks for nothing and is no candidate, so it competes among passages alone.

use triglot_sdk::similarity::{Compared, GradientSum, Similarity, Sums, Walk};
use triglot_sdk::{Error, Host, ObjectiveBatch, ObjectiveOutput, Result};

use crate::contrast::contrast;
use crate::options::{Direction, Negatives};
use crate::record::{Judged, Record, Similarities};
use crate::relations::Relations;

/// A loss over in-batch negatives.
#[derive(Debug, Clone, Copy)]
pub struct InBatch {
    /// How a query and a passage are compared.
    pub similarity: Similarity,
    /// Similarities are divided by it.
    pub temperature: f64,
    /// What is taken off the similarity of a positive.
    pub margin: f64,
    /// Who asks.
    pub direction: Direction,
    /// What counts as wrong.
    pub negatives: Negatives,
    /// The weight of each direction's loss.
    pub weight: f64,
}

/// What it says of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// The loss.
    pub loss: f64,
    /// Its slope along the logarithm of the temperature.
    pub slope_of_logarithm: f64,
}

/// The two sides of a direction, with the sums of their gradients.
struct Sides<'a> {
    anchors: (&'a Compared, Option<&'a mut GradientSum>),
    candidates: (&'a Compared, Option<&'a mut GradientSum>),
}

impl InBatch {
    /// Loss and named numbers of a batch, and the gradients that are wanted.
    ///
    /// # Errors
    /// If the batch has no query, a query no positive, or the loss is beyond all numbers.
    pub fn evaluate(
        &self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
        host: &Host,
    ) -> Result<Outcome> {
        let queries = Compared::new(batch.queries, self.similarity, "query")?;
        let passages = Compared::new(batch.passages, self.similarity, "passage")?;
        if queries.rows() == 0 {
            return Err(Error::invalid("a batch without queries has no loss"));
        }
        let relations = Relations::of(batch, self.negatives)?;
        let mut of_queries = output.query_gradients.as_ref().map(|_| GradientSum::new(&queries));
        let mut of_passages =
            output.passage_gradients.as_ref().map(|_| GradientSum::new(&passages));

        let sides = Sides {
            anchors: (&queries, of_queries.as_mut()),
            candidates: (&passages, of_passages.as_mut()),
        };
        let forward = self.directed(&relations, sides, host)?;
        let mut outcome = Outcome {
            loss: self.weight * forward.loss(),
            slope_of_logarithm: self.weight * forward.slope_of_logarithm(),
        };
        output.scalars.extend(forward.scalars());
        if self.direction == Direction::Both {
            let sides = Sides {
                anchors: (&passages, of_passages.as_mut()),
                candidates: (&queries, of_queries.as_mut()),
            };
            let back = self.directed(&relations.reversed(passages.rows()), sides, host)?;
            outcome.loss += self.weight * back.loss();
            outcome.slope_of_logarithm += self.weight * back.slope_of_logarithm();
            output.scalars.push(("passage-accuracy".to_owned(), back.accuracy()));
        }
        if !outcome.loss.is_finite() {
            return Err(Error::failed(format!(
                "the loss is {}: the similarities are too large for a temperature of {:e}",
                outcome.loss, self.temperature
            )));
        }
        if let (Some(sum), Some(gradients)) = (of_queries, &mut output.query_gradients) {
            sum.write(&queries, gradients);
        }
        if let (Some(sum), Some(gradients)) = (of_passages, &mut output.passage_gradients) {
            sum.write(&passages, gradients);
        }
        Ok(outcome)
    }

    /// The means over all anchors; gradients, times the weight, are added to the sums.
    fn directed(&self, relations: &Relations, sides: Sides<'_>, host: &Host) -> Result<Record> {
        let which = relations.anchors();
        let (anchors, of_anchors) = sides.anchors;
        let (candidates, of_candidates) = sides.candidates;
        let walk = Walk { anchors, candidates, which: &which, host };
        let scale = self.weight / (self.temperature * which.len() as f64);
        let judged = walk.run(
            Sums { anchors: of_anchors, candidates: of_candidates },
            |place, similarities| {
                let relations = relations.row(which[place], similarities.len());
                let means = Similarities::of(similarities, &relations);
                similarities.iter_mut().for_each(|value| *value /= self.temperature);
                let margin = self.margin / self.temperature;
                let contrast = contrast(similarities, &relations, margin)
                    .ok_or_else(|| Error::invalid("a row without a positive has no loss"))?;
                similarities.iter_mut().for_each(|slope| *slope *= scale);
                Ok(Judged::new(means, contrast))
            },
        )?;
        Ok(Record::of(&judged))
    }
}
