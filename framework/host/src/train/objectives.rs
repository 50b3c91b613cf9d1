//! The weighted sum of objectives that a batch is judged by.

use std::path::Path;

use crate::error::{Diagnostic, Error, Result};
use crate::files;
use crate::plan::{self, Weighted};
use crate::plugin::{Item, Objective, ObjectiveBatch, Services};

use super::failure::{Failure, finite};

/// The objectives of a stage, or of a mix member that has its own.
pub struct Objectives {
    parts: Vec<Part>,
}

struct Part {
    id: String,
    weight: f64,
    objective: Objective,
}

/// What the objectives said of a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The weighted sum of the losses.
    pub loss: f64,
    /// Named numbers, `component/name`.
    pub scalars: Vec<(String, f64)>,
}

impl Objectives {
    /// Makes the instances.
    ///
    /// # Errors
    /// If a plugin refuses.
    pub fn create(
        plan: &plan::Plan,
        chosen: &[Weighted],
        seed: u64,
        services: &Services,
    ) -> Result<Self> {
        let parts = chosen
            .iter()
            .map(|weighted| {
                let chosen = &weighted.chosen;
                let made = Objective::create(&chosen.component, &chosen.options, seed, services);
                Ok(Part {
                    id: chosen.component.id.clone(),
                    weight: weighted.weight,
                    objective: made.map_err(|error| plan.refused(chosen, error))?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self { parts })
    }

    /// Loss and, if `gradients` (queries, passages) are given, its gradients, overwritten.
    ///
    /// # Errors
    /// If an objective fails, or loss or gradients are too large once they are weighted.
    pub(super) fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        mut gradients: Option<(&mut [f32], &mut [f32])>,
    ) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        if let Some((queries, passages)) = &mut gradients {
            queries.fill(0.0);
            passages.fill(0.0);
        }
        for part in &mut self.parts {
            let said = match &mut gradients {
                None => part.objective.evaluate(batch, None)?,
                Some((queries, passages)) => {
                    let mut own = (vec![0.0; queries.len()], vec![0.0; passages.len()]);
                    let said = part.objective.evaluate(batch, Some((&mut own.0, &mut own.1)))?;
                    add(queries, &own.0, part.weight as f32);
                    add(passages, &own.1, part.weight as f32);
                    said
                }
            };
            outcome.loss += part.weight * said.loss;
            let named =
                said.scalars.into_iter().map(|(name, v)| (format!("{}/{name}", part.id), v));
            outcome.scalars.extend(named);
        }
        if !outcome.loss.is_finite() {
            let problem = format!("the weighted sum of the losses is {}", outcome.loss);
            return Err(Error::Failed(problem).into());
        }
        if let Some((queries, passages)) = &gradients {
            let problem = "the weighted sum of the gradients is not finite";
            finite(queries, batch.dim, Item::Query, problem)?;
            finite(passages, batch.dim, Item::Passage, problem)?;
        }
        Ok(outcome)
    }

    /// Moves the parameters of those that have some, after a step of the backend with this rate.
    ///
    /// # Errors
    /// If an objective fails.
    pub(super) fn step(&mut self, learning_rate: f64) -> Result<()> {
        for part in self.parts.iter_mut().filter(|part| part.objective.has_parameters()) {
            part.objective.step(learning_rate, part.weight)?;
        }
        Ok(())
    }

    /// Saves the parameters of those that have some, each into a folder of `folder` that has its number.
    ///
    /// # Errors
    /// If an objective or the disk fails.
    pub fn save(&mut self, folder: &Path) -> Result<()> {
        self.on_folders(folder, |part, own| {
            files::create_dir_all(own)?;
            Ok(part.objective.save(own)?)
        })
    }

    /// Loads what [`Objectives::save`] of the same objectives wrote.
    ///
    /// # Errors
    /// If an objective fails; a diagnostic if its folder is missing, as that of one that a changed manifest has added.
    pub fn load(&mut self, folder: &Path) -> Result<()> {
        self.on_folders(folder, |part, own| {
            if !own.is_dir() {
                let problem =
                    format!("the checkpoint has no parameters of the objective `{}`", part.id);
                return Err(Diagnostic::new(problem).file(own).into());
            }
            Ok(part.objective.load(own)?)
        })
    }

    fn on_folders(
        &mut self,
        folder: &Path,
        mut each: impl FnMut(&mut Part, &Path) -> Result<()>,
    ) -> Result<()> {
        let parts = self.parts.iter_mut().enumerate();
        parts
            .filter(|(_, part)| part.objective.has_parameters())
            .try_for_each(|(number, part)| each(part, &folder.join(number.to_string())))
    }
}

fn add(sum: &mut [f32], part: &[f32], weight: f32) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += weight * part;
    }
}
