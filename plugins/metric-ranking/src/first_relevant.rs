//! Whether a relevant passage stands at the top at all, for tasks in which one answer will do.

use triglot_sdk::QueryRanking;

use crate::options::{FirstRank, NoOptions, RequiredCutoff};
use crate::per_query::Measure;

/// 1 if a relevant passage stands at ranks 1 to `k`, else 0.
fn hit(query: &QueryRanking<'_>, k: u32) -> f64 {
    f64::from(u8::from(query.relevant_ranks().next().is_some_and(|rank| rank <= k)))
}

/// 1 if a relevant passage is within k: trec_eval's `success_k` (`m_success.c`).
pub struct Hit;

impl Measure for Hit {
    type Options = RequiredCutoff;
    const ID: &'static str = "hit";
    const SUMMARY: &'static str =
        "1 if a relevant passage is found within k, else 0: success_k of trec_eval";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        hit(query, k)
    }
}

/// [`Hit`] under the name that translation retrieval gives it, where the nearest sentence is right or wrong: Tatoeba
/// (Artetxe and Schwenk 2019, arXiv 1812.10464) as XTREME reports it (Hu et al. 2020, arXiv 2003.11080).
///
/// Its column is `accuracy@1` whether the manifest writes `accuracy` or `accuracy@1`.
pub struct Accuracy;

impl Measure for Accuracy {
    type Options = FirstRank;
    const ID: &'static str = "accuracy";
    const SUMMARY: &'static str =
        "1 if the nearest passage is relevant, else 0; with k, if one of the nearest k is";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        hit(query, k)
    }
}

/// 1 − accuracy@1: the similarity search error rate of Artetxe and Schwenk (2019, arXiv 1812.10464, section 4.3).
pub struct ErrorRate;

impl Measure for ErrorRate {
    type Options = NoOptions;
    const ID: &'static str = "error";
    const SUMMARY: &'static str =
        "1 if the nearest passage is not relevant, else 0: the error rate of Tatoeba";
    const HIGHER_IS_BETTER: bool = false;

    fn value(query: &QueryRanking<'_>, _: u32, _: &Self::Options) -> f64 {
        1.0 - hit(query, 1)
    }
}
