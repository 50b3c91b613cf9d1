//! What the validations of a stage measure, and under which names the numbers stand in the journal.
//!
//! A misspelt name would otherwise show when the training that it was to decide is over. What the manifest says is
//! settled with the plan; which columns a metric has, only its instance knows ([`Plan::check_best`]).

use super::{Plan, Resolver};
use crate::error::{Diagnostic, Result};
use crate::manifest::types::{self, Experiment, HOLDOUT, Setting};
use crate::plugin::Column;

/// What a stage measures while it trains, and what follows from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidationPlan {
    /// Every so many steps; at the end of the stage only, where left out.
    pub every: Option<u64>,
    /// The losses.
    pub losses: Vec<LossPlan>,
    /// The data sets to measure on, indices of the manifest's `[[evaluate]]`.
    pub evaluations: Vec<usize>,
    /// How the stage tells its best checkpoint, if it does.
    pub best: Option<BestPlan>,
}

/// A validation loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossPlan {
    /// Its name in the journal.
    pub name: String,
    /// Which of the manifest's `[[train.validation]]` it is over; what the data sets hold out, where left out.
    pub set: Option<usize>,
}

/// How a stage tells its best checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BestPlan {
    /// The number that it goes by, as the journal names it.
    pub metric: String,
    /// After how many validations without an improvement the stage ends.
    pub patience: Option<u64>,
    /// Whether the stage ends with its best checkpoint.
    pub restore: bool,
}

impl ValidationPlan {
    /// Whether there is nothing to measure.
    pub fn is_empty(&self) -> bool {
        self.losses.is_empty() && self.evaluations.is_empty()
    }

    /// Whether there is a validation after so many of a stage's steps.
    pub fn is_due(&self, taken: u64, steps: u64) -> bool {
        let in_turn = self.every.is_some_and(|every| taken.is_multiple_of(every));
        !self.is_empty() && taken > 0 && (taken == steps || in_turn)
    }

    /// How many validations a stage of so many steps makes, unless it ends early.
    pub fn count(&self, steps: u64) -> u64 {
        match self.is_empty() {
            true => 0,
            false => steps.div_ceil(self.every.unwrap_or(u64::MAX).max(1)),
        }
    }
}

/// The name of a loss: over a named set, or over what the data sets hold out.
fn loss_name(set: Option<&str>) -> String {
    match set {
        Some(set) => format!("validation/{set}/loss"),
        None => "validation/loss".to_owned(),
    }
}

/// The name of the macro mean of a metric's column on a data set in a setting.
pub fn column_name(data_set: &str, setting: Setting, column: &str) -> String {
    format!("validation/{data_set}/{}/{column}", setting.as_str())
}

/// Data set, setting and column of such a name.
fn column_of(name: &str) -> Option<(&str, &str, &str)> {
    let mut parts = name.strip_prefix("validation/")?.splitn(3, '/');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

impl Plan {
    /// Checks that the columns by which stages tell their best checkpoints are there; `columns` are those of each data
    /// set's metrics.
    ///
    /// # Errors
    /// A diagnostic with the columns that there are.
    pub fn check_best(&self, columns: &[Vec<Column>]) -> Result<()> {
        for (index, stage) in self.stages.iter().enumerate() {
            let validation = &stage.validation;
            let Some(best) = &validation.best else { continue };
            if validation.losses.iter().any(|loss| loss.name == best.metric) {
                continue;
            }
            let mut names = Vec::new();
            for at in &validation.evaluations {
                let set = &self.evaluations[*at].evaluation;
                let columns = columns.get(*at).into_iter().flatten();
                names.extend(columns.flat_map(|column| {
                    let name = |setting: &Setting| column_name(&set.name, *setting, &column.name);
                    set.settings.iter().map(name)
                }));
            }
            if !names.contains(&best.metric) {
                let (set, _, column) = column_of(&best.metric).unwrap_or_default();
                let problem = format!("no metric of `{set}` gives `{column}`");
                let address = format!("train.stage.{index}.validation.best");
                let diagnostic = self.manifest.diagnostic(&address, problem);
                let diagnostic = diagnostic.nearest(&best.metric, names.iter().map(String::as_str));
                return Err(diagnostic.allowed(names.join(", ")).into());
            }
        }
        Ok(())
    }
}

impl Resolver<'_> {
    /// What a stage's validations measure. Without a table it is the loss on what is held out, if anything is.
    pub(super) fn validation(&mut self, stage: &types::Stage, address: &str) -> ValidationPlan {
        let experiment = &self.manifest.experiment;
        let Some(validation) = &stage.validation else {
            let losses = default_losses(experiment);
            return ValidationPlan { losses, ..ValidationPlan::default() };
        };
        let at = format!("{address}.validation");
        let plan = ValidationPlan {
            every: validation.every,
            losses: match &validation.loss {
                None => default_losses(experiment),
                Some(named) => self.losses(named, &format!("{at}.loss")),
            },
            evaluations: self.evaluations(&validation.evaluate, &format!("{at}.evaluate")),
            best: validation.best.as_ref().map(|metric| BestPlan {
                metric: metric.clone(),
                patience: validation.patience,
                restore: validation.restore_best.unwrap_or(true),
            }),
        };
        let asked = validation.loss.as_ref().map_or(0, Vec::len) + validation.evaluate.len();
        if plan.is_empty() && asked == 0 {
            let problem = "there is nothing to measure: nothing is held out, and neither `loss` \
                           nor `evaluate` names anything";
            self.place(Diagnostic::new(problem), &at);
        } else if let Some(best) = &validation.best
            && let Some(diagnostic) = unmeasured(experiment, &plan, best)
        {
            self.place(diagnostic, &format!("{at}.best"));
        }
        plan
    }

    fn losses(&mut self, named: &[String], address: &str) -> Vec<LossPlan> {
        let manifest = self.manifest;
        let train = manifest.experiment.train.iter();
        let sets: Vec<&str> =
            train.flat_map(|train| &train.validation).map(|set| set.name.as_str()).collect();
        let holdout = default_losses(&manifest.experiment);
        let mut losses = Vec::new();
        for (index, name) in named.iter().enumerate() {
            let set = sets.iter().position(|set| set == name);
            match (name == HOLDOUT, set) {
                (true, _) if holdout.is_empty() => {
                    let problem = "nothing is held out: no data set has a `holdout` above 0";
                    let diagnostic = Diagnostic::new(problem).allowed(sets.join(", "));
                    self.place(diagnostic, &format!("{address}.{index}"));
                }
                (true, _) => losses.extend(holdout.iter().cloned()),
                (false, Some(set)) => {
                    losses.push(LossPlan { name: loss_name(Some(name)), set: Some(set) });
                }
                (false, None) => {
                    let known = holdout.iter().map(|_| HOLDOUT).chain(sets.iter().copied());
                    let known: Vec<&str> = known.collect();
                    let problem = format!("no `[[train.validation]]` is named `{name}`");
                    let diagnostic = Diagnostic::new(problem).nearest(name, known.iter().copied());
                    let diagnostic = diagnostic.allowed(known.join(", "));
                    self.place(diagnostic, &format!("{address}.{index}"));
                }
            }
        }
        losses
    }

    fn evaluations(&mut self, named: &[String], address: &str) -> Vec<usize> {
        let manifest = self.manifest;
        let sets = manifest.experiment.evaluate.iter().map(|set| set.name.as_str());
        let sets: Vec<&str> = sets.collect();
        let mut evaluations = Vec::new();
        for (index, name) in named.iter().enumerate() {
            match sets.iter().position(|set| set == name) {
                Some(set) => evaluations.push(set),
                None => {
                    let problem = format!("no `[[evaluate]]` is named `{name}`");
                    let diagnostic = Diagnostic::new(problem).nearest(name, sets.iter().copied());
                    let diagnostic = diagnostic.allowed(sets.join(", "));
                    self.place(diagnostic, &format!("{address}.{index}"));
                }
            }
        }
        evaluations
    }
}

/// The loss on what the data sets hold out, if any does.
fn default_losses(experiment: &Experiment) -> Vec<LossPlan> {
    let data = experiment.train.iter().flat_map(|train| &train.data);
    let held_out = data.filter(|set| set.holdout > 0.0).count() > 0;
    held_out.then(|| LossPlan { name: loss_name(None), set: None }).into_iter().collect()
}

/// What is wrong with the number that a stage goes by, if it is none that the stage measures; whether its metric has
/// the column is not asked.
fn unmeasured(experiment: &Experiment, plan: &ValidationPlan, best: &str) -> Option<Diagnostic> {
    let mut names: Vec<String> = plan.losses.iter().map(|loss| loss.name.clone()).collect();
    if names.iter().any(|name| name == best) {
        return None;
    }
    let sets = &experiment.evaluate;
    let measured = || plan.evaluations.iter().filter_map(|at| sets.get(*at));
    let said = column_of(best).filter(|(set, ..)| sets.iter().any(|other| other.name == *set));
    let problem = match said {
        Some((named, setting, _)) => match measured().find(|set| set.name == named) {
            None => format!("`evaluate` of this validation does not list `{named}`"),
            Some(set) if set.settings.iter().any(|other| other.as_str() == setting) => return None,
            Some(_) => format!("`{named}` is not measured in a setting `{setting}`"),
        },
        None => format!("found {best:?}, which is no number that this stage measures"),
    };
    for set in measured() {
        let metrics = set.metrics.iter().map(|metric| metric.rsplit('/').next().unwrap_or(metric));
        names.extend(metrics.flat_map(|metric| {
            set.settings.iter().map(move |setting| column_name(&set.name, *setting, metric))
        }));
    }
    let diagnostic = Diagnostic::new(problem).nearest(best, names.iter().map(String::as_str));
    Some(diagnostic.allowed(names.join(", ")))
}
