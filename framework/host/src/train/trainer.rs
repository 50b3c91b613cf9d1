//! The loop over stages and steps.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

use crate::error::{Diagnostic, Error, Result};
use crate::journal::Journal;
use crate::manifest::types::Stage;
use crate::plan::Plan;
use crate::plugin::{Backend, Services};
use crate::progress::{Progress, StepProgress};
use crate::retrieval::Measuring;

use super::checkpoint::{Checkpoint, FOLDER, Saved};
use super::failure::{kept, lost, with_checkpoint};
use super::prune::prune;
use super::reached::{Reached, Summary};
use super::stage::{StageRun, Steps, Taken};
use super::teacher::Teacher;
use super::validation::Unseen;
use super::views::StageViews;

/// A plan's stages, ready to run: every sampler, augmenter and objective is made, so that one that refuses does so
/// before a run begins.
pub struct Trainer<'a> {
    pub(super) stages: Vec<StageRun<'a>>,
}

/// Where a training runs, and who is told.
pub struct Surroundings<'a, 'm> {
    /// Where checkpoints go.
    pub checkpoints: &'a Path,
    /// How many of the newest are kept.
    pub keep: usize,
    /// The run's journal.
    pub journal: &'a mut Journal,
    /// The data sets to measure on, those of the manifest in their order.
    pub measuring: &'a mut [Measuring<'m>],
    /// Who watches.
    pub progress: &'a mut dyn Progress,
}

impl<'a> Trainer<'a> {
    /// Makes every stage ready to run over the rows of its view, and to compute its losses on what is `unseen`; where an
    /// objective asks for one, with a teacher.
    ///
    /// # Errors
    /// If a plugin refuses, a sampler over too little data for one, there are no pairs for a loss, or the teacher lacks
    /// texts in its language.
    pub fn new(
        plan: &'a Plan,
        views: &'a StageViews<'a>,
        unseen: &Unseen<'a>,
        teacher: Option<Teacher<'a>>,
        services: &'a Services,
    ) -> Result<Self> {
        let teacher = teacher.map(|teacher| Rc::new(RefCell::new(teacher)));
        let stages = (plan.stages.iter().enumerate())
            .map(|(index, stage)| {
                let view = views.of(index);
                StageRun::new(plan, stage, index, view, unseen, teacher.as_ref(), services)
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
        around: &mut Surroundings<'_, '_>,
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
            if plan.reset_optimizer && taken == 0 {
                let reset = backend.reset_optimizer().map_err(Into::into);
                reset.map_err(|error| around.failed(error, plan))?;
            }
            let started = Instant::now();
            let before = reached.summary.steps.checked_sub(taken).ok_or_else(|| {
                let problem = "the checkpoint is damaged: it counts too few steps of the run";
                Diagnostic::new(problem)
            })?;
            let steps = Steps::new(stage, before, std::mem::take(&mut taken));
            let mut steps = steps.map_err(|error| around.failed(error, plan))?;
            let ended = around.stage(&mut steps, backend, dim, started, &mut reached);
            let last = ended.map_err(|error| match error {
                Error::Interrupted(_) => around.interrupted(&mut steps, backend, &reached),
                error => error,
            })?;
            around.end(&mut steps, backend, dim, last.as_ref(), &mut reached)?;
            let finished = steps.stage.finish();
            finished.map_err(|error| around.failed(error, plan))?;
        }
        Ok(reached.into_summary())
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

impl Surroundings<'_, '_> {
    /// Takes the steps that a stage has left, and does what is due after them; gives the last of them, if there was one.
    fn stage<'a>(
        &mut self,
        steps: &mut Steps<'_, 'a>,
        backend: &mut Backend,
        dim: usize,
        started: Instant,
        reached: &mut Reached,
    ) -> Result<Option<Taken<'a>>> {
        let mut last = None;
        loop {
            // The state may have been saved before the validation that its last step made due.
            self.after_step(steps, backend, dim, last.as_ref(), reached)?;
            if Self::reason_to_end(steps, reached).is_some() {
                return Ok(last);
            }
            last = self.step(steps, backend, dim, started, reached)?;
        }
    }

    /// Takes a step and records it. What interrupts it leaves the parameters as they were before it, or after.
    fn step<'a>(
        &mut self,
        steps: &mut Steps<'_, 'a>,
        backend: &mut Backend,
        dim: usize,
        started: Instant,
        reached: &mut Reached,
    ) -> Result<Option<Taken<'a>>> {
        if steps.stage.services.cancelled() {
            return Err(Error::interrupted());
        }
        let stage = &steps.stage.plan.stage;
        let taken = steps.take(backend, dim).map_err(|error| self.failed(error, stage))?;
        let Some(taken) = taken else { return Ok(None) };
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
        Ok(Some(taken))
    }

    /// Validation and checkpoint, when they are due. Those at the end of the stage are [`end`](Self::end)'s, but for the
    /// validation, which may be what ends it.
    fn after_step(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
        last: Option<&Taken<'_>>,
        reached: &mut Reached,
    ) -> Result<()> {
        let improved = self.validate(steps, backend, dim, reached)?;
        let stage = &steps.stage.plan.stage;
        let in_turn = |every: u64| last.is_some() && steps.taken().is_multiple_of(every);
        let keeps = improved || stage.checkpoint_every.is_some_and(in_turn);
        if !keeps || Self::reason_to_end(steps, reached).is_some() {
            return Ok(());
        }
        if let Some(last) = last {
            let sound = steps.check(backend, dim, last);
            sound.map_err(|error| self.failed(error, stage))?;
        }
        let saved = self.checkpoint(steps, backend, reached);
        saved.map_err(|error| with_checkpoint(error, self.checkpoints, ""))
    }

    /// A failure in a stage, with what is left of the training.
    pub(super) fn failed(&self, error: Error, stage: &Stage) -> Error {
        let advice = match stage.checkpoint_every {
            None => "; set `checkpoint_every`",
            Some(_) => "",
        };
        with_checkpoint(error, self.checkpoints, advice)
    }

    /// Saves what was reached when the user asked to stop, and says where. A backend may refuse, for its parameters are
    /// no longer finite; then the checkpoint before stays the newest.
    pub(super) fn interrupted(
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
    pub(super) fn checkpoint(
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
