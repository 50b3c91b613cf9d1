//! The rows of a batch as texts: queries first, then the passages of the pairs, then the hard negatives.

use crate::corpus::TextTable;
use crate::error::Result;
use crate::keys::Key;
use crate::plugin::{Augmenter, Batch, Lists, Texts};

use super::counts::AugmentCounts;
use super::relevance::{Relevance, relevance};

/// The rows of a batch with what the host knows of them.
#[derive(Debug, Clone)]
pub struct TrainingBatch {
    /// Query rows.
    pub queries: Vec<u32>,
    /// Passage rows: those of the pairs, in their order, then the hard negatives.
    pub passages: Vec<u32>,
    negatives: Lists,
    /// For each query its hard negatives, by their place among the passages.
    pub hard_negatives: Lists,
    /// What is right and what is ignored.
    pub relevance: Relevance,
    /// Language of each query.
    pub query_language: Vec<u32>,
    /// Language of each passage.
    pub passage_language: Vec<u32>,
    /// Example of each query.
    pub query_example: Vec<u32>,
    /// Example of each passage.
    pub passage_example: Vec<u32>,
    keys: Vec<u64>,
}

/// A batch after its augmenters.
#[derive(Debug, Clone)]
pub struct Augmented {
    /// The texts to encode in place of the corpus's.
    pub texts: Vec<String>,
    /// What the augmenters counted of the texts that each was given, by `library/component/name`.
    pub counts: AugmentCounts,
}

impl TrainingBatch {
    /// Judges a batch of rows and gives each of its texts a key.
    pub fn new(table: &TextTable, batch: Batch, ignore_same_group: bool, key: &Key) -> Self {
        let mut passages = batch.passages;
        passages.extend(batch.negatives.items());
        let column = |rows: &[u32], column: &[u32]| -> Vec<u32> {
            rows.iter().map(|row| column[*row as usize]).collect()
        };
        let texts = (batch.queries.len() + passages.len()) as u64;
        let pairs = batch.queries.len() as u32;
        let place = |pair: usize| {
            let offset = |pair: usize| batch.negatives.offsets().get(pair).copied().unwrap_or(0);
            (pairs + offset(pair))..(pairs + offset(pair + 1).max(offset(pair)))
        };
        let hard_negatives = (0..batch.queries.len()).map(|pair| place(pair).collect::<Vec<_>>());
        Self {
            relevance: relevance(table, &batch.queries, &passages, ignore_same_group),
            query_language: column(&batch.queries, &table.language),
            passage_language: column(&passages, &table.language),
            query_example: column(&batch.queries, &table.example),
            passage_example: column(&passages, &table.example),
            queries: batch.queries,
            passages,
            hard_negatives: hard_negatives.collect(),
            negatives: batch.negatives,
            keys: (0..texts).map(|text| key.child_u64(text).u64()).collect(),
        }
    }

    /// The rows of the hard negatives of a pair; they stand among the passages, too.
    pub fn negatives(&self, pair: usize) -> &[u32] {
        if pair < self.negatives.rows() { self.negatives.row(pair) } else { &[] }
    }

    /// The languages of each pair: its query's, its passage's.
    pub fn language_pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        self.query_language.iter().copied().zip(self.passage_language.iter().copied())
    }

    /// The texts of the batch, as they stand in the corpus.
    pub fn texts<'a>(&self, table: &'a TextTable) -> Texts<'a> {
        let rows = self.queries.iter().chain(&self.passages);
        let mut texts = Texts::with_capacity(self.keys.len());
        for (row, key) in rows.zip(&self.keys) {
            let row = *row as usize;
            let language = &table.languages[table.language[row] as usize];
            texts.push(table.text(row), language, table.role[row], *key);
        }
        texts
    }

    /// The batch after every augmenter; `None` if there is no augmenter.
    ///
    /// # Errors
    /// If an augmenter fails.
    pub fn augmented(
        &self,
        table: &TextTable,
        augmenters: &mut [Augmenter],
    ) -> Result<Option<Augmented>> {
        let mut current: Option<Augmented> = None;
        for augmenter in augmenters {
            let texts = match &current {
                None => self.texts(table),
                Some(augmented) => self.with_texts(table, &augmented.texts),
            };
            let (counted, next) = (augmenter.counts(&texts)?, augmenter.augment(&texts)?);
            let mut counts = current.map(|augmented| augmented.counts).unwrap_or_default();
            for (name, count) in counted {
                *counts.entry(format!("{}/{name}", augmenter.name())).or_default() += count;
            }
            current = Some(Augmented { texts: next, counts });
        }
        Ok(current)
    }

    /// The batch with other texts in place of the corpus's.
    pub fn with_texts<'a>(&self, table: &'a TextTable, replaced: &'a [String]) -> Texts<'a> {
        let rows = self.queries.iter().chain(&self.passages);
        let mut texts = Texts::with_capacity(self.keys.len());
        for ((row, key), text) in rows.zip(&self.keys).zip(replaced) {
            let row = *row as usize;
            let language = &table.languages[table.language[row] as usize];
            texts.push(text, language, table.role[row], *key);
        }
        texts
    }
}
