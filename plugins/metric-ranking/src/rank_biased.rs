//! Rank-biased precision: what a user gains who reads on from each passage to the next with the same probability.

use triglot_sdk::QueryRanking;

use crate::options::RankBiased;
use crate::per_query::Measure;

/// RBP = (1 − p) · Σ p^(r − 1) over the ranks r of the relevant passages (Moffat and Zobel 2008, section 3), whatever
/// their grade.
///
/// It does not ask how many passages are relevant, so even the best ranking stays below 1, and figures with different p
/// are not comparable: a p other than 0.8 stands in the column's name, as in `rbp-p0.5@10`.
pub struct Rbp;

impl Measure for Rbp {
    type Options = RankBiased;
    const ID: &'static str = "rbp";
    const SUMMARY: &'static str =
        "Rank-biased precision: the relevant passages, weighted by the probability p of reading on";

    fn value(query: &QueryRanking<'_>, k: u32, options: &Self::Options) -> f64 {
        let p = options.p.get();
        let weight = |rank: u32| p.powf(f64::from(rank) - 1.0);
        let sum: f64 = query.relevant_ranks().take_while(|rank| *rank <= k).map(weight).sum();
        // The limit of the sum is 1 / (1 - p), which rounding may step over.
        ((1.0 - p) * sum).min(1.0)
    }
}
