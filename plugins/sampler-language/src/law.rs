//! The law of a course, exactly: how probable each ordered pair of languages is.

use std::collections::BTreeMap;

use triglot_sdk::{Corpus, Law, Unit};

use crate::course::Part;
use crate::engine::Engine;
use crate::example::{Example, examples};
use crate::lists::Kind;
use crate::pairs::Pair;

impl Engine {
    /// The probability of each pair of languages, at any one place of the epochs; of whole batches where these are of one
    /// pair.
    pub fn law(&self, corpus: &Corpus<'_>) -> Law {
        let whole = |part: &Part| matches!(part, Part::Batches(..));
        let unit = match self.course().parts.iter().all(whole) {
            true => Unit::Batch,
            false => Unit::Pair,
        };
        let listed = |(pair, probability): (Pair, f64)| (pair.query, pair.passage, probability);
        Law { unit, pairs: self.probabilities(corpus).into_iter().map(listed).collect() }
    }

    fn probabilities(&self, corpus: &Corpus<'_>) -> BTreeMap<Pair, f64> {
        let mut law = BTreeMap::new();
        let mut of_items = vec![0.0; self.directory().lists().len()];
        for (number, part) in self.course().parts.iter().enumerate() {
            let share = self.course().data_sets.as_ref().map_or(1.0, |deal| deal.share(number));
            match part {
                Part::Whole(class) => of_items[class.list] = share / class.walk.items() as f64,
                Part::Batches(deal, classes) | Part::Places(deal, classes) => {
                    for (number, class) in classes.iter().enumerate() {
                        if let Some(pair) = class.pair {
                            *law.entry(pair).or_insert(0.0) += share * deal.share(number);
                        }
                    }
                }
            }
        }
        match law.is_empty() {
            true => self.of_examples(corpus, &of_items),
            false => law,
        }
    }

    /// Probabilities where examples or their pairs are drawn from lists, on which each item is as probable as `of_items` says.
    fn of_examples(&self, corpus: &Corpus<'_>, of_items: &[f64]) -> BTreeMap<Pair, f64> {
        let lists = self.directory().lists();
        let mut law = BTreeMap::new();
        // Neighbours mostly have the same languages, and are counted as one.
        let mut alike: Option<(Example<'_>, u64)> = None;
        let mut note = |example: Example<'_>, count: u64| {
            let Some(of_item) = lists.group(&example).map(|group| of_items[lists.whole(group)])
            else {
                return;
            };
            let each = count as f64
                * match lists.kind() {
                    Kind::Examples => of_item / lists.pairs.count(&example).max(1) as f64,
                    Kind::Pairs | Kind::ByPair(_) => of_item,
                };
            for (query, _) in example.queries() {
                for (passage, _) in example.queries() {
                    let pair = Pair { query, passage };
                    if each > 0.0 && lists.pairs.allow(pair) {
                        *law.entry(pair).or_insert(0.0) += each;
                    }
                }
            }
        };
        for example in examples(corpus, 0..corpus.rows()) {
            match &mut alike {
                Some((first, count)) if first.is_like(&example) => *count += 1,
                _ => {
                    if let Some((example, count)) = alike.replace((example, 1)) {
                        note(example, count);
                    }
                }
            }
        }
        if let Some((example, count)) = alike {
            note(example, count);
        }
        law
    }
}
