//! Whether the language in which a question is asked changes what is found.

use std::collections::{BTreeMap, HashMap};

use triglot_sdk::abi::SETTING_MULTILINGUAL;
use triglot_sdk::{Column, Component, Context, Error, Metric, QueryRanking, Ranking, Result};

use crate::midrank::midranks;
use crate::options::Comparison;

/// Mean rank correlation: how alike the rankings are that the same question gets in different languages (Yang, Jiang and
/// Baldwin 2025, arXiv 2509.06195), at the top k alone, as MIMO has it (Jang, Hong and Lim 2026, arXiv 2605.31171).
///
/// A query's value is the mean of Spearman's correlation with each other query of its parallel group, over the union of both
/// queries' top k. That a passage outside the top k of one of them has rank k + 1 there, tied with all others outside, is
/// how it is done here; what either paper's program does with such passages is not known to us. 1 means the same top k in
/// the same order; two that share no passage come out below 0.
///
/// It compares searches of one pool, so it has a value in the multilingual setting alone, and there for queries that have a
/// parallel one. Over fewer than two passages nothing correlates: k is 2 or more.
pub struct Mrc {
    k: u32,
}

impl Component for Mrc {
    type Options = Comparison;
    const ID: &'static str = "mrc";
    const SUMMARY: &'static str = "Mean rank correlation (Spearman) of a query's top k with those of its parallel queries, for the multilingual setting";
}

impl Metric for Mrc {
    fn create(Comparison { k }: Comparison, _: &Context) -> Result<Self> {
        match k {
            0 | 1 => Err(Error::invalid(format!("k: found {k}, allowed is 2 or more"))),
            k => Ok(Self { k }),
        }
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column {
            name: format!("{}@{}", Self::ID, self.k),
            range: (-1.0, 1.0),
            higher_is_better: true,
            depth: self.k,
        }]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        values.fill(f64::NAN);
        if ranking.setting != SETTING_MULTILINGUAL {
            return Ok(());
        }
        let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (number, query) in ranking.iter().enumerate() {
            groups.entry(query.group).or_default().push(number);
        }
        for group in groups.values() {
            self.compare(ranking, group, values);
        }
        Ok(())
    }
}

impl Mrc {
    /// Writes the mean correlation of every query of a group with the others.
    fn compare(&self, ranking: &Ranking<'_>, group: &[usize], values: &mut [f64]) {
        let mut sums = vec![(0.0, 0_u32); group.len()];
        for (i, one) in group.iter().enumerate() {
            for (j, other) in group.iter().enumerate().skip(i + 1) {
                let Some(correlation) =
                    self.correlation(&ranking.query(*one), &ranking.query(*other))
                else {
                    continue;
                };
                for at in [i, j] {
                    sums[at].0 += correlation;
                    sums[at].1 += 1;
                }
            }
        }
        for (query, (sum, count)) in group.iter().zip(sums) {
            values[*query] = sum / f64::from(count);
        }
    }

    /// Spearman's correlation over the union of two queries' top k.
    fn correlation(&self, one: &QueryRanking<'_>, other: &QueryRanking<'_>) -> Option<f64> {
        let top = |query: &QueryRanking<'_>| {
            (1..=self.k).zip(query.top_document.iter().copied()).collect::<Vec<(u32, u32)>>()
        };
        let below = self.k.saturating_add(1);
        let (one, other) = (top(one), top(other));
        let mut ranks: Vec<[u32; 2]> = one.iter().map(|(rank, _)| [*rank, below]).collect();
        let places: HashMap<u32, usize> =
            one.iter().map(|(_, document)| *document).zip(0..).collect();
        for (rank, document) in other {
            match places.get(&document) {
                Some(place) => ranks[*place][1] = rank,
                None => ranks.push([below, rank]),
            }
        }
        let column = |side: usize| ranks.iter().map(|pair| pair[side]).collect::<Vec<u32>>();
        spearman(&column(0), &column(1))
    }
}

/// Spearman's rank correlation, with ties: Pearson's over midranks. None where either side is constant.
pub fn spearman(one: &[u32], other: &[u32]) -> Option<f64> {
    let mean = (one.len() as f64 + 1.0) / 2.0;
    let (one, other) = (midranks(one), midranks(other));
    let pairs = || one.iter().zip(&other).map(|(a, b)| (a - mean, b - mean));
    let product: f64 = pairs().map(|(a, b)| a * b).sum();
    let squares = pairs().fold((0.0, 0.0), |(x, y), (a, b)| (x + a * a, y + b * b));
    let norm = f64::sqrt(squares.0 * squares.1);
    (norm > 0.0).then(|| (product / norm).clamp(-1.0, 1.0))
}
