//! What a run tells whoever watches it; the command line draws bars from it, tests ignore it.

use std::time::Duration;

use crate::train::{Best, StageEnd};

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

/// One validation, done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValidationProgress<'a> {
    /// Steps taken in the stage.
    pub step: u64,
    /// All that was measured and is defined, by its name in the journal.
    pub values: &'a [(String, f64)],
    /// The best validation of the stage so far, where the stage goes by one.
    pub best: Option<&'a Best>,
    /// Whether that is this one.
    pub improved: bool,
}

/// Watches a run. Every method may be left as it is.
pub trait Progress {
    /// Something of unknown length begins: reading data, preparing the model, searching.
    fn phase(&mut self, _what: &str) {}
    /// A model is being downloaded: so many bytes, as far as is known.
    fn download_started(&mut self, _what: &str, _bytes: u64) {}
    /// So many of these bytes are there.
    fn downloaded(&mut self, _done: u64) {}
    /// A stage of training begins, or goes on after the steps that were `taken` before.
    fn stage_started(&mut self, _name: &str, _steps: u64, _taken: u64) {}
    /// A step was taken.
    fn step(&mut self, _step: &StepProgress) {}
    /// A validation has come to a data set that takes a while.
    fn validating(&mut self, _data_set: &str) {}
    /// A validation was made.
    fn validated(&mut self, _validation: &ValidationProgress<'_>) {}
    /// The stage is over; with the best validation, where the stage goes by one.
    fn stage_finished(&mut self, _end: Option<&StageEnd>, _best: Option<&Best>) {}
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
