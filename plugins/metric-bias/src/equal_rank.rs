//! Whether relevant passages of different languages can expect the same rank.

use std::collections::BTreeMap;

use statrs::function::gamma::checked_gamma_ur;
use triglot_sdk::{Column, Component, Context, Metric, QueryRanking, Ranking, Result};

use crate::midrank::midranks;
use crate::options::Cutoff;

/// PEER, the probability of equal expected rank (Yang, Jänich, Mayfield and Lawrie 2024, arXiv 2405.00978): the p-value of
/// a Kruskal–Wallis test whether the ranks of a query's relevant passages are alike in all languages.
///
/// Near 0 the languages are treated differently; where they are not, every value from 0 to 1 is as likely, so that a mean
/// near 0.5 is what fairness looks like, and a mean above it only happens where many passages tie below k.
///
/// As published, with all relevant grades as one level of weight 1: a passage below rank k, or not retrieved, has rank
/// k + 1, and all that have it tie. The test is the usual one, over ranks among the relevant passages with the correction
/// for ties; the authors' program puts the ranks of the whole list into the formula instead, so its figures differ. If all
/// tie the value is 1, for then the ranks are equal.
///
/// There is no value where the test has nothing to tell: if all relevant passages are of one language (the authors' program
/// says 1), or no language has two, for then the statistic is the same whatever the ranks. So it is on a corpus with one
/// relevant passage a language, such as XQuAD-R; there the distance of ranks and the shares of languages tell more.
pub struct Peer {
    k: u32,
}

impl Component for Peer {
    type Options = Cutoff;
    const ID: &'static str = "peer";
    const SUMMARY: &'static str = "Probability that relevant passages of all languages have the same expected rank, ranks above k taken as k + 1";
}

impl Metric for Peer {
    fn create(options: Cutoff, _: &Context) -> Result<Self> {
        Ok(Self { k: options.k.get() })
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::unit(format!("{}@{}", Self::ID, self.k))]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        for (query, value) in ranking.iter().zip(values) {
            *value = self.of(&query).unwrap_or(f64::NAN);
        }
        Ok(())
    }
}

impl Peer {
    fn of(&self, query: &QueryRanking<'_>) -> Option<f64> {
        let below = self.k.saturating_add(1);
        let relevant = || query.judged().filter(|judged| judged.grade > 0);
        let ranks: Vec<u32> = relevant().map(|j| j.rank.unwrap_or(below).min(below)).collect();
        let languages: Vec<u32> = relevant().map(|judged| judged.language).collect();
        equal_ranks(&ranks, &languages)
    }
}

/// The p-value of the Kruskal–Wallis test over values in groups; none with fewer than two groups, or without a group of
/// two values.
///
/// H = (N − 1) · Σ nᵍ (r̄ᵍ − r̄)² / Σ (rᵢ − r̄)² over midranks, which is the statistic corrected for ties (Kruskal and Wallis
/// 1952), against χ² with one degree of freedom less than there are groups.
pub fn equal_ranks(values: &[u32], groups: &[u32]) -> Option<f64> {
    let ranks = midranks(values);
    let mut sums: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (rank, group) in ranks.iter().zip(groups) {
        let (sum, count) = sums.entry(*group).or_default();
        *sum += rank;
        *count += 1.0;
    }
    if sums.len() < 2 || sums.len() == values.len() {
        return None;
    }
    let mean = (values.len() as f64 + 1.0) / 2.0;
    let between: f64 = sums.values().map(|(sum, count)| count * (sum / count - mean).powi(2)).sum();
    let total: f64 = ranks.iter().map(|rank| (rank - mean).powi(2)).sum();
    if total == 0.0 {
        return Some(1.0);
    }
    let statistic = (values.len() as f64 - 1.0) * between / total;
    let freedom = sums.len() as f64 - 1.0;
    // P(χ² > H) is the regularised upper incomplete gamma function at half of both.
    match statistic > 0.0 {
        true => checked_gamma_ur(freedom / 2.0, statistic / 2.0).ok(),
        false => Some(1.0),
    }
}
