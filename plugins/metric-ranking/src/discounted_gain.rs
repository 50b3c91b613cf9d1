//! Discounted cumulative gain, which alone of these metrics tells grades apart.

use std::cmp::Reverse;

use triglot_sdk::QueryRanking;

use crate::options::OptionalCutoff;
use crate::per_query::Measure;

/// DCG = Σ gain(r) / log₂(r + 1) over ranks r = 1 to k, divided by that of the best possible ranking.
///
/// From Järvelin and Kekäläinen (2002) with the discount of trec_eval's `ndcg` and `ndcg_cut_k` (`m_ndcg.c`,
/// `m_ndcg_cut.c`): the gain is the grade itself, not 2^grade − 1, and 0 for a grade of 0 or less. The best possible
/// ranking holds all judged passages of the query, the unretrieved too.
pub struct Ndcg;

impl Measure for Ndcg {
    type Options = OptionalCutoff;
    const ID: &'static str = "ndcg";
    const SUMMARY: &'static str = "Normalised discounted cumulative gain, the gain being the grade: ndcg and ndcg_cut_k of trec_eval";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        let gains = || query.judged().filter(|judged| judged.grade > 0);
        let found = gains().filter_map(|judged| Some((judged.rank?, judged.grade)));
        let mut best: Vec<i32> = gains().map(|judged| judged.grade).collect();
        best.sort_unstable_by_key(|grade| Reverse(*grade));
        discounted(found, k) / discounted((1..).zip(best), k)
    }
}

/// Σ grade / log₂(rank + 1) over (rank, grade) by ascending rank.
fn discounted(gains: impl Iterator<Item = (u32, i32)>, k: u32) -> f64 {
    gains
        .take_while(|(rank, _)| *rank <= k)
        .map(|(rank, grade)| f64::from(grade) / (f64::from(rank) + 1.0).log2())
        .sum()
}
