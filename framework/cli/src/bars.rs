//! Progress on a terminal: a bar for what can be counted, a spinner for what cannot. In a pipe there is silence.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use triglot_host::progress::{Progress, StepProgress};

/// Draws progress on standard error.
pub struct Bars {
    shown: bool,
    quiet: bool,
    bar: ProgressBar,
    trial: String,
    validation: Option<f64>,
}

impl Bars {
    /// Bars, shown if standard error is a terminal and `quiet` is not asked for.
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let (trial, bar) = (String::new(), ProgressBar::hidden());
        Self { shown, quiet, bar, trial, validation: None }
    }

    fn replace(&mut self, bar: ProgressBar, template: &str) {
        self.bar.finish_and_clear();
        self.bar = if self.shown { bar } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸─"));
        }
        self.bar.set_prefix(self.trial.clone());
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bars {
    fn phase(&mut self, what: &str) {
        self.replace(ProgressBar::new_spinner(), "{prefix}{spinner} {msg}");
        self.bar.set_message(what.to_owned());
        self.bar.enable_steady_tick(Duration::from_millis(120));
    }

    fn stage_started(&mut self, name: &str, steps: u64) {
        self.replace(
            ProgressBar::new(steps),
            "{prefix}{bar:24} {pos}/{len} steps, {eta} left, {msg}",
        );
        self.bar.set_message(name.to_owned());
        self.validation = None;
    }

    fn step(&mut self, step: &StepProgress) {
        let rate = step.texts as f64 * step.step as f64 / step.elapsed.as_secs_f64().max(1e-9);
        let mut message = format!("loss {:.4}, {rate:.0} texts/s", step.loss);
        if let Some(loss) = self.validation {
            message += &format!(", validation {loss:.4}");
        }
        self.bar.set_message(message);
        self.bar.set_position(step.step);
    }

    fn validated(&mut self, loss: f64) {
        self.validation = Some(loss);
    }

    fn stage_finished(&mut self) {
        self.bar.finish_and_clear();
    }

    fn encoded(&mut self, done: usize, all: usize) {
        if self.bar.length() != Some(all as u64) || self.bar.message() != "encoding" {
            self.replace(ProgressBar::new(all as u64), "{prefix}{bar:24} {pos}/{len} texts, {msg}");
            self.bar.set_message("encoding");
        }
        self.bar.set_position(done as u64);
    }

    fn trial_started(&mut self, name: &str, number: usize, all: usize) {
        self.trial = format!("[{number}/{all}] {name}  ");
        if !self.quiet && !self.shown {
            eprintln!("[{number}/{all}] {name}");
        }
    }

    fn note(&mut self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }
}
