//! Looking at data before it is used: how much there is of what, how long, how often the same, and what of it would be
//! trained on and tested on alike.
//!
//! A run tells exact leaks by itself; here there is time to look for texts that are nearly the same, too.

mod near;
mod sets;
pub mod shingles;
mod tables;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::corpus::Leak;
use crate::plan::Plan;
use crate::run::Data;

pub use near::{NearDuplicates, NearExample};
pub use tables::tables;

/// What there is to know of the data of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The data sets: those to train on, held out, to validate on, to measure on.
    pub sets: Vec<SetInspection>,
    /// What is trained on and tested on alike.
    pub leaks: Vec<Leak>,
    /// What is nearly so.
    pub near_duplicates: Vec<NearDuplicates>,
    /// What the readers warn of.
    pub warnings: Vec<String>,
}

/// What a data set is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To train on.
    Training,
    /// Held out of training.
    Holdout,
    /// To compute a validation loss on.
    Validation,
    /// To measure on.
    Evaluation,
}

impl Purpose {
    /// The purpose in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Holdout => "held out",
            Self::Validation => "validation",
            Self::Evaluation => "evaluation",
        }
    }
}

/// A data set, counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetInspection {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Its languages, in the order of their codes.
    pub languages: Vec<LanguageInspection>,
    /// How many ids of queries exist in how many languages.
    pub ids_by_languages: BTreeMap<usize, usize>,
    /// For each language and each other how many ids of queries both have: `{"de": {"en": 12}}`.
    pub common_ids: BTreeMap<String, BTreeMap<String, usize>>,
}

/// A language of a data set, counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LanguageInspection {
    /// The code.
    pub language: String,
    /// Queries.
    pub queries: usize,
    /// Passages; in training, one a pair.
    pub passages: usize,
    /// Judgements of its queries, relevant or not; in training, one a pair.
    pub judgements: usize,
    /// Judgements of its queries as relevant.
    pub relevant: usize,
    /// Queries without a relevant passage.
    pub unanswered: usize,
    /// Characters of a query.
    pub query_length: Option<Lengths>,
    /// Characters of a passage.
    pub passage_length: Option<Lengths>,
    /// Queries whose text an earlier one has.
    pub duplicate_queries: usize,
    /// Passages whose text an earlier one has.
    pub duplicate_passages: usize,
    /// Passages of nothing but white space.
    pub empty_passages: usize,
}

/// How long texts are, in Unicode code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lengths {
    /// Of the shortest.
    pub min: usize,
    /// Half of them are no longer.
    pub median: usize,
    /// 95 of 100 are no longer.
    pub p95: usize,
    /// Of the longest.
    pub max: usize,
}

impl Lengths {
    /// The order statistics of lengths, by the nearest rank; none of nothing.
    pub fn of(mut lengths: Vec<usize>) -> Option<Self> {
        lengths.sort_unstable();
        let at =
            |share: usize| lengths.get((lengths.len() * share).div_ceil(100).max(1) - 1).copied();
        Some(Self { min: at(0)?, median: at(50)?, p95: at(95)?, max: at(100)? })
    }
}

/// Inspects the data of a plan; texts are nearly the same from a similarity of `threshold` on.
pub fn inspect(plan: &Plan, data: &Data, threshold: f64) -> Inspection {
    let mut sets = Vec::new();
    if let Some(training) = &data.training {
        sets.extend(sets::of_table(&training.train, Purpose::Training));
        sets.extend(
            training.holdout.iter().flat_map(|held| sets::of_table(held, Purpose::Holdout)),
        );
    }
    for set in &data.validation {
        sets.extend(sets::of_table(&set.table, Purpose::Validation));
    }
    let named = || plan.evaluations.iter().map(|set| set.evaluation.name.as_str()).zip(&data.sets);
    sets.extend(named().map(|(name, set)| sets::of_evaluation(name, set)));
    let near_duplicates = data.rows().map_or_else(Vec::new, |table| {
        named().flat_map(|(name, set)| near::near_duplicates(table, name, set, threshold)).collect()
    });
    let warnings = data.warnings().map(str::to_owned).collect();
    Inspection { sets, leaks: data.leaks(plan), near_duplicates, warnings }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_order_statistics() {
        let lengths = |values: std::ops::RangeInclusive<usize>| Lengths::of(values.rev().collect());
        let expected = Lengths { min: 1, median: 50, p95: 95, max: 100 };
        assert_eq!(lengths(1..=100), Some(expected));
        assert_eq!(lengths(7..=7), Some(Lengths { min: 7, median: 7, p95: 7, max: 7 }));
        assert_eq!(Lengths::of(Vec::new()), None);
    }
}
