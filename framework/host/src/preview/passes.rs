//! How often training passes over the data.
//!
//! Where many small languages stand beside a large one, a stage may show the small ones fifty times and the large one
//! not once. Neither loss nor shares say so; the number of pairs that a stage draws of each, over the number there
//! are, does.

use serde::Serialize;

use crate::corpus::{QUERY, TextTable};
use crate::plugin::Law;

use super::member::{Counted, Tally};

/// How often a stage passes over a part of the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Passes {
    /// The data set's name, or the language's code.
    pub name: String,
    /// What there is to pass over: examples of a data set, queries of a language.
    pub size: u64,
    /// Pairs drawn from it in the batches that were looked at.
    pub drawn: u64,
    /// Pairs that the whole stage draws from it: by the law of a member's sampler where it states one, else as many a
    /// batch as among those that were looked at. A member without law or batch is left out.
    pub in_stage: f64,
    /// How often the stage passes over it: `in_stage` by `size`.
    pub passes: f64,
}

impl Passes {
    /// Of what `of` counts, and of what is drawn with the probability that `stated` finds in a law.
    fn new(
        (name, size): (&str, u64),
        batch_size: usize,
        members: &[Counted],
        of: impl Fn(&Tally) -> u64,
        stated: impl Fn(&Law) -> Option<f64>,
    ) -> Self {
        let drawn = members.iter().map(|counted| of(&counted.tally)).sum();
        let in_stage = members.iter().filter_map(|Counted { member, tally, law }| {
            let seen = || {
                let pairs = tally.counts.pairs;
                (pairs > 0).then(|| of(tally) as f64 / pairs as f64)
            };
            let part = law.as_ref().and_then(&stated).or_else(seen)?;
            Some(part * batch_size as f64 * member.batches_in_stage as f64)
        });
        let in_stage: f64 = in_stage.sum();
        let passes = if size > 0 { in_stage / size as f64 } else { 0.0 };
        Self { name: name.to_owned(), size, drawn, in_stage, passes }
    }
}

/// Passes over the examples of every data set, of which laws say nothing.
pub(super) fn over_data_sets(
    table: &TextTable,
    batch_size: usize,
    members: &[Counted],
) -> Vec<Passes> {
    let mut sizes = vec![0; table.data_sets.len()];
    let mut last = None;
    for row in 0..table.pair_rows() {
        if last.replace(table.example[row]) != Some(table.example[row]) {
            sizes[table.data_set[row] as usize] += 1;
        }
    }
    let named = table.data_sets.iter().map(String::as_str).zip(sizes).enumerate();
    let passes = named.map(|(set, part)| {
        Passes::new(part, batch_size, members, |tally| tally.by_data_set[set], |_| None)
    });
    passes.collect()
}

/// Passes over the queries of every language.
pub(super) fn over_languages(
    table: &TextTable,
    batch_size: usize,
    members: &[Counted],
) -> Vec<Passes> {
    let mut sizes = vec![0; table.languages.len()];
    let queries = (0..table.pair_rows()).filter(|row| table.role[*row] == QUERY);
    queries.for_each(|row| sizes[table.language[row] as usize] += 1);
    let named = table.languages.iter().map(String::as_str).zip(sizes).zip(0u32..);
    let passes = named.map(|(part, language)| {
        let counted = |tally: &Tally| -> u64 {
            let pairs = tally.pairs.range((language, 0)..=(language, u32::MAX));
            pairs.map(|(_, count)| count).sum()
        };
        let stated = |law: &Law| {
            let of_language = law.pairs.iter().filter(|(query, ..)| *query == language);
            Some(of_language.map(|(.., probability)| probability).sum())
        };
        Passes::new(part, batch_size, members, counted, stated)
    });
    passes.collect()
}
