//! Progress: on a terminal a bar for what can be counted and a spinner for what cannot; elsewhere a line now and then,
//! so that who looks into the log of a long run finds a sign of life there.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use triglot_host::progress::{Progress, StepProgress, ValidationProgress};
use triglot_host::train::{Best, StageEnd};

use crate::line::{self, Training, Validated};
use crate::pace::Pace;

/// The least time between two lines in a log.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Of what a bar is drawn.
const BAR: &str = "━╸─";

/// Shows progress on standard error.
pub struct Bars {
    output: Output,
    bar: ProgressBar,
    trial: String,
    /// What is at work: the name of a stage, or what is encoded.
    what: String,
    /// How much there is of it.
    all: u64,
    began: Instant,
    lines: Lines,
    done: Pace,
    texts: Pace,
    tokens: Pace,
    validation: Option<Validated>,
}

/// Where progress goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Terminal,
    Log,
    Nowhere,
}

impl Bars {
    /// Progress as fits standard error; none if `quiet`.
    pub fn new(quiet: bool) -> Self {
        let output = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Output::Nowhere,
            (false, true) => Output::Terminal,
            (false, false) => Output::Log,
        };
        Self {
            output,
            bar: ProgressBar::hidden(),
            trial: String::new(),
            what: String::new(),
            all: 0,
            began: Instant::now(),
            lines: Lines::default(),
            done: Pace::default(),
            texts: Pace::default(),
            tokens: Pace::default(),
            validation: None,
        }
    }

    fn replace(&mut self, bar: ProgressBar, template: &str) {
        self.bar.finish_and_clear();
        self.bar = if self.output == Output::Terminal { bar } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars(BAR));
        }
        self.bar.set_prefix(self.trial.clone());
    }

    /// Begins to count up to `all`.
    fn count(&mut self, what: &str, all: u64, unit: &str) {
        self.replace(
            ProgressBar::new(all),
            &format!("{{prefix}}{{bar:24}} {{pos}}/{{len}} {unit}, {{msg}}"),
        );
        self.bar.set_message(what.to_owned());
        (self.what, self.all, self.began) = (what.to_owned(), all, Instant::now());
        (self.done, self.texts, self.tokens) = Default::default();
        self.lines = Lines::default();
    }

    /// Shows how far it has come: behind the bar, or as a line if one is due.
    fn show(&mut self, done: u64, position: &str, message: String, elapsed: Duration) {
        match self.output {
            Output::Terminal => {
                self.bar.set_message(message);
                self.bar.set_position(done);
            }
            Output::Log if self.lines.due(elapsed) => {
                eprintln!("{}{}: {position}, {message}", self.trial, self.what);
            }
            Output::Log | Output::Nowhere => {}
        }
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

    fn download_started(&mut self, what: &str, bytes: u64) {
        self.count(what, bytes, "");
        let template = "{prefix}{bar:24} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left, {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars(BAR));
        }
    }

    fn downloaded(&mut self, done: u64) {
        let position = format!("{} of {}", HumanBytes(done), HumanBytes(self.all));
        let elapsed = self.began.elapsed();
        let message = match self.output {
            Output::Terminal => self.what.clone(),
            Output::Log | Output::Nowhere => "downloading".to_owned(),
        };
        self.show(done, &position, message, elapsed);
    }

    fn stage_started(&mut self, name: &str, steps: u64, taken: u64) {
        self.count(name, steps, "steps");
        self.bar.set_position(taken);
        self.done = Pace::from(taken);
        self.validation = None;
    }

    fn step(&mut self, step: &StepProgress) {
        self.done.reached(step.step, step.elapsed);
        self.texts.added(step.texts, step.elapsed);
        self.tokens.added(step.tokens.unwrap_or(0), step.elapsed);
        let message = line::training(&Training {
            loss: step.loss,
            texts: self.texts.per_second(),
            tokens: self.tokens.per_second(),
            validation: self.validation,
            left: self.done.left(self.all),
        });
        let position = format!("step {}/{}", step.step, self.all);
        self.show(step.step, &position, message, step.elapsed);
    }

    fn validating(&mut self, data_set: &str) {
        self.bar.set_message(format!("validating on {data_set}"));
    }

    fn validated(&mut self, validation: &ValidationProgress<'_>) {
        self.validation = Validated::of(validation);
        if self.output == Output::Log {
            let (step, said) = (validation.step, line::validation(validation));
            eprintln!("{}{}: step {step}/{}, {said}", self.trial, self.what, self.all);
        }
    }

    fn stage_finished(&mut self, end: Option<&StageEnd>, best: Option<&Best>) {
        self.bar.finish_and_clear();
        let said = end.and_then(|end| line::ended(end, best, self.all));
        if let Some(said) = said.filter(|_| self.output != Output::Nowhere) {
            eprintln!("{}{}: {said}", self.trial, self.what);
        }
    }

    fn encoding_started(&mut self, what: &str, texts: usize) {
        self.count(what, texts as u64, "texts");
    }

    fn encoded(&mut self, done: usize) {
        let elapsed = self.began.elapsed();
        self.done.reached(done as u64, elapsed);
        let message = line::encoding(self.done.per_second(), self.done.left(self.all));
        let position = format!("{done} of {} texts", self.all);
        self.show(done as u64, &position, message, elapsed);
    }

    fn trial_started(&mut self, name: &str, number: usize, all: usize) {
        self.trial = format!("[{number}/{all}] {name}  ");
        if self.output == Output::Log {
            eprintln!("[{number}/{all}] {name}");
        }
    }

    fn note(&mut self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }
}

/// When the next line is due.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    last: Duration,
}

impl Lines {
    /// Whether a line is due at this time since the beginning; then the next one is due a while later.
    fn due(&mut self, elapsed: Duration) -> bool {
        let due = elapsed.saturating_sub(self.last) >= LINE_EVERY;
        if due {
            self.last = elapsed;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gets_a_line_after_ten_seconds_and_then_no_more_often() {
        let mut lines = Lines::default();
        let due: Vec<u64> =
            (0..35).filter(|second| lines.due(Duration::from_secs(*second))).collect();
        assert_eq!(due, [10, 20, 30]);
        assert!(lines.due(Duration::from_secs(1000)));
        assert!(!lines.due(Duration::from_secs(1009)));
    }
}
