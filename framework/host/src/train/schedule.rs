//! The learning rate of a step.

use std::f64::consts::PI;

use crate::manifest::types::{Schedule, Stage};

/// The learning rate of step `step` (from 0) of a stage: rises along a line over the warmup, whose last step has the
/// peak rate, then follows the schedule, which would reach zero one step after the last.
///
/// The shapes are those of Hugging Face's `get_linear_schedule_with_warmup` and `get_cosine_schedule_with_warmup`, but
/// for the warmup, which is one step ahead, so that no step is taken at rate zero; the first step after it has the peak
/// rate as well.
pub fn learning_rate(stage: &Stage, step: u64) -> f64 {
    let warmup = (stage.warmup * stage.steps as f64).round();
    let done = step as f64 + 1.0;
    if done <= warmup {
        return stage.learning_rate * done / warmup;
    }
    let progress = (done - 1.0 - warmup) / (stage.steps as f64 - warmup).max(1.0);
    stage.learning_rate
        * match stage.schedule {
            Schedule::Constant => 1.0,
            Schedule::Linear => 1.0 - progress,
            Schedule::Cosine => 0.5 * (1.0 + (PI * progress).cos()),
        }
}
