//! Which passages of a batch are right for a query, and which are neither right nor wrong.
//!
//! The host alone decides this, from the rows and not from the sampler, so that every objective sees the same truth
//! whatever drew the batch. Right is the passage of the query's own pair. Ignored is what it would be a false negative
//! to call wrong, be it the passage of another pair or a hard negative: another passage of the same example (in
//! whatever language), a text that is right for the example in any language, what is right for another example of the
//! batch that asks the same in any language, and, where the stage asks, a passage of the same group.
//!
//! Every row of a batch is looked up in sorted lists and not compared with every other: with thousands of pairs a
//! batch, which gradient caching makes possible, comparing would take longer than the loss.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Range};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus::{PASSAGE, QUERY, TextTable};
use crate::plugin::Lists;

/// The two lists that every objective gets, each with a row a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relevance {
    /// The passages that are right.
    pub positives: Lists,
    /// The passages that are neither right nor wrong.
    pub ignored: Lists,
    /// Why they are ignored, counted.
    pub reasons: Reasons,
}

/// How often a passage is neither right nor wrong for a query, each time under the first of these reasons that holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reasons {
    /// The passage is of the query's example, in another language or again.
    pub same_example: u64,
    /// It has the text of a passage of the query's example.
    pub same_text: u64,
    /// It, or its text, is right for another example that asks the same.
    pub same_query: u64,
    /// It is of the query's group.
    pub same_group: u64,
}

impl Reasons {
    /// All of them together.
    pub fn total(&self) -> u64 {
        self.same_example + self.same_text + self.same_query + self.same_group
    }

    fn count(&mut self, reason: Reason) {
        *match reason {
            Reason::Example => &mut self.same_example,
            Reason::Text => &mut self.same_text,
            Reason::Query => &mut self.same_query,
            Reason::Group => &mut self.same_group,
        } += 1;
    }
}

impl AddAssign for Reasons {
    fn add_assign(&mut self, other: Self) {
        self.same_example += other.same_example;
        self.same_text += other.same_text;
        self.same_query += other.same_query;
        self.same_group += other.same_group;
    }
}

#[derive(Debug, Clone, Copy)]
enum Reason {
    Example,
    Text,
    Query,
    Group,
}

/// Judges every passage row of a batch for every query row; the first passages are those of the pairs, in their order.
pub fn relevance(
    table: &TextTable,
    queries: &[u32],
    passages: &[u32],
    ignore_same_group: bool,
) -> Relevance {
    let batch = Passages::new(table, passages);
    let mut relevance = Relevance::default();
    for (pair, query) in queries.iter().enumerate() {
        let mut ignored = batch.ignored(*query as usize, ignore_same_group);
        ignored.remove(&(pair as u32));
        ignored.values().for_each(|reason| relevance.reasons.count(*reason));
        relevance.positives.push([pair as u32]);
        relevance.ignored.push(ignored.into_keys());
    }
    relevance
}

/// The passages of a batch, found by what they have in common with a query.
struct Passages<'a> {
    table: &'a TextTable,
    rows: &'a [u32],
    /// Their places in the batch by example, by group and by the hash of their text.
    by_example: Index,
    by_group: Index,
    by_text: Index,
    /// The query rows of their examples, in all languages, by the hash of their text.
    asked: Index,
}

impl<'a> Passages<'a> {
    fn new(table: &'a TextTable, rows: &'a [u32]) -> Self {
        let by = |key: &dyn Fn(usize) -> u64| {
            Index::new(rows.iter().zip(0..).map(|(row, place)| (key(*row as usize), place)))
        };
        let by_example = by(&|row| u64::from(table.example[row]));
        let mut examples: Vec<u32> = rows.iter().map(|row| table.example[*row as usize]).collect();
        examples.sort_unstable();
        examples.dedup();
        let queries = examples.iter().flat_map(|example| of_role(table, *example, QUERY));
        Self {
            table,
            rows,
            by_example,
            by_group: by(&|row| u64::from(table.group[row])),
            by_text: by(&|row| table.text_hash[row]),
            asked: Index::new(queries.map(|row| (table.text_hash[row], row as u32))),
        }
    }

    /// The places of the passages that are not wrong for a query, each with the first reason.
    fn ignored(&self, query: usize, same_group: bool) -> BTreeMap<u32, Reason> {
        let mut found = BTreeMap::new();
        let mut add = |place: &u32, reason| {
            found.entry(*place).or_insert(reason);
        };
        let table = self.table;
        let example = table.example[query];
        self.by_example.get(example.into()).for_each(|place| add(place, Reason::Example));
        self.with_text_of(example).for_each(|place| add(place, Reason::Text));
        for row in self.asked.get(table.text_hash[query]) {
            let (row, other) = (*row as usize, table.example[*row as usize]);
            if other != example && table.text(row) == table.text(query) {
                self.by_example.get(other.into()).for_each(|place| add(place, Reason::Query));
                self.with_text_of(other).for_each(|place| add(place, Reason::Query));
            }
        }
        if same_group {
            let group = table.group[query];
            self.by_group.get(group.into()).for_each(|place| add(place, Reason::Group));
        }
        found
    }

    /// The places of the passages that have the text of one of an example's, in any language.
    fn with_text_of(&self, example: u32) -> impl Iterator<Item = &u32> {
        of_role(self.table, example, PASSAGE).flat_map(move |right| {
            self.by_text.get(self.table.text_hash[right]).filter(move |place| {
                let row = self.rows[**place as usize] as usize;
                self.table.text(row) == self.table.text(right)
            })
        })
    }
}

/// The rows of an example that have a role; none for what is of no example.
fn of_role(table: &TextTable, example: u32, role: u8) -> impl Iterator<Item = usize> {
    let rows: Range<usize> = table.rows_of(example);
    rows.filter(move |row| table.role[*row] == role)
}

/// Numbers by key.
struct Index(Vec<(u64, u32)>);

impl Index {
    fn new(entries: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut entries: Vec<_> = entries.collect();
        entries.sort_unstable();
        Self(entries)
    }

    fn get(&self, key: u64) -> impl Iterator<Item = &u32> {
        let start = self.0.partition_point(|(other, _)| *other < key);
        let same = self.0[start..].iter().take_while(move |(other, _)| *other == key);
        same.map(|(_, number)| number)
    }
}

#[cfg(test)]
#[path = "relevance_tests.rs"]
mod tests;
