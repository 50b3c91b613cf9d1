//! The data of a plan, read.

use std::collections::BTreeSet;

use crate::corpus::{self, EvaluationData, Leak, TextTable, Trained, TrainingData, ValidationData};
use crate::error::Result;
use crate::plan::Plan;
use crate::plugin::Services;
use crate::retrieval::Measuring;
use crate::train::{StageViews, Teacher, Trainer, Unseen};

/// What a plan trains on and measures on.
#[derive(Debug)]
pub struct Data {
    /// The rows to train on, if the plan trains.
    pub training: Option<TrainingData>,
    /// For each stage the part of these rows that it draws from; `None` where it draws from all of them.
    pub parts: Vec<Option<TextTable>>,
    /// The sets for validation losses, in the order of the manifest.
    pub validation: Vec<ValidationData>,
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
        let parts = training.as_ref().zip(train).map(|(training, train)| {
            let stages = train.stage.iter().enumerate();
            let part = |(i, stage)| {
                corpus::of_stage(manifest, &format!("train.stage.{i}"), stage, &training.train)
            };
            stages.map(part).collect::<Result<_>>()
        });
        let parts = parts.transpose()?.unwrap_or_default();
        let validation = train.iter().flat_map(|train| &train.validation).enumerate();
        let validation = validation.map(|(i, set)| {
            corpus::read_validation(manifest, &format!("train.validation.{i}"), set, folder)
        });
        let validation = validation.collect::<Result<_>>()?;
        let sets = plan.evaluations.iter().enumerate().map(|(i, set)| {
            corpus::read_evaluation(manifest, &format!("evaluate.{i}"), &set.evaluation, folder)
        });
        Ok(Self { training, parts, validation, sets: sets.collect::<Result<_>>()? })
    }

    /// The rows to train on.
    pub fn rows(&self) -> Option<&TextTable> {
        self.training.as_ref().map(|training| &training.train)
    }

    /// What the samplers of each stage are shown.
    pub fn views(&self) -> Option<StageViews<'_>> {
        self.rows().map(|whole| StageViews::new(whole, &self.parts))
    }

    /// The languages that some stage draws from, ascending.
    pub fn trained_languages(&self) -> Vec<String> {
        let of_stages = self.parts.iter().filter_map(|part| part.as_ref().or(self.rows()));
        let languages: BTreeSet<&String> = of_stages.flat_map(|table| &table.languages).collect();
        languages.into_iter().cloned().collect()
    }

    /// What is trained on and tested on alike.
    pub fn leaks(&self, plan: &Plan) -> Vec<Leak> {
        let train = plan.manifest.experiment.train.as_ref();
        let (Some(rows), Some(train)) = (self.rows(), train) else { return Vec::new() };
        let trained = Trained::new(rows, train.data.iter().map(|set| set.reader).collect());
        let sets = plan.evaluations.iter().map(|set| &set.evaluation).zip(&self.sets);
        sets.flat_map(|(set, data)| trained.leaks(&set.name, set.reader, data)).collect()
    }

    /// What the readers have to say of the data.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        let training = self.training.iter().flat_map(|data| &data.warnings);
        let validation = self.validation.iter().flat_map(|data| &data.warnings);
        let sets = self.sets.iter().flat_map(|data| &data.warnings);
        training.chain(validation).chain(sets).map(String::as_str)
    }

    /// The training of the plan, ready to run over `views`, those of these rows, with its teacher, if it needs one.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn trainer<'a>(
        &'a self,
        plan: &'a Plan,
        views: Option<&'a StageViews<'a>>,
        teacher: Option<Teacher<'a>>,
        services: &'a Services,
    ) -> Result<Option<Trainer<'a>>> {
        let training = self.training.as_ref().zip(views);
        training
            .map(|(data, views)| {
                let sets = self.validation.iter().map(|set| &set.table).collect();
                let unseen = Unseen { holdout: data.holdout.as_ref(), sets };
                Trainer::new(plan, views, &unseen, teacher, services)
            })
            .transpose()
    }
    /// The measuring of the plan, on these data sets, with every metric made.
    ///
    /// # Errors
    /// As [`Measuring::new`], and if a stage goes by a column that no metric gives.
    pub fn measuring<'a>(
        &'a self,
        plan: &'a Plan,
        services: &Services,
    ) -> Result<Vec<Measuring<'a>>> {
        let sets = plan.evaluations.iter().zip(&self.sets);
        let measuring = sets.map(|(set, data)| Measuring::new(plan, set, data, services));
        let measuring: Vec<Measuring<'_>> = measuring.collect::<Result<_>>()?;
        let columns = measuring.iter().map(|set| set.columns().cloned().collect());
        plan.check_best(&columns.collect::<Vec<_>>())?;
        Ok(measuring)
    }
}
