//! A stage's plugins, made, and its steps, one after another.
//!
//! Nothing here knows of a run's folder: what becomes of a step, a journal's line or a measured time, is the caller's.

use std::path::Path;

use crate::error::{Error, Result};
use crate::plan::{Plan, StagePlan};
use crate::plugin::{Backend, CorpusView, Mode, Services, StepArgs, StepReport};

use super::batch::TrainingBatch;
use super::counts::AugmentCounts;
use super::failure::{Failure, Place};
use super::gradient::{Chunks, Encoder, accumulate};
use super::mix::{Draw, Draws, stage_key};
use super::objectives::{Objectives, Outcome};
use super::schedule::learning_rate;
use super::supply::Supply;
use super::teacher::{SharedTeacher, taught};
use super::validation::{Loss, Unseen};

/// One stage, ready to run.
pub(super) struct StageRun<'a> {
    pub(super) plan: &'a StagePlan,
    pub(super) supply: Supply<'a>,
    pub(super) services: &'a Services,
    /// The objectives of members with their own.
    own: Vec<Option<Objectives>>,
    pub(super) objectives: Objectives,
    pub(super) losses: Vec<Loss<'a>>,
    teacher: Option<SharedTeacher<'a>>,
}

impl<'a> StageRun<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        stage: &'a StagePlan,
        index: usize,
        view: &'a CorpusView<'a>,
        unseen: &Unseen<'a>,
        teacher: Option<&SharedTeacher<'a>>,
        services: &'a Services,
    ) -> Result<Self> {
        let steps = stage.stage.steps;
        let seed = stage_key(plan.manifest.experiment.seed, index).child("plugins").u64();
        let supply = Supply::new(plan, stage, index, view, services)?;
        let own = supply.members().map(|member| {
            let own = member.objectives.as_ref();
            own.map(|own| Objectives::create(plan, own, steps, seed, services)).transpose()
        });
        let made = Self {
            plan: stage,
            own: own.collect::<Result<_>>()?,
            supply,
            services,
            objectives: Objectives::create(plan, &stage.objectives, steps, seed, services)?,
            losses: unseen.losses(plan, stage, index, &view.table().languages)?,
            teacher: teacher.cloned(),
        };
        made.check_teacher(plan)?;
        Ok(made)
    }

    /// Looks whether the teacher finds the texts that it is to read.
    fn check_teacher(&self, plan: &Plan) -> Result<()> {
        let Some(teacher) = &self.teacher else { return Ok(()) };
        let (own, stages) = (self.own.iter().flatten(), &self.objectives);
        let mut tables = Vec::new();
        if own.chain([stages]).any(Objectives::learn_from_a_teacher) {
            tables.push(self.supply.table);
        }
        if stages.learn_from_a_teacher() {
            tables.extend(self.losses.iter().map(Loss::table));
        }
        let teacher = teacher.borrow();
        tables.into_iter().try_for_each(|table| teacher.check(plan, table))
    }

    /// Saves the parameters that objectives have, those of members of the mix too, into a folder.
    pub(super) fn save_objectives(&mut self, folder: &Path) -> Result<()> {
        self.all_objectives().try_for_each(|(name, all)| all.save(&folder.join(name)))
    }

    /// Loads what was saved into a folder.
    pub(super) fn load_objectives(&mut self, folder: &Path) -> Result<()> {
        self.all_objectives().try_for_each(|(name, all)| all.load(&folder.join(name)))
    }

    /// The objectives of the stage and those that members of the mix have of their own, each with a name for a folder.
    fn all_objectives(&mut self) -> impl Iterator<Item = (String, &mut Objectives)> {
        let own = self.supply.members().zip(&mut self.own);
        // By name: a changed manifest may put the members in another order.
        let own = own
            .filter_map(|(member, own)| Some((format!("member/{}", member.name), own.as_mut()?)));
        std::iter::once(("stage".to_owned(), &mut self.objectives)).chain(own)
    }

    /// Looks, at the end of the stage, for what its plugins may have done in silence.
    pub(super) fn finish(&self) -> Result<()> {
        self.supply.finish()?;
        self.services.check_late_calls()
    }

    /// One step; `at` is the step in the stage and in the run.
    fn step(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        member: usize,
        batch: &TrainingBatch,
        at: (u64, u64),
    ) -> Result<(Outcome, StepReport, AugmentCounts), Failure> {
        let stage = &self.plan.stage;
        let augmented = self.supply.augmented(batch)?;
        let texts = match &augmented {
            None => batch.texts(self.supply.table),
            Some(augmented) => batch.with_texts(self.supply.table, &augmented.texts),
        };
        let own = self.own[member].as_mut();
        let objectives = own.unwrap_or(&mut self.objectives);
        let chunks = Chunks { size: stage.chunk, services: None };
        let taught = taught(self.teacher.as_ref(), objectives, self.supply.table, batch)?;
        let mut encoder = Encoder { backend, dim, chunks };
        let outcome = accumulate(&mut encoder, objectives, batch, &texts, taught.as_ref(), at)?;
        let learning_rate = learning_rate(stage, at.0);
        let report = backend.step(StepArgs {
            learning_rate,
            weight_decay: stage.weight_decay,
            clip: stage.clip,
        })?;
        objectives.step(at.0, learning_rate)?;
        Ok((outcome, report, augmented.map(|augmented| augmented.counts).unwrap_or_default()))
    }

    /// Tells the backend what comes next, where no augmenter may still change it.
    fn hint(&self, backend: &mut Backend, next: Option<&TrainingBatch>) -> Result<(), Failure> {
        match next {
            Some(batch) if self.supply.is_plain() => {
                Ok(backend.prefetch(&batch.texts(self.supply.table))?)
            }
            _ => Ok(()),
        }
    }
}

/// What a step did.
pub(super) struct Taken<'a> {
    /// The name of the member that drew the batch.
    pub(super) member: &'a str,
    pub(super) ordinal: u64,
    pub(super) batch: TrainingBatch,
    pub(super) learning_rate: f64,
    pub(super) outcome: Outcome,
    pub(super) report: StepReport,
    /// What the augmenters counted.
    pub(super) augmented: AugmentCounts,
}

/// The steps of a stage. The batch of the next step is drawn before a step is taken, so that the backend can
/// be told of it and make it ready meanwhile.
pub(super) struct Steps<'s, 'a> {
    pub(super) stage: &'s mut StageRun<'a>,
    draws: Draws,
    next: Option<(Draw, TrainingBatch)>,
    taken: u64,
    before: u64,
}

impl<'s, 'a> Steps<'s, 'a> {
    /// Draws the first batch of a stage that has taken so many steps already; `before` are the steps of the run before
    /// it.
    pub(super) fn new(stage: &'s mut StageRun<'a>, before: u64, taken: u64) -> Result<Self> {
        // The draws of the steps taken are made again without their batches, so that every member goes on counting.
        let mut draws = stage.supply.draws();
        draws.by_ref().take(usize::try_from(taken).unwrap_or(usize::MAX)).for_each(drop);
        let mut steps = Self { stage, draws, next: None, taken, before };
        steps.next = steps.draw(taken)?;
        Ok(steps)
    }

    /// Steps taken.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Steps taken, those of earlier stages too.
    pub(super) fn taken_in_run(&self) -> u64 {
        self.before + self.taken
    }

    /// Whether no step is left.
    pub(super) fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// Takes a step; `None` if none is left.
    ///
    /// # Errors
    /// With the place of the step, if a plugin fails or a number is not finite.
    pub(super) fn take(&mut self, backend: &mut Backend, dim: usize) -> Result<Option<Taken<'a>>> {
        let Some((draw, batch)) = self.next.take() else { return Ok(None) };
        self.next = self.draw(self.taken + 1)?;
        let hinted = self.stage.hint(backend, self.next.as_ref().map(|(_, batch)| batch));
        if let (Err(failure), Some((draw, batch))) = (hinted, &self.next) {
            let place = self.place(self.taken + 1, *draw, "");
            let error = place.explain(failure, Some((self.stage.supply.table, batch)));
            // What gives up a hint gives up nothing else.
            if !error.is_interrupted() {
                return Err(error);
            }
        }
        let at = (self.taken, self.before + self.taken);
        let stepped = self.stage.step(backend, dim, draw.member, &batch, at);
        let (outcome, report, augmented) = stepped.map_err(|failure| {
            self.place(self.taken, draw, "")
                .explain(failure, Some((self.stage.supply.table, &batch)))
        })?;
        self.taken += 1;
        Ok(Some(Taken {
            member: &self.stage.supply.member(draw).name,
            ordinal: draw.ordinal,
            batch,
            learning_rate: learning_rate(&self.stage.plan.stage, at.0),
            outcome,
            report,
            augmented,
        }))
    }

    /// Fails if the model no longer encodes the batch that it has just learnt from: a step of finite gradients may
    /// still have overflown the parameters, and what shows it is the next batch of the same words.
    pub(super) fn check(&self, backend: &mut Backend, dim: usize, last: &Taken<'_>) -> Result<()> {
        let (table, plan) = (self.stage.supply.table, self.stage.plan);
        let texts = last.batch.texts(table);
        let chunks = Chunks { size: plan.stage.chunk, services: Some(self.stage.services) };
        match (Encoder { backend, dim, chunks }).embed(Mode::Inference, &texts) {
            Ok(_) => Ok(()),
            Err(failure) => {
                let (step, before) = (self.taken.saturating_sub(1), self.before);
                let beside = ", encoded again after it";
                let batch = Some((last.member, last.ordinal));
                let place = Place { stage: plan, step, before, beside, batch };
                Err(place.explain(failure, Some((table, &last.batch))))
            }
        }
    }

    /// The losses on what is never trained on, over so many batches of each at most, after the steps taken so far.
    ///
    /// # Errors
    /// With the place of the validation, if a plugin fails or a number is not finite.
    pub(super) fn losses(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        most: usize,
    ) -> Result<Vec<(&'a str, f64)>> {
        let (step, place) = (self.taken_in_run(), self.validation());
        let StageRun { plan, losses, objectives, services, teacher, .. } = &mut *self.stage;
        // The weights that the stage ends with: losses before and after are to be on one scale.
        let at = (plan.stage.steps, step);
        let chunks = Chunks { size: plan.stage.chunk, services: Some(services) };
        let mut encoder = Encoder { backend, dim, chunks };
        let mut values = Vec::with_capacity(losses.len());
        for loss in losses.iter() {
            let value = loss.compute(&mut encoder, objectives, teacher.as_ref(), at, most);
            let value = value.map_err(|(failure, number)| {
                let pairs = loss.name().strip_suffix("/loss").unwrap_or(loss.name());
                let place = Place { batch: Some((pairs, number as u64)), ..place };
                place.explain(failure, loss.batch(number))
            });
            values.push((loss.name(), value?));
        }
        Ok(values)
    }

    /// A failure in the validation after the last step, with its place.
    pub(super) fn in_validation(&self, error: Error) -> Error {
        self.validation().explain(error, None)
    }

    /// The validation after the last step.
    fn validation(&self) -> Place<'a> {
        let (step, before) = (self.taken.saturating_sub(1), self.before);
        let beside = ", in the validation after it";
        Place { stage: self.stage.plan, step, before, beside, batch: None }
    }

    /// Draws the batch of a step, if the stage has it.
    fn draw(&mut self, step: u64) -> Result<Option<(Draw, TrainingBatch)>> {
        let Some(draw) = self.draws.next() else { return Ok(None) };
        match self.stage.supply.batch(draw, step) {
            Ok(batch) => Ok(Some((draw, batch))),
            Err(failure) => Err(self.place(step, draw, "").explain(failure, None)),
        }
    }

    fn place(&self, step: u64, draw: Draw, beside: &'static str) -> Place<'a> {
        let member = self.stage.supply.member(draw);
        let batch = Some((member.name.as_str(), draw.ordinal));
        Place { stage: self.stage.plan, step, before: self.before, beside, batch }
    }
}
