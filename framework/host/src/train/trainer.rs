//! The loop over stages and steps.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus::TextTable;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::manifest::types::Stage;
use crate::plan::Plan;
use crate::plugin::{Backend, CorpusView, Services};
use crate::progress::{Progress, StepProgress};

use super::checkpoint::{Checkpoint, FOLDER};
use super::failure::{kept, lost, with_checkpoint};
use super::stage::{StageRun, Steps, Taken};

/// A plan's stages, ready to run: every sampler, augmenter and objective is made, so that one that refuses does so
/// before a run begins.
pub struct Trainer<'a> {
    pub(super) stages: Vec<StageRun<'a>>,
}

/// Where a training runs, and who is told.
pub struct Surroundings<'a> {
    /// Where checkpoints go.
    pub checkpoints: &'a Path,
    /// The run's journal.
    pub journal: &'a mut Journal,
    /// Who watches.
    pub progress: &'a mut dyn Progress,
}

/// What training did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Steps taken.
    pub steps: u64,
    /// Pairs seen.
    pub pairs: u64,
    /// Texts encoded for training, the second encoding of gradient caching not counted.
    pub texts: u64,
    /// Tokens of these texts, where the backend counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// How often a passage was neither right nor wrong for a query of its batch.
    pub ignored: u64,
    /// Steps by `stage/member`.
    pub drawn: BTreeMap<String, u64>,
    /// Loss of the last step.
    pub last_loss: Option<f64>,
    /// Validation loss at the end of the last stage.
    pub validation_loss: Option<f64>,
}

impl Summary {
    fn count(&mut self, taken: &Taken<'_>) {
        let Taken { batch, outcome, report, .. } = taken;
        self.steps += 1;
        self.pairs += batch.queries.len() as u64;
        self.texts += (batch.queries.len() + batch.passages.len()) as u64;
        if let Some(tokens) = report.tokens {
            *self.tokens.get_or_insert(0) += tokens;
        }
        self.ignored += batch.relevance.ignored.items().len() as u64;
        self.last_loss = Some(outcome.loss);
    }
}

impl<'a> Trainer<'a> {
    /// Makes every stage ready to run over the rows of `view`; `holdout` are the rows of the validation loss.
    ///
    /// # Errors
    /// If a plugin refuses, a sampler over too little data for one.
    pub fn new(
        plan: &'a Plan,
        view: &'a CorpusView<'a>,
        holdout: Option<&'a TextTable>,
        services: &'a Services,
    ) -> Result<Self> {
        let stages = (plan.stages.iter().enumerate())
            .map(|(index, stage)| StageRun::new(plan, stage, index, view, holdout, services))
            .collect::<Result<_>>()?;
        Ok(Self { stages })
    }

    /// Runs every stage.
    ///
    /// # Errors
    /// If a plugin, the disk or the record fails; [`Error::Interrupted`] once a checkpoint is saved, or cannot be.
    pub fn train(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        around: &mut Surroundings<'_>,
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        if let Some(stage) = self.stages.first() {
            stage.services.memory().begin();
        }
        for stage in &mut self.stages {
            let plan = &stage.plan.stage;
            around.progress.stage_started(&plan.name, plan.steps);
            for member in stage.members() {
                summary.drawn.insert(format!("{}/{member}", plan.name), 0);
            }
            let started = Instant::now();
            let steps = Steps::new(stage, summary.steps);
            let mut steps = steps.map_err(|error| around.failed(error, plan))?;
            while !steps.is_over() {
                let stepped = around.step(&mut steps, backend, dim, started, &mut summary);
                stepped.map_err(|error| match error {
                    Error::Interrupted(_) => around.interrupted(&steps, backend),
                    error => error,
                })?;
            }
            around.progress.stage_finished();
            let finished = steps.stage.finish();
            finished.map_err(|error| around.failed(error, plan))?;
        }
        Ok(summary)
    }
}

impl Surroundings<'_> {
    /// Takes a step and records it. What interrupts it leaves the parameters as they were before it, or after.
    fn step(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
        started: Instant,
        summary: &mut Summary,
    ) -> Result<()> {
        if steps.stage.services.cancelled() {
            return Err(Error::interrupted());
        }
        let stage = &steps.stage.plan.stage;
        let taken = steps.take(backend, dim).map_err(|error| self.failed(error, stage))?;
        let Some(taken) = taken else { return Ok(()) };
        let within = steps.stage.services.memory().check();
        within.map_err(|error| self.failed(error, stage))?;
        summary.count(&taken);
        *summary.drawn.entry(format!("{}/{}", stage.name, taken.member)).or_default() += 1;
        let loss = taken.outcome.loss;
        let mut metrics = vec![
            ("train/loss".to_owned(), loss),
            (format!("train/{}/loss", taken.member), loss),
            ("train/learning-rate".to_owned(), taken.learning_rate),
            ("train/gradient-norm".to_owned(), taken.report.gradient_norm),
        ];
        let scalars = taken.outcome.scalars.iter();
        metrics.extend(scalars.map(|(name, value)| (format!("train/{name}"), *value)));
        self.journal.metrics(summary.steps, metrics)?;
        self.progress.step(&StepProgress {
            step: steps.taken(),
            loss,
            learning_rate: taken.learning_rate,
            texts: (taken.batch.queries.len() + taken.batch.passages.len()) as u64,
            tokens: taken.report.tokens,
            elapsed: started.elapsed(),
        });
        self.after_step(steps, backend, dim, &taken, summary)
    }

    /// Validation and checkpoint, when they are due; both are at the end of the stage.
    fn after_step(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
        taken: &Taken<'_>,
        summary: &mut Summary,
    ) -> Result<()> {
        let stage = &steps.stage.plan.stage;
        let due = |every: Option<u64>| {
            steps.is_over() || every.is_some_and(|every| steps.taken().is_multiple_of(every))
        };
        let (validates, keeps) = (due(stage.validate_every), due(stage.checkpoint_every));
        if validates {
            let loss = steps.validate(backend, dim, usize::MAX);
            let loss = loss.map_err(|error| self.failed(error, stage))?;
            if let Some(loss) = loss {
                summary.validation_loss = Some(loss);
                let step = summary.steps;
                self.journal.metrics(step, vec![("validation/loss".to_owned(), loss)])?;
                self.progress.validated(loss);
            }
        }
        if keeps {
            let sound = steps.check(backend, dim, taken);
            sound.map_err(|error| self.failed(error, stage))?;
            let saved = self.checkpoint(steps, backend);
            saved.map_err(|error| with_checkpoint(error, self.checkpoints, ""))?;
        }
        Ok(())
    }

    /// A failure in a stage, with what is left of the training.
    fn failed(&self, error: Error, stage: &Stage) -> Error {
        let advice = match stage.checkpoint_every {
            None => "; set `checkpoint_every`",
            Some(_) => "",
        };
        with_checkpoint(error, self.checkpoints, advice)
    }

    /// Saves what was reached when the user asked to stop, and says where. A backend may refuse, for its parameters are
    /// no longer finite; then the checkpoint before stays the newest.
    fn interrupted(&mut self, steps: &Steps<'_, '_>, backend: &mut Backend) -> Error {
        match self.checkpoint(steps, backend) {
            Ok(()) => kept(Error::interrupted(), self.checkpoints),
            Err(error) => {
                tracing::warn!("the state could not be saved: {error}");
                lost(self.checkpoints)
            }
        }
    }

    /// Saves what was reached, and records it.
    fn checkpoint(&mut self, steps: &Steps<'_, '_>, backend: &mut Backend) -> Result<()> {
        let checkpoint = Checkpoint {
            step: steps.taken_in_run(),
            stage: steps.stage.plan.stage.name.clone(),
            stage_step: steps.taken(),
        };
        checkpoint.save(self.checkpoints, backend)?;
        self.journal.artifact(&format!("{FOLDER}/{}", checkpoint.name()))
    }
}
