//! Batches as lines of JSON, for people to read and for a sampler to replay.
//!
//! A row number means something in one table only. So a line names a text by what it is, the example's number and the
//! language, and by the hash of what it says: who replays the batches on other data finds out.

use std::io::{self, Write};

use serde::Serialize;

use crate::corpus::TextTable;
use crate::train::TrainingBatch;

/// A batch.
#[derive(Debug, Serialize)]
struct Line<'a> {
    stage: &'a str,
    member: &'a str,
    /// Which batch of this member in this stage, from 0.
    ordinal: u64,
    pairs: Vec<Pair<'a>>,
}

#[derive(Debug, Serialize)]
struct Pair<'a> {
    /// The id by which the data set knows the example, for people.
    id: &'a str,
    example: u32,
    query: Text<'a>,
    passage: Text<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    negatives: Vec<Negative<'a>>,
}

#[derive(Debug, Serialize)]
struct Text<'a> {
    language: &'a str,
    hash: String,
}

/// The passage of an example, or one that answers no query, by its number among those.
#[derive(Debug, Serialize)]
struct Negative<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    further: Option<u32>,
    #[serde(flatten)]
    text: Text<'a>,
}

/// Writes a batch as a line.
pub(super) fn write_line(
    to: &mut dyn Write,
    table: &TextTable,
    (stage, member, ordinal): (&str, &str, u64),
    batch: &TrainingBatch,
) -> io::Result<()> {
    let pairs = batch.queries.iter().zip(&batch.passages).enumerate();
    let pairs = pairs.map(|(pair, (query, passage))| {
        let example = table.example[*query as usize];
        Pair {
            id: table.example_id(example),
            example,
            query: text(table, *query),
            passage: text(table, *passage),
            negatives: batch.negatives(pair).iter().map(|row| negative(table, *row)).collect(),
        }
    });
    let line = Line { stage, member, ordinal, pairs: pairs.collect() };
    serde_json::to_writer(&mut *to, &line)?;
    to.write_all(b"\n")
}

fn text(table: &TextTable, row: u32) -> Text<'_> {
    let language = table.languages.get(table.language[row as usize] as usize);
    Text {
        language: language.map_or("", String::as_str),
        hash: format!("{:016x}", table.text_hash[row as usize]),
    }
}

fn negative(table: &TextTable, row: u32) -> Negative<'_> {
    let further = (row as usize).checked_sub(table.pair_rows());
    Negative {
        example: further.is_none().then(|| table.example[row as usize]),
        further: further.map(|number| number as u32),
        text: text(table, row),
    }
}
