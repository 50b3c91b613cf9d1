//! Validation: what is measured while a stage trains ([`loss`] over pairs, [`measure`] of all numbers), and what
//! follows from it ([`course`]).
//!
//! Training knows nothing of it. Texts are encoded as for a search, objectives are asked for no gradients, and no draw
//! of training comes after one of validation: with it and without it a stage takes the same steps.

mod course;
mod loss;
mod measure;

use crate::corpus::TextTable;
use crate::error::Result;
use crate::keys::Key;
use crate::plan::{Plan, StagePlan};

pub(super) use loss::Loss;

/// The rows that validation losses are computed over.
#[derive(Debug, Clone, Default)]
pub struct Unseen<'a> {
    /// What the data sets to train on hold out.
    pub holdout: Option<&'a TextTable>,
    /// The tables of the manifest's `[[train.validation]]`, in their order.
    pub sets: Vec<&'a TextTable>,
}

impl<'a> Unseen<'a> {
    /// The losses of a stage, ready to be computed; `trained` are the languages that are trained on.
    ///
    /// # Errors
    /// If the stage asks for a loss of which there are not even two pairs.
    pub(super) fn losses(
        &self,
        plan: &Plan,
        stage: &'a StagePlan,
        index: usize,
        trained: &[String],
    ) -> Result<Vec<Loss<'a>>> {
        let root = Key::root(plan.manifest.experiment.seed).child("validation");
        let settings = &stage.stage;
        let mut losses = Vec::with_capacity(stage.validation.losses.len());
        for loss in &stage.validation.losses {
            let (table, key) = match loss.set {
                None => (self.holdout, root.clone()),
                Some(set) => (self.sets.get(set).copied(), root.child("set").child(&loss.name)),
            };
            let (size, same_group) = (settings.batch_size, settings.ignore_same_group);
            let made = table.map(|table| Loss::new(loss, table, trained, size, same_group, &key));
            match made.filter(|loss| loss.pairs() > 0) {
                Some(loss) => losses.push(loss),
                // Nobody has asked for what is computed by itself.
                None if settings.validation.is_none() => {}
                None => {
                    let problem = format!("`{}` has no two pairs to tell apart", loss.name);
                    let address = format!("train.stage.{index}.validation");
                    return Err(plan.manifest.diagnostic(&address, problem).into());
                }
            }
        }
        Ok(losses)
    }
}
