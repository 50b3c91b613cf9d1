//! The batch: every query against every passage.

use std::path::Path;

use triglot_sdk::{
    Component, Context, Error, Host, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

use crate::contrast::{Relation, contrast};
use crate::options::Options;
use crate::record::Record;
use crate::similarity::{Compared, GradientSum, dot};
use crate::temperature::{SMALLEST, Temperature};

/// InfoNCE over in-batch negatives (van den Oord et al. 2018, arXiv 1807.03748), a mean over queries.
///
/// The logit of a passage is its similarity to the query over the temperature. Every passage of the batch that the
/// host lists neither as positive nor as ignored is a negative. [`contrast`](crate::contrast) has the formula, and
/// what becomes of several positives. The temperature may be a parameter that is learnt, see [`Temperature`].
pub struct InfoNce {
    options: Options,
    /// What the option begins with, where it is learnt.
    pub(crate) learnt: Option<Temperature>,
    host: Host,
}

impl InfoNce {
    fn learnt_mut(&mut self) -> Result<&mut Temperature> {
        self.learnt.as_mut().ok_or_else(fixed)
    }
}

fn fixed() -> Error {
    Error::unsupported("learning without `learn_temperature`")
}

/// Queries between two questions whether the host goes on: some hundredths of a second in the largest batches.
const BETWEEN_QUESTIONS: usize = 64;

impl Component for InfoNce {
    type Options = Options;
    const ID: &'static str = "info-nce";
    const SUMMARY: &'static str = "InfoNCE over in-batch negatives, by cosine or dot product";
}

impl Objective for InfoNce {
    fn create(options: Options, context: &Context) -> Result<Self> {
        let temperature = options.temperature;
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(Error::invalid(format!(
                "`temperature` is {temperature}; it must be larger than 0"
            )));
        }
        if options.learn_temperature && temperature < SMALLEST {
            return Err(Error::invalid(format!(
                "`temperature` is {temperature}; one that is learnt begins with {SMALLEST} or more"
            )));
        }
        let learnt = options.learn_temperature.then(|| Temperature::new(temperature));
        Ok(Self { options, learnt, host: context.host.clone() })
    }

    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let Options { similarity, .. } = self.options;
        let temperature = self.learnt.as_ref().map_or(self.options.temperature, Temperature::value);
        let queries = Compared::new(batch.queries, similarity, "query")?;
        let passages = Compared::new(batch.passages, similarity, "passage")?;
        if queries.rows() == 0 {
            return Err(Error::invalid("a batch without queries has no loss"));
        }
        let mut query_sum = output.query_gradients.as_ref().map(|_| GradientSum::new(&queries));
        let mut passage_sum =
            output.passage_gradients.as_ref().map(|_| GradientSum::new(&passages));
        let wanted = query_sum.is_some() || passage_sum.is_some();
        let mut relations = vec![Relation::Negative; passages.rows()];
        let mut logits = vec![0.0; passages.rows()];
        let mut slopes = vec![0.0; passages.rows()];
        let mut record = Record::default();
        let mut slope_of_logarithm = 0.0;

        for query in 0..queries.rows() {
            if query % BETWEEN_QUESTIONS == 0 && self.host.cancelled() {
                return Err(Error::cancelled());
            }
            relate(batch, query, &mut relations)?;
            for (passage, logit) in logits.iter_mut().enumerate() {
                if relations[passage] != Relation::Ignored {
                    let similarity = dot(queries.row(query), passages.row(passage));
                    record.add_similarity(relations[passage], similarity);
                    *logit = similarity / temperature;
                }
            }
            let outcome = contrast(&logits, &relations, &mut slopes)
                .ok_or_else(|| Error::invalid(format!("query {query} has no positive passage")))?;
            record.add_query(outcome);
            for (passage, slope) in slopes.iter().enumerate() {
                if relations[passage] != Relation::Ignored {
                    slope_of_logarithm -= slope * logits[passage];
                }
                let slope = slope / (temperature * queries.rows() as f64);
                if let Some(sum) = &mut query_sum {
                    sum.add(query, slope, passages.row(passage));
                }
                if let Some(sum) = &mut passage_sum {
                    sum.add(passage, slope, queries.row(query));
                }
            }
        }

        let loss = record.loss();
        if !loss.is_finite() {
            return Err(Error::failed(format!(
                "the loss is {loss}: the similarities are too large for a temperature of {temperature:e}"
            )));
        }
        if let (Some(sum), Some(gradients)) = (query_sum, &mut output.query_gradients) {
            sum.write(&queries, gradients);
        }
        if let (Some(sum), Some(gradients)) = (passage_sum, &mut output.passage_gradients) {
            sum.write(&passages, gradients);
        }
        output.scalars.extend(record.scalars());
        if let Some(learnt) = &mut self.learnt {
            output.scalars.push(("temperature".to_owned(), temperature));
            if batch.training && wanted {
                learnt.hold(slope_of_logarithm / queries.rows() as f64);
            }
        }
        Ok(loss)
    }

    fn parameters(&self) -> u64 {
        self.learnt.is_some().into()
    }

    fn step(&mut self, learning_rate: f64, scale: f64) -> Result<()> {
        self.learnt_mut()?.step(learning_rate, scale)
    }

    fn save(&self, folder: &Path) -> Result<()> {
        self.learnt.as_ref().ok_or_else(fixed)?.save(folder)
    }

    fn load(&mut self, folder: &Path) -> Result<()> {
        *self.learnt_mut()? = Temperature::load(folder)?;
        Ok(())
    }
}

/// Writes what every passage is to a query.
fn relate(batch: &ObjectiveBatch<'_>, query: usize, relations: &mut [Relation]) -> Result<()> {
    relations.fill(Relation::Negative);
    let positives = batch.positives.row(query).iter().map(|passage| (passage, Relation::Positive));
    let ignored = batch.ignored.row(query).iter().map(|passage| (passage, Relation::Ignored));
    for (passage, relation) in positives.chain(ignored) {
        let known = relations.get_mut(*passage as usize).ok_or_else(|| {
            Error::invalid(format!("query {query} lists passage {passage}, which the batch lacks"))
        })?;
        if *known != Relation::Negative && *known != relation {
            return Err(Error::invalid(format!(
                "passage {passage} is both positive and ignored for query {query}"
            )));
        }
        *known = relation;
    }
    Ok(())
}
