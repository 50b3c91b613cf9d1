//! How often training passes over the data.
//!
//! Where many small languages stand beside a large one, a stage may show the small ones fifty times and the large one
//! not once. Neither loss nor shares say so; the number of pairs that a stage draws of each, over the number there
//! are, does.

use serde::Serialize;

use crate::corpus::{QUERY, TextTable};

use super::member::{MemberPreview, Tally};

/// How often a stage passes over a part of the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Passes {
    /// The data set's name, or the language's code.
    pub name: String,
    /// What there is to pass over: examples of a data set, queries of a language.
    pub size: u64,
    /// Pairs drawn from it in the batches that were looked at.
    pub drawn: u64,
    /// Pairs that the whole stage draws from it, if every member goes on as it began; a member of which no batch was
    /// looked at is left out.
    pub in_stage: f64,
    /// How often the stage passes over it: `in_stage` by `size`.
    pub passes: f64,
}

impl Passes {
    fn new(
        name: &str,
        size: u64,
        members: &[(&MemberPreview, &Tally)],
        of: impl Fn(&Tally) -> u64,
    ) -> Self {
        let drawn = members.iter().map(|(_, tally)| of(tally)).sum();
        let seen = members.iter().filter(|(member, _)| member.counts.batches > 0);
        let in_stage = seen.map(|(member, tally)| {
            of(tally) as f64 * member.batches_in_stage as f64 / member.counts.batches as f64
        });
        let in_stage: f64 = in_stage.sum();
        let passes = if size > 0 { in_stage / size as f64 } else { 0.0 };
        Self { name: name.to_owned(), size, drawn, in_stage, passes }
    }
}

/// Passes over the examples of every data set.
pub(super) fn over_data_sets(
    table: &TextTable,
    members: &[(&MemberPreview, &Tally)],
) -> Vec<Passes> {
    let mut sizes = vec![0; table.data_sets.len()];
    let mut last = None;
    for row in 0..table.pair_rows() {
        if last.replace(table.example[row]) != Some(table.example[row]) {
            sizes[table.data_set[row] as usize] += 1;
        }
    }
    let named = table.data_sets.iter().zip(sizes).enumerate();
    named
        .map(|(set, (name, size))| Passes::new(name, size, members, |tally| tally.by_data_set[set]))
        .collect()
}

/// Passes over the queries of every language.
pub(super) fn over_languages(
    table: &TextTable,
    members: &[(&MemberPreview, &Tally)],
) -> Vec<Passes> {
    let mut sizes = vec![0; table.languages.len()];
    let queries = (0..table.pair_rows()).filter(|row| table.role[*row] == QUERY);
    queries.for_each(|row| sizes[table.language[row] as usize] += 1);
    let named = table.languages.iter().zip(sizes).zip(0u32..);
    named
        .map(|((code, size), language)| {
            let of = |tally: &Tally| -> u64 {
                let pairs = tally.pairs.range((language, 0)..=(language, u32::MAX));
                pairs.map(|(_, count)| count).sum()
            };
            Passes::new(code, size, members, of)
        })
        .collect()
}
