//! Reciprocal rank: what a reader of the first right answer alone would measure.

use triglot_sdk::QueryRanking;

use crate::options::OptionalCutoff;
use crate::per_query::Measure;

/// 1/r with r the rank of the first relevant passage, 0 if none is found: trec_eval's `recip_rank`
/// (`m_recip_rank.c`; Voorhees 1999, the TREC-8 question answering track). With a cutoff, 0 if r > k: MRR@k as
/// MS MARCO's passage ranking reports it (Bajaj et al. 2016, arXiv 1611.09268).
///
/// The component is called after the mean, as the field does; the host takes that mean.
pub struct Mrr;

impl Measure for Mrr {
    type Options = OptionalCutoff;
    const ID: &'static str = "mrr";
    const SUMMARY: &'static str = "Reciprocal rank of the first relevant passage, 0 if it is below k: recip_rank of trec_eval";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        query
            .relevant_ranks()
            .next()
            .filter(|rank| *rank <= k)
            .map_or(0.0, |rank| f64::from(rank).recip())
    }
}
