//! The weighted sum of objectives that a batch is judged by.

use std::path::Path;

use crate::error::{Diagnostic, Error, Result};
use crate::files;
use crate::manifest::types::Weight;
use crate::plan::{self, Weighted};
use crate::plugin::{Item, Objective, ObjectiveBatch, Services};

use super::failure::{Failure, finite};

/// The objectives of a stage, or of a mix member that has its own.
pub struct Objectives {
    parts: Vec<Part>,
    /// Steps of the stage, over which weights change.
    steps: u64,
    taught: bool,
}

struct Part {
    name: String,
    weight: Weight,
    objective: Objective,
}

/// What the objectives said of a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The weighted sum of the losses.
    pub loss: f64,
    /// Named numbers, `objective/name`: the loss of each objective, its weight where that changes, and what it says
    /// beyond.
    pub scalars: Vec<(String, f64)>,
}

impl Objectives {
    /// Makes the instances, for a stage of so many steps.
    ///
    /// # Errors
    /// If a plugin refuses.
    pub fn create(
        plan: &plan::Plan,
        chosen: &[Weighted],
        steps: u64,
        seed: u64,
        services: &Services,
    ) -> Result<Self> {
        let parts = chosen
            .iter()
            .map(|weighted| {
                let chosen = &weighted.chosen;
                let made = Objective::create(&chosen.component, &chosen.options, seed, services);
                Ok(Part {
                    name: weighted.name.clone(),
                    weight: weighted.weight,
                    objective: made.map_err(|error| plan.refused(chosen, error))?,
                })
            })
            .collect::<Result<_>>()?;
        let mut needs = chosen.iter().flat_map(|weighted| &weighted.chosen.component.needs);
        Ok(Self { parts, steps, taught: needs.next().is_some() })
    }

    /// Whether one of them wants to know what a teacher makes of the texts.
    pub(super) fn learn_from_a_teacher(&self) -> bool {
        self.taught
    }

    /// Loss and, if `gradients` (queries, passages) are given, its gradients, overwritten; with the weights of a step of
    /// the stage, those that the stage ends with where it is the last or beyond.
    ///
    /// # Errors
    /// If an objective fails, or loss or gradients are too large once they are weighted.
    pub(super) fn evaluate(
        &mut self,
        batch: &ObjectiveBatch<'_>,
        step: u64,
        mut gradients: Option<(&mut [f32], &mut [f32])>,
    ) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        if let Some((queries, passages)) = &mut gradients {
            queries.fill(0.0);
            passages.fill(0.0);
        }
        for part in &mut self.parts {
            let weight = part.weight.at(self.steps, step);
            let said = match &mut gradients {
                None => part.objective.evaluate(batch, None)?,
                Some((queries, passages)) => {
                    let mut own = (vec![0.0; queries.len()], vec![0.0; passages.len()]);
                    let said = part.objective.evaluate(batch, Some((&mut own.0, &mut own.1)))?;
                    add(queries, &own.0, weight as f32);
                    add(passages, &own.1, weight as f32);
                    said
                }
            };
            outcome.loss += weight * said.loss;
            let own = matches!(part.weight, Weight::Ramp(_)).then_some(("weight", weight));
            let own = [("loss", said.loss)].into_iter().chain(own);
            // What the host knows itself stands for what an objective says under the same name.
            let taken: Vec<&str> = own.clone().map(|(name, _)| name).collect();
            let further = said.scalars.iter().map(|(name, value)| (name.as_str(), *value));
            let further = further.filter(|(name, _)| !taken.contains(name));
            let named = own.chain(further);
            outcome.scalars.extend(named.map(|(name, v)| (format!("{}/{name}", part.name), v)));
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

    /// Moves the parameters of those that have some, after this step of the stage, which the backend took at this rate.
    ///
    /// # Errors
    /// If an objective fails.
    pub(super) fn step(&mut self, step: u64, learning_rate: f64) -> Result<()> {
        for part in self.parts.iter_mut().filter(|part| part.objective.has_parameters()) {
            part.objective.step(learning_rate, part.weight.at(self.steps, step))?;
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
                    format!("the checkpoint has no parameters of the objective `{}`", part.name);
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
