//! How well a ranking puts the relevant passages first.
//!
//! Components with one column each. Where trec_eval has a metric the formula is its own, so that a figure here can stand
//! beside a published one. It lacks `mrr` with a cutoff, `lareqa-map`, `accuracy`, `error`, `judged` and `rbp`; each says
//! where it is from. What they share (one value a query, the cutoff and the column's name, undefined queries, the checked
//! range) stands in `per_query`; a component is otherwise no more than its formula.
//!
//! A grade above 0 is relevant. One below 0 gains nothing anywhere; trec_eval reads it as "in the pool, not judged",
//! which shows in `bpref` alone.
//!
//! A component without cutoff, `ndcg`, judges the full ranking; with the option `k = 10` its column is `ndcg@10`, which
//! is also the short form that a manifest may write.

mod average_precision;
mod discounted_gain;
mod first_relevant;
mod judged;
mod options;
mod per_query;
mod preference;
mod rank_biased;
mod reciprocal_rank;
mod within_cutoff;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod option_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod value_tests;

use average_precision::{LareqaMap, Map};
use discounted_gain::Ndcg;
use first_relevant::{Accuracy, ErrorRate, Hit};
use judged::JudgedShare;
use per_query::PerQuery;
use preference::Bpref;
use rank_biased::Rbp;
use reciprocal_rank::Mrr;
use within_cutoff::{Precision, RPrecision, Recall};

triglot_sdk::plugin! {
    name: "ranking",
    components: [
        metric PerQuery<Map>,
        metric PerQuery<LareqaMap>,
        metric PerQuery<Ndcg>,
        metric PerQuery<Mrr>,
        metric PerQuery<Recall>,
        metric PerQuery<Precision>,
        metric PerQuery<RPrecision>,
        metric PerQuery<Hit>,
        metric PerQuery<Accuracy>,
        metric PerQuery<ErrorRate>,
        metric PerQuery<Bpref>,
        metric PerQuery<JudgedShare>,
        metric PerQuery<Rbp>,
    ],
}
