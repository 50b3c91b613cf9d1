//! The text table: every text to train on as a row of short columns.
//!
//! Samplers choose by language, example, group, length and data set, never by what a text says. So the columns are
//! plain arrays, which cross the plugin border as pointers, and the texts stay behind it, each distinct one once.

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::error::{Error, Result};
use crate::lists::Lists;

/// The role of a query row.
pub const QUERY: u8 = 0;
/// The role of a passage row.
pub const PASSAGE: u8 = 1;
/// The example and the group of what has none.
pub(super) const NONE: u32 = u32::MAX;

/// Rows of texts, sorted by (example, language, role). Every (example, language) that exists has exactly one query
/// row, followed by one passage row. All columns have the same length.
///
/// Behind the rows of pairs stand those of further passages, which answer no query and are only ever hard negatives;
/// their example and group are [`u32::MAX`].
#[derive(Debug, Clone, Default)]
pub struct TextTable {
    /// The data set of each row, an index into `data_sets`.
    pub data_set: Vec<u32>,
    /// The language of each row, an index into `languages`.
    pub language: Vec<u32>,
    /// The role of each row: [`QUERY`] or [`PASSAGE`].
    pub role: Vec<u8>,
    /// The example of each row, from 0 without gaps; data sets share none.
    pub example: Vec<u32>,
    /// The group of each row (a paragraph in all its languages), from 0 without gaps; data sets share none.
    pub group: Vec<u32>,
    /// The length of each text in Unicode code points.
    pub length: Vec<u32>,
    /// The first 8 bytes of the BLAKE3 hash of each text, little endian.
    pub text_hash: Vec<u64>,
    /// The number of the user column of each row, NaN where it has none; absent if no data set names such a column.
    pub user: Option<Vec<f64>>,
    /// For each pair, in the order of their rows, the passage rows that are hard negatives of its query; absent where
    /// the data has none.
    pub negatives: Option<Lists>,
    /// How many of the rows, the last ones, are further passages.
    pub further_passages: usize,
    /// The language codes, ascending.
    pub languages: Vec<String>,
    /// The names of the data sets, in the order of the manifest.
    pub data_sets: Vec<String>,
    /// The text of each row, an index into `texts`.
    pub(super) text: Vec<usize>,
    /// Shared with the tables that are parts of this one.
    pub(super) texts: Arc<IndexSet<Box<str>>>,
    pub(super) example_ids: Vec<String>,
    pub(super) groups: u32,
}

/// The two texts of an example in one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) data_set: u32,
    pub(super) language: u32,
    pub(super) example: u32,
    pub(super) group: u32,
    pub(super) query: &'a str,
    pub(super) passage: &'a str,
    /// The number of the user column, NaN where there is none.
    pub(super) user: f64,
}

impl Pair<'_> {
    /// What a passage that answers no query is of.
    const NONE: Self = Self {
        data_set: 0,
        language: 0,
        example: NONE,
        group: NONE,
        query: "",
        passage: "",
        user: f64::NAN,
    };
}

impl TextTable {
    /// A table without rows, and with a user column if `has_user`.
    pub(super) fn new(languages: Vec<String>, data_sets: Vec<String>, has_user: bool) -> Self {
        Self { languages, data_sets, user: has_user.then(Vec::new), ..Self::default() }
    }

    /// Number of rows, further passages included.
    pub fn rows(&self) -> usize {
        self.role.len()
    }

    /// Number of the rows that stand in pairs, a query and its passage: the first ones.
    pub fn pair_rows(&self) -> usize {
        self.rows().saturating_sub(self.further_passages)
    }

    /// Number of examples.
    pub fn examples(&self) -> usize {
        self.example_ids.len()
    }

    /// Number of groups.
    pub fn groups(&self) -> usize {
        self.groups as usize
    }

    /// The text of a row; empty for a row that the table does not have.
    pub fn text(&self, row: usize) -> &str {
        let text = self.text.get(row).and_then(|&text| self.texts.get_index(text));
        text.map_or("", |text| text)
    }

    /// The id by which the data set knows an example, for messages; empty for one that the table does not have.
    pub fn example_id(&self, example: u32) -> &str {
        self.example_ids.get(example as usize).map_or("", String::as_str)
    }

    /// The rows of an example, in all its languages; none for one that the table does not have.
    pub fn rows_of(&self, example: u32) -> Range<usize> {
        let examples = self.example.get(..self.pair_rows()).unwrap_or_default();
        let start = examples.partition_point(|other| *other < example);
        start..examples.partition_point(|other| *other <= example)
    }

    /// Whether this is a part of `whole`, or all of it.
    pub fn is_part_of(&self, whole: &Self) -> bool {
        Arc::ptr_eq(&self.texts, &whole.texts)
    }

    /// Opens a new group, whose number it returns.
    pub(super) fn open_group(&mut self) -> Result<u32> {
        let group = self.groups;
        self.groups = group.checked_add(1).ok_or_else(|| Error::failed("too many groups"))?;
        Ok(group)
    }

    /// Opens the next example, whose number it returns; its pairs follow, ascending by language.
    pub(super) fn open_example(&mut self, id: &str) -> Result<u32> {
        let example = narrow(self.example_ids.len())?;
        self.example_ids.push(id.to_owned());
        Ok(example)
    }

    /// Appends a passage that answers no query, whose row it returns; no pair comes behind it.
    pub(super) fn push_further(&mut self, data_set: u32, language: u32, text: &str) -> Result<u32> {
        let row = narrow(self.rows())?;
        self.push_row(Pair { data_set, language, ..Pair::NONE }, PASSAGE, text)?;
        self.further_passages += 1;
        Ok(row)
    }

    /// Takes the hard negatives of all pairs, in their order; lists that are all empty are none.
    pub(super) fn set_negatives(
        &mut self,
        lists: impl Iterator<Item = Result<Vec<u32>>>,
    ) -> Result<()> {
        let mut negatives = Lists::default();
        for list in lists {
            negatives.push(list?);
        }
        self.negatives = Some(negatives).filter(|lists| !lists.items().is_empty());
        Ok(())
    }

    /// Appends the two rows of a pair.
    pub(super) fn push(&mut self, pair: Pair<'_>) -> Result<()> {
        self.push_row(pair, QUERY, pair.query)?;
        self.push_row(pair, PASSAGE, pair.passage)
    }

    fn push_row(&mut self, of: Pair<'_>, role: u8, text: &str) -> Result<()> {
        let index = match self.texts.get_index_of(text) {
            Some(index) => index,
            None => Arc::make_mut(&mut self.texts).insert_full(text.into()).0,
        };
        self.data_set.push(of.data_set);
        self.language.push(of.language);
        self.role.push(role);
        self.example.push(of.example);
        self.group.push(of.group);
        self.length.push(narrow(text.chars().count())?);
        self.text_hash.push(hash(text));
        self.text.push(index);
        self.user.iter_mut().for_each(|column| column.push(of.user));
        narrow(self.rows())?;
        Ok(())
    }
}

/// A count as the plugin border has it.
pub(super) fn narrow(count: usize) -> Result<u32> {
    u32::try_from(count)
        .map_err(|_| Error::failed(format!("{count} texts are more than {}", u32::MAX)))
}

fn hash(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    hash.as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}
