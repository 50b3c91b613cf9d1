//! What tests of several metrics use.

use serde_json::json;
use triglot_sdk::Metric;
use triglot_sdk::abi::SETTING_MULTILINGUAL;
use triglot_sdk::testkit::{RankingBuilder, compute};

/// Rankings of the multilingual setting.
pub fn multilingual() -> RankingBuilder {
    RankingBuilder::new(SETTING_MULTILINGUAL)
}

/// The values of a metric at a cutoff, one a query.
pub fn at<M: Metric>(k: u32, ranking: &RankingBuilder) -> Vec<f64> {
    compute::<M>(json!({ "k": k }), ranking).unwrap().values
}
