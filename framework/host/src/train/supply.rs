//! Where the batches of a stage come from: the draws of its mix, its samplers, its augmenters.
//!
//! Training takes a step on each, a preview shows them. Both walk these draws, so that what is shown is what is trained
//! on, and neither backend nor objective has a part in it.

use crate::corpus::TextTable;
use crate::error::Result;
use crate::keys::Key;
use crate::plan::{Chosen, Member, Plan, StagePlan};
use crate::plugin::{Augmenter, CorpusView, Law, Sampler, Services};

use super::batch::{Augmented, TrainingBatch};
use super::failure::{Failure, Place};
use super::mix::{Draw, Draws, draws, stage_key};

/// The batches of one stage.
pub struct Supply<'a> {
    /// The stage.
    pub plan: &'a StagePlan,
    /// The rows that its samplers draw from.
    pub table: &'a TextTable,
    key: Key,
    members: Vec<Drawn<'a>>,
    augmenters: Vec<Augmenter>,
}

/// A member of the mix that is drawn at all.
struct Drawn<'a> {
    plan: &'a Member,
    sampler: Sampler<'a>,
    seed: u64,
}

impl<'a> Supply<'a> {
    /// Makes the samplers and augmenters of a stage, the plan's `index`th, over the rows of `view`.
    ///
    /// # Errors
    /// If a plugin refuses, a sampler over too little data for one.
    pub fn new(
        plan: &'a Plan,
        stage: &'a StagePlan,
        index: usize,
        view: &'a CorpusView<'a>,
        services: &'a Services,
    ) -> Result<Self> {
        let key = stage_key(plan.manifest.experiment.seed, index);
        let seed = key.child("plugins").u64();
        let member = |member: &'a Member| {
            let chosen = &member.sampler;
            let (options, size) = (&chosen.options, stage.stage.batch_size);
            let sampler = Sampler::create(&chosen.component, options, view, size, services);
            Ok(Drawn {
                plan: member,
                sampler: sampler.map_err(|error| plan.refused(chosen, error))?,
                seed: key.child("sampler").child(&member.name).u64(),
            })
        };
        let augmenter = |chosen: &Chosen| {
            Augmenter::create(&chosen.component, &chosen.options, seed, services)
                .map_err(|error| plan.refused(chosen, error))
        };
        let (_, drawn) = stage.shares.drawn();
        Ok(Self {
            plan: stage,
            table: view.table(),
            members: drawn.into_iter().map(|at| member(&stage.mix[at])).collect::<Result<_>>()?,
            augmenters: stage.augmenters.iter().map(augmenter).collect::<Result<_>>()?,
            key,
        })
    }

    /// The members of the mix that are drawn at all; a draw's member is one of these.
    pub fn members(&self) -> impl Iterator<Item = &'a Member> {
        self.members.iter().map(|member| member.plan)
    }

    /// The member that a draw is of.
    pub fn member(&self, draw: Draw) -> &'a Member {
        self.members[draw.member].plan
    }

    /// The draws of all steps of the stage.
    pub fn draws(&self) -> Draws {
        draws(self.plan, &self.key)
    }

    /// The batch of a step, judged; a pure function of the draw.
    pub(super) fn batch(&mut self, draw: Draw, step: u64) -> Result<TrainingBatch, Failure> {
        let member = &mut self.members[draw.member];
        let rows = member.sampler.sample(member.seed, draw.ordinal)?;
        let key = self.key.child("text").child_u64(step);
        Ok(TrainingBatch::new(self.table, rows, self.plan.stage.ignore_same_group, &key))
    }

    /// The batch of a step of a stage that so many steps of the run come before.
    ///
    /// # Errors
    /// With the place of the step, if the sampler fails.
    pub fn batch_of_step(&mut self, draw: Draw, step: u64, before: u64) -> Result<TrainingBatch> {
        let (stage, member) = (self.plan, self.member(draw));
        let batch = Some((member.name.as_str(), draw.ordinal));
        let place = Place { stage, step, before, beside: "", batch };
        self.batch(draw, step).map_err(|failure| place.explain(failure, None))
    }

    /// How many batches an epoch of a member's sampler has; `None` if it does not say.
    ///
    /// # Errors
    /// If the sampler fails.
    pub fn epoch_length(&mut self, member: usize) -> Result<Option<u64>> {
        match self.members[member].sampler.epoch_length() {
            Ok(batches) => Ok(Some(batches)),
            Err(error) if error.is_unsupported() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The languages that a member's sampler says it draws; `None` if it states no law.
    ///
    /// # Errors
    /// If the sampler fails.
    pub fn law(&mut self, member: usize) -> Result<Option<Law>> {
        Ok(self.members[member].sampler.law()?)
    }

    /// Whether texts reach the model as they stand in the corpus.
    pub fn is_plain(&self) -> bool {
        self.augmenters.is_empty()
    }

    /// A batch after every augmenter; `None` if there is no augmenter.
    ///
    /// # Errors
    /// If an augmenter fails.
    pub fn augmented(&mut self, batch: &TrainingBatch) -> Result<Option<Augmented>> {
        batch.augmented(self.table, &mut self.augmenters)
    }

    /// Looks, at the end of the stage, for what its samplers may have done in silence.
    ///
    /// # Errors
    /// If one has changed the corpus.
    pub fn finish(&self) -> Result<()> {
        Ok(self.members.iter().try_for_each(|member| member.sampler.finish())?)
    }
}
