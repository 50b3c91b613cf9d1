//! A stage's plugins, made, and its steps, one after another.
//!
//! Nothing here knows of a run's folder: what becomes of a step, a journal's line or a measured time, is the caller's.

use std::path::Path;

use crate::corpus::TextTable;
use crate::error::Result;
use crate::keys::Key;
use crate::plan::{Chosen, Member, Plan, StagePlan};
use crate::plugin::{
    Augmenter, Backend, CorpusView, Mode, Sampler, Services, StepArgs, StepReport,
};

use super::batch::TrainingBatch;
use super::failure::{Failure, Place};
use super::gradient::{Chunks, accumulate, embed};
use super::mix::{Draw, Draws, draws, stage_key};
use super::objectives::{Objectives, Outcome};
use super::schedule::learning_rate;
use super::validation::Validation;

/// One stage, ready to run.
pub(super) struct StageRun<'a> {
    pub(super) plan: &'a StagePlan,
    table: &'a TextTable,
    pub(super) services: &'a Services,
    key: Key,
    members: Vec<MemberRun<'a>>,
    augmenters: Vec<Augmenter>,
    pub(super) objectives: Objectives,
    pub(super) validation: Option<Validation<'a>>,
}

/// A member of the mix that is drawn at all.
struct MemberRun<'a> {
    plan: &'a Member,
    sampler: Sampler<'a>,
    seed: u64,
    objectives: Option<Objectives>,
}

impl<'a> StageRun<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        stage: &'a StagePlan,
        index: usize,
        view: &'a CorpusView<'a>,
        holdout: Option<&'a TextTable>,
        services: &'a Services,
    ) -> Result<Self> {
        let root = Key::root(plan.manifest.experiment.seed);
        let key = stage_key(plan.manifest.experiment.seed, index);
        let seed = key.child("plugins").u64();
        let settings = &stage.stage;
        let member = |member: &'a Member| {
            let chosen = &member.sampler;
            let (options, size) = (&chosen.options, settings.batch_size);
            let sampler = Sampler::create(&chosen.component, options, view, size, services);
            let own = member.objectives.as_ref();
            let own = own.map(|own| Objectives::create(plan, own, seed, services));
            Ok(MemberRun {
                plan: member,
                sampler: sampler.map_err(|error| plan.refused(chosen, error))?,
                seed: key.child("sampler").child(&member.name).u64(),
                objectives: own.transpose()?,
            })
        };
        let drawn = stage.shares.drawn().1.into_iter();
        let members = drawn.map(|at| member(&stage.mix[at])).collect::<Result<_>>()?;
        let augmenter = |chosen: &Chosen| {
            Augmenter::create(&chosen.component, &chosen.options, seed, services)
                .map_err(|error| plan.refused(chosen, error))
        };
        Ok(Self {
            plan: stage,
            table: view.table(),
            services,
            members,
            augmenters: stage.augmenters.iter().map(augmenter).collect::<Result<_>>()?,
            objectives: Objectives::create(plan, &stage.objectives, seed, services)?,
            validation: holdout.map(|table| {
                let key = root.child("validation");
                Validation::new(table, settings.batch_size, settings.ignore_same_group, &key)
            }),
            key,
        })
    }

    /// The members of the mix that are drawn at all.
    pub(super) fn members(&self) -> impl Iterator<Item = &'a str> {
        self.members.iter().map(|member| member.plan.name.as_str())
    }

    /// The batch of a step, judged; a pure function of the draw.
    fn batch(&mut self, draw: Draw, step: u64) -> Result<TrainingBatch, Failure> {
        let member = &mut self.members[draw.member];
        let rows = member.sampler.sample(member.seed, draw.ordinal)?;
        let key = self.key.child("text").child_u64(step);
        Ok(TrainingBatch::new(self.table, rows, self.plan.stage.ignore_same_group, &key))
    }

    /// Saves the parameters that objectives have, those of members of the mix too, into a folder.
    pub(super) fn save_objectives(&mut self, _folder: &Path) -> Result<()> {
        Ok(())
    }

    /// Loads what was saved into a folder.
    pub(super) fn load_objectives(&mut self, _folder: &Path) -> Result<()> {
        Ok(())
    }

    /// Looks, at the end of the stage, for what its plugins may have done in silence.
    pub(super) fn finish(&self) -> Result<()> {
        self.members.iter().try_for_each(|member| member.sampler.finish())?;
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
    ) -> Result<(Outcome, StepReport), Failure> {
        let stage = &self.plan.stage;
        let augmented = batch.augmented(self.table, &mut self.augmenters)?;
        let texts = match &augmented {
            None => batch.texts(self.table),
            Some(augmented) => batch.with_texts(self.table, augmented),
        };
        let own = self.members[member].objectives.as_mut();
        let objectives = own.unwrap_or(&mut self.objectives);
        let chunks = Chunks { size: stage.chunk, services: None };
        let outcome = accumulate(backend, objectives, dim, batch, &texts, chunks, at.1)?;
        let report = backend.step(StepArgs {
            learning_rate: learning_rate(stage, at.0),
            weight_decay: stage.weight_decay,
            clip: stage.clip,
        })?;
        Ok((outcome, report))
    }

    /// Tells the backend what comes next, where no augmenter may still change it.
    fn hint(&self, backend: &mut Backend, next: Option<&TrainingBatch>) -> Result<(), Failure> {
        match next {
            Some(batch) if self.augmenters.is_empty() => {
                Ok(backend.prefetch(&batch.texts(self.table))?)
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
}

/// The steps of a stage. The batch of the next step is drawn before a step is taken, so that the backend can be told.
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
        let mut draws = draws(stage.plan, &stage.key);
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
        let at = (self.taken, self.before + self.taken);
        let stepped = self.stage.step(backend, dim, draw.member, &batch, at);
        let (outcome, report) = stepped.map_err(|failure| {
            self.place(self.taken, draw, "").explain(failure, Some((self.stage.table, &batch)))
        })?;
        self.taken += 1;
        let hinted = self.stage.hint(backend, self.next.as_ref().map(|(_, batch)| batch));
        if let (Err(failure), Some((draw, batch))) = (hinted, &self.next) {
            let place = self.place(self.taken, *draw, "");
            return Err(place.explain(failure, Some((self.stage.table, batch))));
        }
        Ok(Some(Taken {
            member: &self.stage.members[draw.member].plan.name,
            ordinal: draw.ordinal,
            batch,
            learning_rate: learning_rate(&self.stage.plan.stage, at.0),
            outcome,
            report,
        }))
    }

    /// Fails if the model no longer encodes the batch that it has just learnt from: a step of finite gradients may
    /// still have overflown the parameters, and what shows it is the next batch of the same words.
    pub(super) fn check(&self, backend: &mut Backend, dim: usize, last: &Taken<'_>) -> Result<()> {
        let (table, plan) = (self.stage.table, self.stage.plan);
        let texts = last.batch.texts(table);
        let chunks = Chunks { size: plan.stage.chunk, services: Some(self.stage.services) };
        match embed(backend, dim, Mode::Inference, &texts, chunks) {
            Ok(_) => Ok(()),
            Err(failure) => {
                let (step, before) = (self.taken.saturating_sub(1), self.before);
                let beside = ", encoded again after it";
                let batch = (last.member, last.ordinal);
                let place = Place { stage: plan, step, before, beside, batch };
                Err(place.explain(failure, Some((table, &last.batch))))
            }
        }
    }

    /// The loss on what was held out, of which it takes as many batches at most, after the steps taken so far.
    pub(super) fn validate(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        most: usize,
    ) -> Result<Option<f64>> {
        let step = self.taken_in_run();
        let StageRun { plan, validation, objectives, services, .. } = &mut *self.stage;
        let Some(validation) = validation else { return Ok(None) };
        let chunks = Chunks { size: plan.stage.chunk, services: Some(services) };
        validation.loss(backend, objectives, dim, chunks, step, most).map_err(
            |(failure, number)| {
                let place = Place {
                    stage: plan,
                    step: self.taken.saturating_sub(1),
                    before: self.before,
                    beside: ", in the validation after it",
                    batch: ("validation", number as u64),
                };
                place.explain(failure, validation.batch(number))
            },
        )
    }

    /// Draws the batch of a step, if the stage has it.
    fn draw(&mut self, step: u64) -> Result<Option<(Draw, TrainingBatch)>> {
        let Some(draw) = self.draws.next() else { return Ok(None) };
        match self.stage.batch(draw, step) {
            Ok(batch) => Ok(Some((draw, batch))),
            Err(failure) => Err(self.place(step, draw, "").explain(failure, None)),
        }
    }

    fn place(&self, step: u64, draw: Draw, beside: &'static str) -> Place<'a> {
        let member = self.stage.members[draw.member].plan;
        let batch = (member.name.as_str(), draw.ordinal);
        Place { stage: self.stage.plan, step, before: self.before, beside, batch }
    }
}
