use proptest::prelude::*;
use serde_json::json;
use triglot_sdk::abi::SETTING_MONOLINGUAL;
use triglot_sdk::testkit::strategies::rankings;
use triglot_sdk::testkit::{RankingBuilder, compute, laws};

use super::*;

fn success(k: u32, ranking: &RankingBuilder) -> Vec<f64> {
    compute::<Success>(json!({ "k": k }), ranking)
        .unwrap()
        .column(&format!("success@{k}"))
}

#[test]
fn a_relevant_passage_down_to_rank_k_is_a_success() {
    // Judged passages as (rank or 0, grade, language).
    let ranking = RankingBuilder::new(SETTING_MONOLINGUAL)
        .query(9, &[(1, 0, 0), (3, 1, 0)])
        .query(9, &[(4, 2, 0), (0, 1, 0)]);
    assert_eq!(success(2, &ranking), [0.0, 0.0]);
    assert_eq!(success(3, &ranking), [1.0, 0.0]);
    assert_eq!(success(4, &ranking), [1.0, 1.0]);
}

#[test]
fn without_a_relevant_passage_it_is_undefined() {
    let ranking = RankingBuilder::new(SETTING_MONOLINGUAL).query(9, &[(1, 0, 0)]);
    assert!(success(5, &ranking)[0].is_nan());
}

#[test]
fn k_cannot_be_0_or_left_out() {
    assert!(serde_json::from_value::<Options>(json!({ "k": 0 })).is_err());
    assert!(serde_json::from_value::<Options>(json!({})).is_err());
}

proptest! {
    #[test]
    fn values_are_in_range_in_whatever_order_queries_come(ranking in rankings(), k in 1u32..80) {
        laws::metric::values_are_in_range::<Success>(&json!({ "k": k }), &ranking)?;
        laws::metric::order_of_queries_is_immaterial::<Success>(&json!({ "k": k }), &ranking)?;
    }

    #[test]
    fn success_never_falls_as_k_grows(ranking in rankings(), k in 1u32..80) {
        for (shallow, deep) in success(k, &ranking).iter().zip(success(k + 1, &ranking)) {
            prop_assert!(shallow.is_nan() && deep.is_nan() || *shallow <= deep);
        }
    }
}
