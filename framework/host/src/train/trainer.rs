//! The loop over stages and steps.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus::TextTable;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::keys::Key;
use crate::plan::{Chosen, Member, Plan, StagePlan};
use crate::plugin::{Augmenter, Backend, CorpusView, Sampler, Services, StepArgs};
use crate::progress::{Progress, StepProgress};

use super::batch::TrainingBatch;
use super::checkpoint::Checkpoint;
use super::gradient::accumulate;
use super::mix::{Draw, draws, mix_key, stage_key};
use super::objectives::{Objectives, Outcome};
use super::schedule::learning_rate;
use super::validation::Validation;

/// A plan's stages, ready to run: every sampler, augmenter and objective is made, so that one that refuses does so
/// before a run begins.
pub struct Trainer<'a> {
    stages: Vec<StageRun<'a>>,
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
    fn count(&mut self, batch: &TrainingBatch, outcome: &Outcome) {
        self.steps += 1;
        self.pairs += batch.queries.len() as u64;
        self.texts += (batch.queries.len() + batch.passages.len()) as u64;
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
    /// If a plugin, the disk or the record fails; [`crate::Error::Interrupted`] once a checkpoint is saved.
    pub fn train(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        around: &mut Surroundings<'_>,
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        for stage in &mut self.stages {
            let plan = &stage.plan.stage;
            around.progress.stage_started(&plan.name, plan.steps);
            stage.run(backend, dim, around, &mut summary)?;
            around.progress.stage_finished();
        }
        Ok(summary)
    }
}

/// One stage while it runs.
struct StageRun<'a> {
    plan: &'a StagePlan,
    table: &'a TextTable,
    services: &'a Services,
    key: Key,
    members: Vec<MemberRun<'a>>,
    augmenters: Vec<Augmenter>,
    objectives: Objectives,
    validation: Option<Validation<'a>>,
}

/// A member of the mix that is drawn at all.
struct MemberRun<'a> {
    plan: &'a Member,
    sampler: Sampler<'a>,
    seed: u64,
    objectives: Option<Objectives>,
    drawn: u64,
}

impl<'a> StageRun<'a> {
    fn new(
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
                drawn: 0,
            })
        };
        let drawn = stage.mix.iter().filter(|member| member.share > 0.0);
        let members = drawn.map(member).collect::<Result<_>>()?;
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

    fn run(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        around: &mut Surroundings<'_>,
        summary: &mut Summary,
    ) -> Result<()> {
        let steps = self.plan.stage.steps;
        let shares: Vec<f64> = self.members.iter().map(|member| member.plan.share).collect();
        let mix_key = mix_key(&self.key);
        let mut draws = draws(&shares, &mix_key, steps);
        let mut next = draws.next().map(|draw| self.batch(draw, 0)).transpose()?;
        let started = Instant::now();
        for step in 0..steps {
            let Some((draw, batch)) = next.take() else { break };
            if self.services.cancelled() {
                self.checkpoint(backend, around, step, summary.steps)?;
                return Err(Error::Interrupted);
            }
            next = draws.next().map(|draw| self.batch(draw, step + 1)).transpose()?;
            let (outcome, norm) = self.step(backend, dim, draw, &batch, (step, summary.steps))?;
            self.hint(backend, next.as_ref())?;
            let rate = learning_rate(&self.plan.stage, step);
            let member = &mut self.members[draw.member];
            member.drawn += 1;
            summary.count(&batch, &outcome);
            let mut metrics = vec![
                ("train/loss".to_owned(), outcome.loss),
                (format!("train/{}/loss", member.plan.name), outcome.loss),
                ("train/learning-rate".to_owned(), rate),
                ("train/gradient-norm".to_owned(), norm),
            ];
            metrics.extend(outcome.scalars.into_iter().map(|(n, v)| (format!("train/{n}"), v)));
            around.journal.metrics(summary.steps, metrics)?;
            around.progress.step(&StepProgress {
                step: step + 1,
                loss: outcome.loss,
                learning_rate: rate,
                texts: (batch.queries.len() + batch.passages.len()) as u64,
                elapsed: started.elapsed(),
            });
            self.after_step(backend, dim, around, summary, step + 1)?;
        }
        for member in &self.members {
            let name = format!("{}/{}", self.plan.stage.name, member.plan.name);
            summary.drawn.insert(name, member.drawn);
        }
        Ok(())
    }

    /// The batch of a step, judged; a pure function of the draw.
    fn batch(&mut self, draw: Draw, step: u64) -> Result<(Draw, TrainingBatch)> {
        let member = &mut self.members[draw.member];
        let rows = member.sampler.sample(member.seed, draw.ordinal)?;
        let key = self.key.child("text").child_u64(step);
        Ok((draw, TrainingBatch::new(self.table, rows, self.plan.stage.ignore_same_group, &key)))
    }

    /// One step; `at` is the step in the stage and in the run. Returns the loss and the norm of the gradient.
    fn step(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        draw: Draw,
        batch: &TrainingBatch,
        at: (u64, u64),
    ) -> Result<(Outcome, f64)> {
        let stage = &self.plan.stage;
        let augmented = batch.augmented(self.table, &mut self.augmenters)?;
        let texts = match &augmented {
            None => batch.texts(self.table),
            Some(augmented) => batch.with_texts(self.table, augmented),
        };
        let own = self.members[draw.member].objectives.as_mut();
        let objectives = own.unwrap_or(&mut self.objectives);
        let outcome = accumulate(backend, objectives, dim, batch, &texts, stage.chunk, at.1)?;
        let norm = backend.step(StepArgs {
            learning_rate: learning_rate(stage, at.0),
            weight_decay: stage.weight_decay,
            clip: stage.clip,
        })?;
        Ok((outcome, norm.gradient_norm))
    }

    /// Tells the backend what comes next, where no augmenter may still change it.
    fn hint(&self, backend: &mut Backend, next: Option<&(Draw, TrainingBatch)>) -> Result<()> {
        match next {
            Some((_, batch)) if self.augmenters.is_empty() => {
                Ok(backend.prefetch(&batch.texts(self.table))?)
            }
            _ => Ok(()),
        }
    }

    /// Validation and checkpoint, when they are due; both are at the end of the stage.
    fn after_step(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        around: &mut Surroundings<'_>,
        summary: &mut Summary,
        taken: u64,
    ) -> Result<()> {
        let stage = &self.plan.stage;
        let due = |every: Option<u64>| {
            taken == stage.steps || every.is_some_and(|every| taken.is_multiple_of(every))
        };
        if due(stage.validate_every)
            && let Some(validation) = &self.validation
        {
            let (objectives, step) = (&mut self.objectives, summary.steps);
            let loss = validation.loss(backend, objectives, dim, stage.chunk, step)?;
            if let Some(loss) = loss {
                summary.validation_loss = Some(loss);
                around.journal.metrics(step, vec![("validation/loss".to_owned(), loss)])?;
                around.progress.validated(loss);
            }
        }
        if due(stage.checkpoint_every) {
            self.checkpoint(backend, around, taken, summary.steps)?;
        }
        Ok(())
    }

    /// Saves what was reached, and records it.
    fn checkpoint(
        &self,
        backend: &mut Backend,
        around: &mut Surroundings<'_>,
        stage_step: u64,
        step: u64,
    ) -> Result<()> {
        let checkpoint = Checkpoint { step, stage: self.plan.stage.name.clone(), stage_step };
        checkpoint.save(around.checkpoints, backend)?;
        around.journal.artifact(&format!("checkpoints/{}", checkpoint.name()))
    }
}
