//! What a run tells whoever watches it; the command line draws bars from it, tests ignore it.

use std::time::Duration;

/// One step, done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepProgress {
    /// Steps taken in the stage.
    pub step: u64,
    /// Loss of the step.
    pub loss: f64,
    /// Learning rate of the step.
    pub learning_rate: f64,
    /// Texts of the step.
    pub texts: u64,
    /// Tokens of the step; `None` if the backend does not count them.
    pub tokens: Option<u64>,
    /// Time since the stage began.
    pub elapsed: Duration,
}

/// Watches a run. Every method may be left as it is.
pub trait Progress {
    /// Something of unknown length begins: reading data, preparing the model, searching.
    fn phase(&mut self, _what: &str) {}
    /// A stage of training begins, or goes on after the steps that were `taken` before.
    fn stage_started(&mut self, _name: &str, _steps: u64, _taken: u64) {}
    /// A step was taken.
    fn step(&mut self, _step: &StepProgress) {}
    /// The validation loss was computed.
    fn validated(&mut self, _loss: f64) {}
    /// The stage is over.
    fn stage_finished(&mut self) {}
    /// Encoding begins of as many texts, for example the passages of a data set.
    fn encoding_started(&mut self, _what: &str, _texts: usize) {}
    /// So many of these texts are encoded.
    fn encoded(&mut self, _done: usize) {}
    /// A trial of a sweep begins, the `number`th of `all`.
    fn trial_started(&mut self, _name: &str, _number: usize, _all: usize) {}
    /// A line for the reader.
    fn note(&mut self, _line: &str) {}
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}
