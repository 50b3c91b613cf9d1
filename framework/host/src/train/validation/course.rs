//! What follows from a validation: a new best checkpoint, the early end of a stage, the way back to its best.
//!
//! Whatever decides lies in what training has [`Reached`], which every checkpoint holds. A validation counts as made
//! once it is there: a run that is stopped before makes it again, and comes to the same.

use crate::error::{Error, Result};
use crate::plugin::Backend;
use crate::progress::ValidationProgress;
use crate::train::Surroundings;
use crate::train::best::{Best, Reason, StageEnd};
use crate::train::checkpoint;
use crate::train::failure::{kept, with_checkpoint};
use crate::train::reached::Reached;
use crate::train::stage::{Steps, Taken};

impl Surroundings<'_, '_> {
    /// Validates where that is due after the steps taken and not yet done; whether the stage has a new best then.
    pub(in crate::train) fn validate(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
        reached: &mut Reached,
    ) -> Result<bool> {
        let plan = steps.stage.plan;
        let (stage, step) = (&plan.stage, steps.taken_in_run());
        let made = reached.validation.of(&stage.name).validated == Some(step);
        if made || !plan.validation.is_due(steps.taken(), stage.steps) {
            return Ok(false);
        }
        let values = self.measure(steps, backend, dim);
        let values = values.map_err(|error| self.failed(error, stage))?;
        let known = reached.validation.of(&stage.name);
        known.validated = Some(step);
        let mut improved = false;
        if let Some(best) = &plan.validation.best {
            let found = values.iter().find(|value| value.name == best.metric);
            let (value, higher_is_better) =
                found.map_or((f64::NAN, false), |found| (found.value, found.higher_is_better));
            if value.is_nan() {
                tracing::warn!("{} is undefined after step {step}, which is no best", best.metric);
            }
            improved = known.judge(step, &best.metric, value, higher_is_better);
        }
        // What is undefined is absent, as it is from the metrics of the record.
        let values = values.into_iter().filter(|value| !value.value.is_nan());
        let values: Vec<(String, f64)> = values.map(|value| (value.name, value.value)).collect();
        let holdout = values.iter().find(|(name, _)| name == "validation/loss");
        if let Some((_, loss)) = holdout {
            reached.summary.validation_loss = Some(*loss);
        }
        self.journal.metrics(step, values.clone())?;
        let (best, step) = (known.best.as_ref(), steps.taken());
        self.progress.validated(&ValidationProgress { step, values: &values, best, improved });
        Ok(improved)
    }

    /// Why the stage ends after the steps taken, if it does.
    pub(in crate::train) fn reason_to_end(
        steps: &Steps<'_, '_>,
        reached: &mut Reached,
    ) -> Option<Reason> {
        let plan = steps.stage.plan;
        if steps.is_over() {
            return Some(Reason::Steps);
        }
        let patience = plan.validation.best.as_ref().and_then(|best| best.patience);
        reached.validation.of(&plan.stage.name).is_out_of(patience).then_some(Reason::Patience)
    }

    /// Ends a stage: goes back to its best checkpoint where that is wanted, and saves what goes on.
    ///
    /// # Errors
    /// If the backend, an objective or the disk fails, or the user interrupts.
    pub(in crate::train) fn end(
        &mut self,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
        dim: usize,
        last: Option<&Taken<'_>>,
        reached: &mut Reached,
    ) -> Result<()> {
        let plan = steps.stage.plan;
        let stage = &plan.stage;
        let Some(reason) = Self::reason_to_end(steps, reached) else { return Ok(()) };
        let known = reached.validation.of(&stage.name);
        if known.end.is_none() {
            let goes_back = plan.validation.best.as_ref().filter(|best| best.restore);
            let best = goes_back.and(known.best.clone());
            if let (Some(wanted), None) = (goes_back, &best) {
                let metric = &wanted.metric;
                tracing::warn!("{metric} was never defined: {} goes on as it ended", stage.name);
            }
            match (&best, last) {
                (Some(best), _) if best.step != steps.taken_in_run() => {
                    // A model that is loaded in part is no state to save.
                    let loaded = self.restore(best, steps, backend);
                    let loaded = loaded.map_err(|error| kept(error, self.checkpoints));
                    loaded.map_err(|error| self.failed(error, stage))?;
                }
                (_, Some(last)) => match steps.check(backend, dim, last) {
                    Err(Error::Interrupted(_)) => {
                        return Err(self.interrupted(steps, backend, reached));
                    }
                    sound => sound.map_err(|error| self.failed(error, stage))?,
                },
                (_, None) => {}
            }
            reached.validation.of(&stage.name).end = Some(StageEnd {
                stage: stage.name.clone(),
                steps: steps.taken(),
                reason,
                restored: best.map(|best| best.step),
            });
            let saved = self.checkpoint(steps, backend, reached);
            let saved = saved.map_err(|error| kept(error, self.checkpoints));
            saved.map_err(|error| with_checkpoint(error, self.checkpoints, ""))?;
        }
        let known = reached.validation.of(&stage.name);
        self.progress.stage_finished(known.end.as_ref(), known.best.as_ref());
        Ok(())
    }

    /// Loads the best checkpoint of the stage.
    fn restore(
        &mut self,
        best: &Best,
        steps: &mut Steps<'_, '_>,
        backend: &mut Backend,
    ) -> Result<()> {
        let saved = checkpoint::at(self.checkpoints, best.step).map_err(|error| {
            Error::failed(format!("the best checkpoint cannot be loaded back: {error}"))
        })?;
        backend.load(&saved.backend())?;
        steps.stage.load_objectives(&saved.objectives())
    }
}
