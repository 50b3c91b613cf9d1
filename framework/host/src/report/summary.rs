//! The tables of one run.

use std::collections::BTreeMap;
use std::path::Path;

use crate::manifest::types::Setting;
use crate::retrieval::Ranker;
use crate::run::{ColumnRecord, EvaluationRecord, Gap, RunRecord, Scope};
use crate::train::Reason;

use super::baseline::Baselines;
use super::{GAP_NOTE, Table, number, to_the_minute};

/// Two tables a data set, metrics across: settings down, and gaps between settings. BM25 has lines of its own, and trained
/// and unseen languages stand apart where there are both.
pub fn run_tables(record: &RunRecord) -> Vec<Table> {
    let sets = record.evaluation.iter();
    sets.flat_map(|set| [Some(table(record, set)), gaps(record, set)]).flatten().collect()
}

fn table(record: &RunRecord, set: &EvaluationRecord) -> Table {
    let settings = Setting::ALL.into_iter().filter(|s| set.settings.contains_key(s.as_str()));
    let lines: Vec<(&str, Setting)> = settings.map(|setting| (setting.as_str(), setting)).collect();
    let queries: usize = set.languages.values().map(|size| size.queries).sum();
    let passages: usize = set.languages.values().map(|size| size.passages).sum();
    let languages = set.languages.len();
    let title =
        format!("{}: {queries} queries, {passages} passages, {languages} languages", set.name);
    let columns: Vec<&ColumnRecord> = set.columns.iter().collect();
    let mut table =
        lines_of((record, set), ("setting", &lines), &columns, |ranker, scope, setting, column| {
            scope.mean(record, (ranker, set), setting, column)
        });
    table.notes = left_out(set);
    table.notes.extend(Baselines::of([record], &set.name).notes(false));
    Table { title, ..table }
}

/// How much is lost across languages; none where no column has a gap.
fn gaps(record: &RunRecord, set: &EvaluationRecord) -> Option<Table> {
    let gap =
        |ranker, scope: Scope, gap, column: &str| scope.gap(record, (ranker, set), gap, column);
    let has = |wanted: Gap, column: &ColumnRecord| {
        gap(Ranker::Model, Scope::All, wanted, &column.name).is_some()
    };
    let columns: Vec<&ColumnRecord> =
        set.columns.iter().filter(|column| Gap::ALL.iter().any(|gap| has(*gap, column))).collect();
    let has = |wanted: &Gap| columns.iter().any(|column| has(*wanted, column));
    let lines: Vec<(&str, Gap)> =
        Gap::ALL.into_iter().filter(has).map(|gap| (gap.title(), gap)).collect();
    let title = format!("{}: gaps between settings", set.name);
    let notes = vec![GAP_NOTE.to_owned()];
    let table = lines_of((record, set), ("gap", &lines), &columns, gap);
    (!lines.is_empty()).then_some(Table { title, notes, ..table })
}

/// A table of a line for every scope, ranker and thing of a list; `value` gives the cell of a column.
fn lines_of<T: Copy>(
    (record, set): (&RunRecord, &EvaluationRecord),
    (name, things): (&str, &[(&str, T)]),
    columns: &[&ColumnRecord],
    value: impl Fn(Ranker, Scope, T, &str) -> Option<f64>,
) -> Table {
    let scopes = Scope::of(record, set);
    let mut rankers = vec![("model", Ranker::Model)];
    rankers.extend(set.bm25.as_ref().map(|_| ("bm25", Ranker::Bm25)));
    let mut header = vec![name.to_owned()];
    header.extend((rankers.len() > 1).then(|| "ranked by".to_owned()));
    header.extend((scopes.len() > 1).then(|| "languages".to_owned()));
    header.extend(columns.iter().map(|column| column.name.clone()));
    let mut rows = Vec::new();
    for scope in &scopes {
        for (ranked_by, ranker) in &rankers {
            for (name, thing) in things {
                let mut row = vec![(*name).to_owned()];
                row.extend((rankers.len() > 1).then(|| (*ranked_by).to_owned()));
                row.extend((scopes.len() > 1).then(|| scope.as_str().to_owned()));
                row.extend(
                    columns
                        .iter()
                        .map(|column| number(value(*ranker, *scope, *thing, &column.name), column)),
                );
                rows.push(row);
            }
        }
    }
    Table { title: String::new(), header, rows, notes: Vec::new() }
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
