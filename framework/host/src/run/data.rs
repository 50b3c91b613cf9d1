//! The data of a plan, read.

use crate::corpus::{self, EvaluationData, TextTable, TrainingData};
use crate::error::Result;
use crate::plan::Plan;
use crate::plugin::{CorpusView, Services};
use crate::retrieval::Measuring;
use crate::train::Trainer;

/// What a plan trains on and measures on.
#[derive(Debug)]
pub struct Data {
    /// The rows to train on, if the plan trains.
    pub training: Option<TrainingData>,
    /// The data sets to measure on, in the order of the manifest.
    pub sets: Vec<EvaluationData>,
}

impl Data {
    /// Reads them.
    ///
    /// # Errors
    /// If a file is missing or malformed.
    pub fn read(plan: &Plan) -> Result<Self> {
        let (manifest, folder) = (&plan.manifest, &plan.data_dir);
        let train = manifest.experiment.train.as_ref();
        let training = train.map(|train| corpus::read_training(manifest, &train.data, folder));
        let training = training.transpose()?;
        let sets = plan.evaluations.iter().enumerate().map(|(i, set)| {
            corpus::read_evaluation(manifest, &format!("evaluate.{i}"), &set.evaluation, folder)
        });
        Ok(Self { training, sets: sets.collect::<Result<_>>()? })
    }

    /// The rows to train on.
    pub fn rows(&self) -> Option<&TextTable> {
        self.training.as_ref().map(|training| &training.train)
    }

    /// The training of the plan, ready to run over `view`, the view of these rows.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn trainer<'a>(
        &'a self,
        plan: &'a Plan,
        view: Option<&'a CorpusView<'a>>,
        services: &'a Services,
    ) -> Result<Option<Trainer<'a>>> {
        let training = self.training.as_ref().zip(view);
        training
            .map(|(data, view)| Trainer::new(plan, view, data.holdout.as_ref(), services))
            .transpose()
    }
    /// The measuring of the plan, on these data sets, with every metric made.
    ///
    /// # Errors
    /// As [`Measuring::new`].
    pub fn measuring<'a>(
        &'a self,
        plan: &'a Plan,
        services: &Services,
    ) -> Result<Vec<Measuring<'a>>> {
        let sets = plan.evaluations.iter().zip(&self.sets);
        sets.map(|(set, data)| Measuring::new(plan, set, data, services)).collect()
    }
}
