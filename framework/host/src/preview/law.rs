//! The languages that a sampler says it draws, beside those that it drew.

use serde::Serialize;

use crate::plugin::{Law, Unit};

use super::chi_square::ChiSquare;
use super::code;
use super::member::Tally;

/// What a sampler's law makes expect, and what was drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LawPreview {
    /// What the law is of: `pair`, or `batch` where all pairs of a batch have the languages that were drawn for it.
    pub unit: &'static str,
    /// How many of these were drawn.
    pub drawn: u64,
    /// How many were drawn that the law excludes: of other languages, or batches that mix languages.
    pub excluded: u64,
    /// The languages of the law.
    pub pairs: Vec<ExpectedPair>,
    /// Expected against drawn; none where too few were drawn.
    pub test: Option<ChiSquare>,
}

/// Two languages, expected and drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExpectedPair {
    /// Language of the query.
    pub query: String,
    /// Language of the passage.
    pub passage: String,
    /// How many are expected.
    pub expected: f64,
    /// How many were drawn.
    pub drawn: u64,
}

impl LawPreview {
    pub(super) fn new(law: &Law, languages: &[String], tally: &Tally) -> Self {
        let (unit, drawn, counts) = match law.unit {
            Unit::Pair => ("pair", tally.counts.pairs, &tally.pairs),
            Unit::Batch => ("batch", tally.counts.batches, &tally.batches),
        };
        let possible = law.pairs.iter().filter(|(.., probability)| *probability > 0.0);
        let pairs: Vec<ExpectedPair> = possible
            .map(|(query, passage, probability)| ExpectedPair {
                query: code(languages, *query),
                passage: code(languages, *passage),
                expected: probability * drawn as f64,
                drawn: counts.get(&(*query, *passage)).copied().unwrap_or(0),
            })
            .collect();
        let within: u64 = pairs.iter().map(|pair| pair.drawn).sum();
        let excluded = drawn - within;
        let test = ChiSquare::of(pairs.iter().map(|pair| (pair.expected, pair.drawn)));
        Self { unit, drawn, excluded, test: test.filter(|_| drawn > 0), pairs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Counts;

    fn seen(unit: Unit, tally: &Tally) -> LawPreview {
        let languages = ["de", "en"].map(str::to_owned);
        let law = Law { unit, pairs: vec![(0, 0, 0.5), (0, 1, 0.5), (1, 1, 0.0)] };
        LawPreview::new(&law, &languages, tally)
    }

    fn drawn(seen: &LawPreview) -> Vec<(f64, u64)> {
        seen.pairs.iter().map(|pair| (pair.expected, pair.drawn)).collect()
    }

    #[test]
    fn pairs_are_held_against_the_law_and_those_that_it_excludes_are_counted() {
        let tally = Tally {
            counts: Counts { batches: 5, pairs: 103, ..Counts::default() },
            pairs: [((0, 0), 60), ((0, 1), 40), ((1, 1), 3)].into(),
            ..Tally::default()
        };
        let seen = seen(Unit::Pair, &tally);
        assert_eq!((seen.unit, seen.drawn, seen.excluded), ("pair", 103, 3));
        assert_eq!(drawn(&seen), [(51.5, 60), (51.5, 40)]);
        let statistic = (8.5f64.powi(2) + 11.5f64.powi(2)) / 51.5;
        assert!((seen.test.unwrap().statistic - statistic).abs() < 1e-9);
    }

    #[test]
    fn of_whole_batches_those_that_mix_languages_are_excluded() {
        let tally = Tally {
            counts: Counts { batches: 22, pairs: 220, ..Counts::default() },
            pairs: [((0, 0), 120), ((0, 1), 100)].into(),
            batches: [((0, 0), 11), ((0, 1), 9)].into(),
            ..Tally::default()
        };
        let seen = seen(Unit::Batch, &tally);
        assert_eq!((seen.unit, seen.drawn, seen.excluded), ("batch", 22, 2));
        assert_eq!(drawn(&seen), [(11.0, 11), (11.0, 9)]);
    }

    #[test]
    fn nothing_drawn_is_no_test() {
        assert_eq!(seen(Unit::Pair, &Tally::default()).test, None);
    }
}
