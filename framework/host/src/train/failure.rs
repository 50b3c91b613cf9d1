//! Where in the training something failed.
//!
//! That a loss is NaN says nothing as long as nobody knows of which batch. So whatever fails between drawing a batch
//! and moving the parameters is reported with its step, with the examples of the batch, and with the checkpoint that
//! is left.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::corpus::TextTable;
use crate::error::{Error, Result};
use crate::plan::StagePlan;
use crate::plugin::{CallError, Item};

use super::batch::TrainingBatch;
use super::checkpoint;

/// How many pairs of a batch a message names.
const NAMED: usize = 5;

/// A failure at work on a batch that is not yet named.
pub(super) struct Failure {
    error: Error,
    item: Option<Item>,
}

impl Failure {
    /// A failure of the work, about one item of the batch.
    pub(super) fn about(item: Item, message: String) -> Self {
        Self { error: Error::Failed(message), item: Some(item) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, item: None }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let item = error.item;
        Self { error: error.into(), item }
    }
}

/// A place in the training of a stage.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The stage.
    pub(super) stage: &'a StagePlan,
    /// Steps taken in the stage before this one.
    pub(super) step: u64,
    /// Steps taken in the run before the stage.
    pub(super) before: u64,
    /// What was done beside taking the step, for example `, in the validation after it`.
    pub(super) beside: &'static str,
    /// Whose batch it is, and which of those, counted from 0, if it was at work on a batch.
    pub(super) batch: Option<(&'a str, u64)>,
}

impl Place<'_> {
    /// The failure with its place, where it is a failure of the work at all.
    pub(super) fn explain(
        &self,
        failure: impl Into<Failure>,
        batch: Option<(&TextTable, &TrainingBatch)>,
    ) -> Error {
        let Failure { error, item } = failure.into();
        let Error::Failed(mut message) = error else { return error };
        let step = self.step + 1;
        let (name, steps) = (&self.stage.stage.name, self.stage.stage.steps);
        message += &format!("\n  step: {step} of {steps} of stage `{name}`");
        if self.before > 0 {
            message += &format!(" (step {} of the run)", self.before + step);
        }
        message += self.beside;
        if let Some((member, ordinal)) = self.batch {
            message += &format!("\n  batch: number {} of `{member}`", ordinal + 1);
        }
        if let Some((table, batch)) = batch {
            message += &format!(", {}", pairs(table, batch));
            if let Some(item) = item.and_then(|item| named(table, batch, item)) {
                message += &format!("\n  {item}");
            }
        }
        Error::Failed(message)
    }
}

/// The failure with the newest checkpoint, which was made before it; where there is none, `advice` may say how there
/// would be.
pub(super) fn with_checkpoint(error: Error, checkpoints: &Path, advice: &str) -> Error {
    let Error::Failed(message) = error else { return error };
    let checkpoint = match newest(checkpoints) {
        Some(path) => format!("the newest is {}", path.display()),
        None => format!("none was made yet{advice}"),
    };
    Error::Failed(format!("{message}\n  checkpoint: {checkpoint}"))
}

/// An interruption after which the newest checkpoint holds all that was reached.
pub fn kept(error: Error, checkpoints: &Path) -> Error {
    match (error, newest(checkpoints)) {
        (Error::Interrupted(message), Some(path)) => {
            Error::Interrupted(format!("{message}; the state is saved in {}", path.display()))
        }
        (error, _) => error,
    }
}

/// An interruption of training whose state could not be saved.
pub(super) fn lost(checkpoints: &Path) -> Error {
    let checkpoint = match newest(checkpoints) {
        Some(path) => format!("the newest checkpoint is {}", path.display()),
        None => "there is no checkpoint".to_owned(),
    };
    Error::Interrupted(format!("interrupted; the state could not be saved, {checkpoint}"))
}

fn newest(checkpoints: &Path) -> Option<PathBuf> {
    checkpoint::latest(checkpoints).ok().flatten()
}

/// Fails with `problem` if a number of `values` [rows × dim] is not finite; `item` names the row.
pub(super) fn finite(
    values: &[f32],
    dim: usize,
    item: fn(usize) -> Item,
    problem: &str,
) -> Result<(), Failure> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Failure::about(item(at / dim.max(1)), problem.to_owned())),
    }
}

/// The pairs of a batch by example and languages: `water-1 (en), sun-2 (en-es) and 6 more`.
fn pairs(table: &TextTable, batch: &TrainingBatch) -> String {
    let count = batch.queries.len();
    let mut text = format!("{count} pairs: ");
    let pairs = batch.queries.iter().zip(&batch.passages);
    for (number, (query, passage)) in pairs.take(NAMED).enumerate() {
        let (query, passage) = (language(table, *query), language(table, *passage));
        let id = batch.query_example.get(number).map_or("", |example| table.example_id(*example));
        let comma = if number > 0 { ", " } else { "" };
        // Writing to a string does not fail.
        let _ = match query == passage {
            true => write!(text, "{comma}{id} ({query})"),
            false => write!(text, "{comma}{id} ({query}-{passage})"),
        };
    }
    if count > NAMED {
        text += &format!(" and {} more", count - NAMED);
    }
    match batch.passages.len() - count.min(batch.passages.len()) {
        0 => text,
        negatives => format!("{text}; {negatives} hard negatives"),
    }
}

/// What an item of a batch is in the corpus: `text 9: the passage of water-1 in es`.
fn named(table: &TextTable, batch: &TrainingBatch, item: Item) -> Option<String> {
    let queries = batch.queries.len();
    let (called, at) = match item {
        Item::Text(text) => (format!("text {text}"), text),
        Item::Query(query) => (format!("query {query}"), query),
        Item::Passage(passage) => (format!("passage {passage}"), queries + passage),
    };
    // Queries come first among the texts, then the passages of the pairs, then the hard negatives.
    let row = *batch.queries.iter().chain(&batch.passages).nth(at)?;
    let what = match at {
        at if at < queries => "query",
        at if at < 2 * queries => "passage",
        _ => "hard negative",
    };
    let example = table.example.get(row as usize)?;
    let (id, language) = (table.example_id(*example), language(table, row));
    Some(format!("{called}: the {what} of {id} in {language}"))
}

fn language(table: &TextTable, row: u32) -> &str {
    let code = table.language.get(row as usize);
    code.and_then(|code| table.languages.get(*code as usize)).map_or("", String::as_str)
}
