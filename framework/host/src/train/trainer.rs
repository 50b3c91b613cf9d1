//! The loop over stages and steps.

use std::path::Path;
use std::time::Instant;

use crate::corpus::TextTable;
use crate::error::{Diagnostic, Error, Result};
use crate::journal::Journal;
use crate::manifest::types::Stage;
use crate::plan::Plan;
use crate::plugin::{Backend, Services};
use crate::progress::{Progress, StepProgress};

use super::checkpoint::{Checkpoint, FOLDER, Saved};
use super::failure::{kept, lost, with_checkpoint};
use super::prune::prune;
use super::reached::{Reached, Summary};
use super::stage::{StageRun, Steps};
use super::views::StageViews;

/// A plan's stages, ready to run: every sampler, augmenter and objective is made, so that one that refuses does so
/// before a run begins.
pub struct Trainer<'a> {
    pub(super) stages: Vec<StageRun<'a>>,
}

/// Where a training runs, and who is told.
pub struct Surroundings<'a> {
    /// Where checkpoints go.
    pub checkpoints: &'a Path,
    /// How many of the newest are kept.
    pub keep: usize,
    /// The run's journal.
    pub journal: &'a mut Journal,
    /// Who watches.
    pub progress: &'a mut dyn Progress,
}

impl<'a> Trainer<'a> {
    /// Makes every stage ready to run over the rows of its view; `holdout` are the rows of the validation loss.
    ///
    /// # Errors
    /// If a plugin refuses, a sampler over too little data for one.
    pub fn new(
        plan: &'a Plan,
        views: &'a StageViews<'a>,
        holdout: Option<&'a TextTable>,
        services: &'a Services,
    ) -> Result<Self> {
        let stages = (plan.stages.iter().enumerate())
            .map(|(index, stage)| {
                StageRun::new(plan, stage, index, views.of(index), holdout, services)
            })
            .collect::<Result<_>>()?;
        Ok(Self { stages })
    }

    /// Runs every stage, or what is left of them after a checkpoint, whose state the backend is in.
    ///
    /// # Errors
    /// If a plugin, the disk or the record fails; [`Error::Interrupted`] once a checkpoint is saved, or cannot be.
    pub fn train(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        from: Option<&Saved>,
        around: &mut Surroundings<'_>,
    ) -> Result<Summary> {
        if let Some(stage) = self.stages.first() {
            stage.services.memory().begin();
        }
        let (first, mut taken) = self.place(from)?;
        let mut reached = Reached::default();
        if let Some(saved) = from {
            reached = saved.checkpoint.reached.clone();
            around.settle(saved)?;
        }
        for (index, stage) in self.stages.iter_mut().enumerate().skip(first) {
            let plan = &stage.plan.stage;
            around.progress.stage_started(&plan.name, plan.steps, taken);
            for member in stage.supply.members() {
                let drawn = format!("{}/{}", plan.name, member.name);
                reached.summary.batches.entry(drawn).or_default();
            }
            if let Some(saved) = from.filter(|_| index == first && taken > 0) {
                stage.load_objectives(&saved.objectives())?;
            }
            let started = Instant::now();
            let before = reached.summary.steps - taken;
            let steps = Steps::new(stage, before, std::mem::take(&mut taken));
            let mut steps = steps.map_err(|error| around.failed(error, plan))?;
            let ended = around.stage(&mut steps, backend, dim, started, &mut reached);
            ended.map_err(|error| match error {
                Error::Interrupted(_) => around.interrupted(&mut steps, backend, &reached),
                error => error,
            })?;
            around.progress.stage_finished();
            let finished = steps.stage.finish();
            finished.map_err(|error| around.failed(error, plan))?;
        }
        Ok(reached.summary)
    }

    /// The stage that a checkpoint was made in, and how many of its steps were taken.
    fn place(&self, from: Option<&Saved>) -> Result<(usize, u64)> {
        let Some(Saved { checkpoint, folder }) = from else { return Ok((0, 0)) };
        let names = || self.stages.iter().map(|stage| stage.plan.stage.name.as_str());
        match names().position(|name| name == checkpoint.stage) {
            Some(index) => Ok((index, checkpoint.stage_step)),
            None => {
                let problem =
                    format!("it was made in stage `{}`, which there is none of", checkpoint.stage);
                let diagnostic = Diagnostic::new(problem).file(folder);
                Err(diagnostic.allowed(names().collect::<Vec<_>>().join(", ")).into())
            }
        }
    }
}

impl Surroundings<'_> {
    /// Takes the steps that a stage has left, and does what is due after them.
    fn stage(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
        started: Instant,
        reached: &mut Reached,
    ) -> Result<()> {
        // The state may have been saved before the validation that its last step made due.
        if steps.taken() > 0 {
            self.validate(steps, backend, dim, reached)?;
        }
        while !steps.is_over() {
            self.step(steps, backend, dim, started, reached)?;
        }
        Ok(())
    }

    /// Takes a step and records it. What interrupts it leaves the parameters as they were before it, or after.
    fn step(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
        started: Instant,
        reached: &mut Reached,
    ) -> Result<()> {
        if steps.stage.services.cancelled() {
            return Err(Error::interrupted());
        }
        let stage = &steps.stage.plan.stage;
        let taken = steps.take(backend, dim).map_err(|error| self.failed(error, stage))?;
        let Some(taken) = taken else { return Ok(()) };
        let within = steps.stage.services.memory().check();
        within.map_err(|error| self.failed(error, stage))?;
        let languages = &steps.stage.supply.table.languages;
        reached.summary.count(&stage.name, &taken, languages);
        let loss = taken.outcome.loss;
        let mut metrics = vec![
            ("train/loss".to_owned(), loss),
            (format!("train/{}/loss", taken.member), loss),
            ("train/learning-rate".to_owned(), taken.learning_rate),
            ("train/gradient-norm".to_owned(), taken.report.gradient_norm),
        ];
        let scalars = taken.outcome.scalars.iter();
        metrics.extend(scalars.map(|(name, value)| (format!("train/{name}"), *value)));
        self.journal.metrics(reached.summary.steps, metrics)?;
        self.progress.step(&StepProgress {
            step: steps.taken(),
            loss,
            learning_rate: taken.learning_rate,
            texts: (taken.batch.queries.len() + taken.batch.passages.len()) as u64,
            tokens: taken.report.tokens,
            elapsed: started.elapsed(),
        });
        self.validate(steps, backend, dim, reached)?;
        if is_due(steps, stage.checkpoint_every) {
            let sound = steps.check(backend, dim, &taken);
            sound.map_err(|error| self.failed(error, stage))?;
            let saved = self.checkpoint(steps, backend, reached);
            saved.map_err(|error| with_checkpoint(error, self.checkpoints, ""))?;
        }
        Ok(())
    }

    /// Validates where that is due after the steps taken and not yet done.
    fn validate(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
        reached: &mut Reached,
    ) -> Result<()> {
        let (stage, step) = (&steps.stage.plan.stage, reached.summary.steps);
        let done = reached.validation.of(&stage.name).validated == Some(step);
        if done || !is_due(steps, stage.validate_every) {
            return Ok(());
        }
        let loss = steps.validate(backend, dim, usize::MAX);
        let loss = loss.map_err(|error| self.failed(error, stage))?;
        if let Some(loss) = loss {
            reached.summary.validation_loss = Some(loss);
            self.journal.metrics(step, vec![("validation/loss".to_owned(), loss)])?;
            self.progress.validated(loss);
        }
        reached.validation.of(&stage.name).validated = Some(step);
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
    fn interrupted(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        reached: &Reached,
    ) -> Error {
        match self.checkpoint(steps, backend, reached) {
            Ok(()) => kept(Error::interrupted(), self.checkpoints),
            Err(error) => {
                tracing::warn!("the state could not be saved: {error}");
                lost(self.checkpoints)
            }
        }
    }

    /// Saves what was reached, records it, and lets go of what is too old to be of use.
    fn checkpoint(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        reached: &Reached,
    ) -> Result<()> {
        let checkpoint = Checkpoint {
            step: steps.taken_in_run(),
            stage: steps.stage.plan.stage.name.clone(),
            stage_step: steps.taken(),
            journal: self.journal.position()?,
            reached: reached.clone(),
            files: Default::default(),
        };
        let folder = checkpoint
            .clone()
            .save(self.checkpoints, backend, |folder| steps.stage.save_objectives(folder))?;
        self.settle(&Saved { checkpoint, folder })
    }

    /// Records a checkpoint that is the newest, and removes what it makes too old.
    fn settle(&mut self, Saved { checkpoint, .. }: &Saved) -> Result<()> {
        self.journal.artifact(&format!("{FOLDER}/{}", checkpoint.name()))?;
        let best: Vec<u64> = checkpoint.reached.validation.best().map(|best| best.step).collect();
        prune(self.checkpoints, (checkpoint.step, self.keep), &best, self.journal)
    }
}

/// Whether what is to be done every so many steps, and at the end of the stage, is due now.
fn is_due(steps: &Steps<'_, '_>, every: Option<u64>) -> bool {
    steps.is_over() || every.is_some_and(|every| steps.taken().is_multiple_of(every))
}
