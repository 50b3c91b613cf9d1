//! How well a ranking puts the relevant passages first.
//!
//! Six components, each with one column. The formulas are trec_eval's, so that a figure here can stand beside a
//! published one; trec_eval lacks only `mrr` with a cutoff, and `lareqa-map`, which is named after its origin. What they
//! share (one value a query, the cutoff and the column's name, undefined queries, the checked range) stands in
//! `per_query`; a component is otherwise no more than its formula.
//!
//! A component without cutoff, `ndcg`, judges the full ranking; with the option `k = 10` its column is `ndcg@10`, which
//! is also the short form that a manifest may write.

mod average_precision;
mod discounted_gain;
mod options;
mod per_query;
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
use per_query::PerQuery;
use reciprocal_rank::Mrr;
use within_cutoff::{Precision, Recall};

triglot_sdk::plugin! {
    name: "ranking",
    components: [
        metric PerQuery<Map>,
        metric PerQuery<LareqaMap>,
        metric PerQuery<Ndcg>,
        metric PerQuery<Mrr>,
        metric PerQuery<Recall>,
        metric PerQuery<Precision>,
    ],
}
