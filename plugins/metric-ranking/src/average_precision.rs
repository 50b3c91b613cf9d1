//! Average precision: the mean, over the relevant passages, of the precision at the rank of each.
//!
//! With R relevant passages, of which the i-th found stands at rank rᵢ, AP = 1/R · Σᵢ i/rᵢ (trec_eval, `m_map.c`).
//! A passage that is not found adds nothing but still counts in R. The two components differ only in what they divide
//! by once there is a cutoff; on rankings with more than k relevant passages that decides the figure.

use triglot_sdk::QueryRanking;

use crate::options::{OptionalCutoff, RequiredCutoff};
use crate::per_query::Measure;

/// Σ i/rᵢ over the relevant passages at ranks 1 to `k`.
fn sum_of_precisions(query: &QueryRanking<'_>, k: u32) -> f64 {
    (1_u32..)
        .zip(query.relevant_ranks().take_while(|rank| *rank <= k))
        .map(|(found, rank)| f64::from(found) / f64::from(rank))
        .sum()
}

/// Divided by all relevant passages: trec_eval's `map` and, with a cutoff, `map_cut_k` (`m_map_cut.c`).
pub struct Map;

impl Measure for Map {
    type Options = OptionalCutoff;
    const ID: &'static str = "map";
    const SUMMARY: &'static str =
        "Average precision, divided by all relevant passages: map and map_cut_k of trec_eval";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        sum_of_precisions(query, k) / f64::from(query.relevant)
    }
}

/// Divided by min(R, k), so that the best ranking of any query has 1: mAP@20 of LAReQA (Roy et al. 2020,
/// arXiv 2004.05484) as XTREME-R reports it (Ruder et al. 2021, arXiv 2104.07412).
pub struct LareqaMap;

impl Measure for LareqaMap {
    type Options = RequiredCutoff;
    const ID: &'static str = "lareqa-map";
    const SUMMARY: &'static str = "Average precision within k, divided by min(relevant passages, k): mAP@20 of LAReQA and XTREME-R";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        sum_of_precisions(query, k) / f64::from(query.relevant.min(k))
    }
}
