//! The first steps of every stage, taken to see how long they take; the model is thrown away afterwards.
//!
//! They are the steps that training itself would begin with, on the same batches and through the same code. Only where
//! a stage follows another does it meet a model that has learnt less than it would have.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::plugin::Backend;
use crate::progress::Progress;

use super::stage::Steps;
use super::trainer::Trainer;

/// Steps of a stage that are timed, after one that is not counted: it fetches memory and fills what is kept.
const TIMED: usize = 3;
/// How long a stage may take for them, unless one step takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a stage went.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsal {
    /// The name of the stage.
    pub stage: String,
    /// Steps that it has.
    pub steps: u64,
    /// Time of its first step.
    pub first_step: Duration,
    /// Mean time of a later step.
    pub step: Duration,
    /// Texts of these steps a second.
    pub texts_per_second: f64,
    /// Tokens of these steps a second, where the backend counts them.
    pub tokens_per_second: Option<f64>,
    /// Time of the losses of one validation.
    pub validation: Duration,
    /// How often the stage validates at most.
    pub validations: u64,
    /// How many checkpoints it makes at most.
    pub checkpoints: u64,
}

impl Trainer<'_> {
    /// Rehearses every stage.
    ///
    /// # Errors
    /// If a plugin fails, or the user interrupts.
    pub fn rehearse(
        &mut self,
        backend: &mut Backend,
        dim: usize,
        progress: &mut dyn Progress,
    ) -> Result<Vec<Rehearsal>> {
        let mut rehearsals = Vec::with_capacity(self.stages.len());
        for stage in &mut self.stages {
            progress.phase(&format!("taking a few steps of stage {}", stage.plan.stage.name));
            let steps = Steps::new(stage, 0, 0)?;
            rehearsals.push(rehearse(steps, backend, dim)?);
        }
        Ok(rehearsals)
    }
}

fn rehearse(mut steps: Steps<'_, '_>, backend: &mut Backend, dim: usize) -> Result<Rehearsal> {
    let began = Instant::now();
    let mut times = Vec::with_capacity(TIMED + 1);
    let (mut texts, mut tokens) = (0, None);
    while times.len() <= TIMED && (times.len() < 2 || began.elapsed() < PATIENCE) {
        if steps.stage.services.cancelled() {
            return Err(Error::interrupted());
        }
        let begins = Instant::now();
        let Some(taken) = steps.take(backend, dim)? else { break };
        times.push(begins.elapsed());
        // The first step counts only as long as it is the only one.
        if times.len() == 2 {
            (texts, tokens) = (0, None);
        }
        texts += taken.batch.queries.len() + taken.batch.passages.len();
        if let Some(counted) = taken.report.tokens {
            *tokens.get_or_insert(0) += counted;
        }
    }
    let first_step = times.first().copied().unwrap_or_default();
    let timed = if times.len() > 1 { &times[1..] } else { &times[..] };
    let all: Duration = timed.iter().sum();
    let a_second = |count: f64| count / all.as_secs_f64().max(f64::MIN_POSITIVE);
    let begins = Instant::now();
    steps.losses(backend, dim, 1)?;
    let (one_batch, settings) = (begins.elapsed(), &steps.stage.plan.stage);
    let (losses, validation) = (&steps.stage.losses, &steps.stage.plan.validation);
    // One batch of each was timed, and their batches are about as large.
    let batches = losses.iter().map(|loss| {
        let pairs = loss.pairs();
        pairs as f64 / settings.batch_size.min(pairs) as f64
    });
    let batches = batches.sum::<f64>() / losses.len().max(1) as f64;
    // Every validation might be the best so far.
    let keeps = |step: u64| {
        let in_turn = settings.checkpoint_every.is_some_and(|every| step.is_multiple_of(every));
        let best = validation.best.is_some() && validation.is_due(step, settings.steps);
        step == settings.steps || in_turn || best
    };
    Ok(Rehearsal {
        stage: settings.name.clone(),
        steps: settings.steps,
        first_step,
        step: all / (timed.len() as u32).max(1),
        texts_per_second: a_second(texts as f64),
        tokens_per_second: tokens.map(|tokens| a_second(tokens as f64)),
        validation: one_batch.mul_f64(batches),
        validations: match losses.is_empty() && validation.evaluations.is_empty() {
            true => 0,
            false => validation.count(settings.steps),
        },
        checkpoints: (1..=settings.steps).filter(|step| keeps(*step)).count() as u64,
    })
}
