//! Recall and precision within a cutoff: the number of relevant passages at ranks 1 to k, over two denominators; and
//! R-precision, where the cutoff is that at which the two meet.

use triglot_sdk::QueryRanking;

use crate::options::{NoOptions, RequiredCutoff};
use crate::per_query::Measure;

/// Number of relevant passages at ranks 1 to `k`.
fn found(query: &QueryRanking<'_>, k: u32) -> f64 {
    query.relevant_ranks().take_while(|rank| *rank <= k).count() as f64
}

/// Found within k, divided by all relevant passages: trec_eval's `recall_k` (`m_recall.c`).
pub struct Recall;

impl Measure for Recall {
    type Options = RequiredCutoff;
    const ID: &'static str = "recall";
    const SUMMARY: &'static str =
        "Relevant passages found within k, divided by all relevant passages: recall_k of trec_eval";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        found(query, k) / f64::from(query.relevant)
    }
}

/// Found within k, divided by k, also where the pool holds fewer passages: trec_eval's `P_k` (`m_P.c`).
pub struct Precision;

impl Measure for Precision {
    type Options = RequiredCutoff;
    const ID: &'static str = "precision";
    const SUMMARY: &'static str =
        "Relevant passages found within k, divided by k: P_k of trec_eval";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        found(query, k) / f64::from(k)
    }
}

/// Found among as many passages as are relevant, divided by that number: trec_eval's `Rprec` (`m_Rprec.c`; Buckley and
/// Voorhees 2005). Precision and recall are the same there, also where fewer passages were retrieved than are relevant.
pub struct RPrecision;

impl Measure for RPrecision {
    type Options = NoOptions;
    const ID: &'static str = "r-precision";
    const SUMMARY: &'static str =
        "Precision at R, the number of the query's relevant passages: Rprec of trec_eval";

    fn value(query: &QueryRanking<'_>, _: u32, _: &Self::Options) -> f64 {
        found(query, query.relevant) / f64::from(query.relevant)
    }
}
