//! Pairs to look at, as the model will read them.

use serde::Serialize;

use crate::corpus::TextTable;
use crate::error::Result;
use crate::train::{Supply, TrainingBatch};

/// A pair of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The step of the stage that trains on it, from 1.
    pub step: u64,
    /// The member that drew its batch.
    pub member: String,
    /// The id by which the data set knows the example.
    pub id: String,
    /// The data set.
    pub data_set: String,
    /// The query.
    pub query: Text,
    /// The passage that is right.
    pub passage: Text,
    /// Passages that are wrong for the query and were drawn for it.
    pub hard_negatives: Vec<Text>,
}

/// A text of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Its language.
    pub language: String,
    /// As it stands in the corpus.
    pub text: String,
    /// After the augmenters, where they change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub augmented: Option<String>,
}

impl Example {
    /// The first pair of a batch.
    pub(super) fn of(
        supply: &mut Supply<'_>,
        batch: &TrainingBatch,
        member: &str,
        step: u64,
    ) -> Result<Option<Self>> {
        let augmented = supply.augmented(batch)?;
        let table = supply.table;
        let text = |row: u32, place: usize| {
            let row = row as usize;
            let augmented = augmented.as_ref().and_then(|batch| batch.texts.get(place));
            let text = table.text(row);
            Text {
                language: language(table, row),
                augmented: augmented.filter(|augmented| *augmented != text).cloned(),
                text: text.to_owned(),
            }
        };
        let pairs = batch.queries.len();
        let (Some(query), Some(passage)) = (batch.queries.first(), batch.passages.first()) else {
            return Ok(None);
        };
        let row = *query as usize;
        let data_set = table.data_sets.get(table.data_set[row] as usize);
        // Among the texts of a batch the queries come first, then the passages, then the hard negatives.
        let negatives = batch.negatives(0).iter().zip(2 * pairs..);
        Ok(Some(Self {
            step,
            member: member.to_owned(),
            id: table.example_id(table.example[row]).to_owned(),
            data_set: data_set.cloned().unwrap_or_default(),
            query: text(*query, 0),
            passage: text(*passage, pairs),
            hard_negatives: negatives.map(|(row, place)| text(*row, place)).collect(),
        }))
    }
}

fn language(table: &TextTable, row: usize) -> String {
    table.languages.get(table.language[row] as usize).cloned().unwrap_or_default()
}
