//! `info-nce`: the softmax over in-batch negatives, with a temperature that may be learnt.

use std::path::Path;

use triglot_sdk::{
    Component, Context, Error, Host, Objective, ObjectiveBatch, ObjectiveOutput, Result,
};

use crate::in_batch::InBatch;
use crate::options::{Direction, Negatives, Options};
use crate::temperature::{SMALLEST, Temperature};

/// InfoNCE over in-batch negatives (van den Oord et al. 2018, arXiv 1807.03748), a mean over queries.
///
/// The logit of a passage is its similarity to the query over the temperature. Every passage of the batch that the
/// host lists neither as positive nor as ignored is a negative. [`contrast`](crate::contrast) has the formula, and
/// what becomes of several positives. In both directions it is the mean of both losses, as in CLIP (Radford et al.
/// 2021, arXiv 2103.00020, figure 3). The temperature may be a parameter that is learnt, see [`Temperature`].
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
        if (options.negatives, options.direction) == (Negatives::Own, Direction::Both) {
            return Err(Error::invalid(
                "`negatives` is \"own\", and a passage has none of its own to ask among: \
                 `direction` must be \"query-to-passage\"",
            ));
        }
        let learnt = options.learn_temperature.then(|| Temperature::new(temperature));
        Ok(Self { options, learnt, host: context.host.clone() })
    }

    fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        output: &mut ObjectiveOutput<'_>,
    ) -> Result<f64> {
        let Options { similarity, direction, negatives, .. } = self.options;
        let temperature = self.learnt.as_ref().map_or(self.options.temperature, Temperature::value);
        let weight = match direction {
            Direction::QueryToPassage => 1.0,
            Direction::Both => 0.5,
        };
        let loss = InBatch { similarity, temperature, margin: 0.0, direction, negatives, weight };
        let wanted = output.query_gradients.is_some() || output.passage_gradients.is_some();
        let outcome = loss.evaluate(batch, output, &self.host)?;
        if let Some(learnt) = &mut self.learnt {
            output.scalars.push(("temperature".to_owned(), temperature));
            if batch.training && wanted {
                learnt.hold(outcome.slope_of_logarithm);
            }
        }
        Ok(outcome.loss)
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
