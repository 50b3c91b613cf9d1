//! All numbers of a validation, by their names in the journal.

use crate::cache::Cache;
use crate::error::Result;
use crate::plan::column_name;
use crate::plugin::Backend;
use crate::progress::Silent;
use crate::retrieval::Outcome;
use crate::train::Surroundings;
use crate::train::stage::Steps;

/// A number that a validation has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// Its name in the journal.
    pub name: String,
    /// The number; NaN where it is undefined.
    pub value: f64,
    /// Whether more is better.
    pub higher_is_better: bool,
}

impl Surroundings<'_, '_> {
    /// Measures all that the stage asks for, with the model as it is.
    pub(super) fn measure(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
    ) -> Result<Vec<Value>> {
        let losses = steps.losses(backend, dim, usize::MAX)?.into_iter();
        let loss = |(name, value): (&str, f64)| Value {
            name: name.to_owned(),
            value,
            higher_is_better: false,
        };
        let mut values: Vec<Value> = losses.map(loss).collect();
        // Nobody else will ever have these weights.
        let (cache, services) = (Cache::disabled(), steps.stage.services);
        for at in &steps.stage.plan.validation.evaluations {
            let Some(measuring) = self.measuring.get_mut(*at) else { continue };
            self.progress.validating(&measuring.evaluation.name);
            // A bar of its own would take the place of the stage's.
            let measured = measuring.measure(backend, &cache, services, &mut Silent);
            let measured = measured.map_err(|error| steps.in_validation(error))?;
            values.extend(means(&measured.outcome));
        }
        Ok(values)
    }
}

/// The macro means of a data set.
fn means(outcome: &Outcome) -> impl Iterator<Item = Value> {
    outcome.settings.iter().flat_map(|setting| {
        setting.columns.iter().map(|column| Value {
            name: column_name(&outcome.name, setting.setting, &column.name),
            value: column.summary.macro_mean.unwrap_or(f64::NAN),
            higher_is_better: column.higher_is_better,
        })
    })
}
