//! The tables of one run.

use std::collections::BTreeMap;
use std::path::Path;

use crate::manifest::types::Setting;
use crate::run::{EvaluationRecord, RunRecord};
use crate::train::Reason;

use super::scope::Scope;
use super::{Table, number, to_the_minute};

/// One table a data set: settings down, metrics across; apart for trained and unseen languages where there are both.
pub fn run_tables(record: &RunRecord) -> Vec<Table> {
    record.evaluation.iter().map(|set| table(record, set)).collect()
}

fn table(record: &RunRecord, set: &EvaluationRecord) -> Table {
    let scopes = Scope::of(record, set);
    let mut header = vec!["setting".to_owned()];
    if scopes.len() > 1 {
        header.push("languages".into());
    }
    header.extend(set.columns.iter().map(|column| column.name.clone()));
    let mut rows = Vec::new();
    for scope in &scopes {
        for setting in Setting::ALL.iter().filter(|s| set.settings.contains_key(s.as_str())) {
            let mut row = vec![setting.as_str().to_owned()];
            if scopes.len() > 1 {
                row.push(scope.as_str().to_owned());
            }
            row.extend(
                set.columns
                    .iter()
                    .map(|column| number(scope.mean(record, set, *setting, &column.name), column)),
            );
            rows.push(row);
        }
    }
    let queries: usize = set.languages.values().map(|size| size.queries).sum();
    let passages: usize = set.languages.values().map(|size| size.passages).sum();
    let languages = set.languages.len();
    Table {
        title: format!(
            "{}: {queries} queries, {passages} passages, {languages} languages",
            set.name
        ),
        header,
        rows,
        notes: left_out(set),
    }
}

fn left_out(set: &EvaluationRecord) -> Vec<String> {
    let counted = set.settings.iter().filter(|(_, setting)| setting.left_out > 0);
    counted
        .map(|(name, s)| {
            format!("{name}: {} queries without a relevant passage left out", s.left_out)
        })
        .collect()
}

/// What each augmenter counted of the texts of training, a line each; where it counts tokens and how many of them it
/// knows, also what share that is.
pub fn augmented(record: &RunRecord) -> Vec<String> {
    let mut counts: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
    for (name, count) in record.training.iter().flat_map(|training| &training.augmented) {
        let (component, name) = name.rsplit_once('/').unwrap_or(("", name));
        counts.entry(component).or_default().push((name, *count));
    }
    let line = |(component, counts): (&str, Vec<(&str, u64)>)| {
        let count = |wanted: &str| counts.iter().find(|(name, _)| *name == wanted);
        let share = match (count("known"), count("tokens")) {
            (Some((_, known)), Some((_, tokens))) if *tokens > 0 => {
                format!(" ({:.1}% known)", 100.0 * *known as f64 / *tokens as f64)
            }
            _ => String::new(),
        };
        let counts: Vec<String> =
            counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        format!("{component}: {}{share}", counts.join(", "))
    };
    counts.into_iter().map(line).collect()
}

/// What a run is: its identity and state, a line each.
pub fn describe_run(record: &RunRecord, folder: &Path) -> Table {
    let mut rows = vec![
        vec!["run".to_owned(), folder.display().to_string()],
        vec!["seed".to_owned(), record.seed.to_string()],
        vec!["status".to_owned(), record.status.as_str().to_owned()],
        vec!["started".to_owned(), to_the_minute(&record.started)],
    ];
    let mut line = |name: &str, value: Option<String>| {
        rows.extend(value.map(|value| vec![name.to_owned(), value]));
    };
    line("trial", record.trial.as_ref().map(|trial| trial.name.clone()));
    line("error", record.error.clone());
    line("took", record.seconds.get("all").map(|seconds| format!("{seconds:.1} s")));
    line("parameters", record.parameters.map(|parameters| parameters.to_string()));
    line("dimensions", record.dim.map(|dim| dim.to_string()));
    if let Some(training) = &record.training {
        line("steps", Some(training.steps.to_string()));
        line("tokens", training.tokens.map(|tokens| tokens.to_string()));
        line("last loss", training.last_loss.map(|loss| format!("{loss:.4}")));
        line("validation loss", training.validation_loss.map(|loss| format!("{loss:.4}")));
        for best in &training.best {
            let what = format!("best of {}", best.stage);
            let value = format!("{} {:.4} after step {}", best.metric, best.value, best.step);
            line(&what, Some(value));
        }
        for end in training.stages.iter().filter(|end| end.reason == Reason::Patience) {
            let what = format!("end of {}", end.stage);
            line(&what, Some(format!("after {} steps, as nothing better came", end.steps)));
        }
        line("ignored", Some(training.ignored.to_string()));
        let augmented = augmented(record).join("; ");
        line("augmented", Some(augmented).filter(|counts| !counts.is_empty()));
    }
    for plugin in &record.provenance.plugins {
        let hash = plugin.hash.get(..12).unwrap_or(&plugin.hash);
        line(&plugin.kind, Some(format!("{} {} ({hash})", plugin.name, plugin.version)));
    }
    Table {
        title: record.experiment.clone(),
        header: vec![String::new(), String::new()],
        rows,
        notes: Vec::new(),
    }
}
