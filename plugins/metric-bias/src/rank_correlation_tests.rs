use proptest::prelude::*;
use triglot_sdk::abi::SETTING_CROSS_LINGUAL;
use triglot_sdk::testkit::RankingBuilder;

use crate::rank_correlation::Mrc;
use crate::testing::{at, multilingual};

/// Adds a query of a group that retrieved these documents in this order.
fn with(ranking: RankingBuilder, group: u32, documents: &[u32]) -> RankingBuilder {
    let top: Vec<_> = documents.iter().map(|document| (*document, 0, 0.5)).collect();
    ranking.query(100, &[(1, 1, 0)]).group(group).top(&top)
}

fn of(groups: &[(u32, &[u32])]) -> RankingBuilder {
    groups
        .iter()
        .fold(multilingual(), |ranking, (group, documents)| with(ranking, *group, documents))
}

#[test]
fn the_same_top_in_the_same_order_is_1_and_in_reverse_order_minus_1() {
    assert_eq!(at::<Mrc>(3, &of(&[(0, &[7, 8, 9, 1]), (0, &[7, 8, 9, 2])])), [1.0, 1.0]);
    assert_eq!(at::<Mrc>(3, &of(&[(0, &[7, 8, 9]), (0, &[9, 8, 7])])), [-1.0, -1.0]);
}

#[test]
fn a_passage_outside_the_top_of_one_has_rank_k_plus_1_there() {
    // Over documents 1, 2, 3: ranks 1, 2, 3 and 1, 3, 2, where 3 is outside.
    assert_eq!(at::<Mrc>(2, &of(&[(0, &[1, 2, 3]), (0, &[1, 3, 2])])), [0.5, 0.5]);
    // Over four documents, two outside on either side: midranks 1, 2, 3.5, 3.5 and 3.5, 3.5, 1, 2.
    let apart = at::<Mrc>(2, &of(&[(0, &[1, 2]), (0, &[3, 4])]));
    assert!((apart[0] + 4.0 / 4.5).abs() < 1e-12, "{apart:?}");
}

#[test]
fn a_value_is_the_mean_over_the_other_queries_of_the_group() {
    let values = at::<Mrc>(2, &of(&[(0, &[1, 2]), (0, &[1, 2]), (5, &[1, 2]), (0, &[2, 1])]));
    assert_eq!((values[0], values[1], values[3]), (0.0, 0.0, -1.0));
    assert!(values[2].is_nan());
}

#[test]
fn nothing_is_compared_outside_the_multilingual_setting() {
    let ranking = RankingBuilder::new(SETTING_CROSS_LINGUAL);
    let ranking = with(with(ranking, 0, &[1, 2]), 0, &[1, 2]);
    assert!(at::<Mrc>(2, &ranking).iter().all(|value| value.is_nan()));
}

#[test]
fn a_query_that_retrieved_nothing_correlates_with_none() {
    let values = at::<Mrc>(2, &of(&[(0, &[]), (0, &[1, 2]), (0, &[1, 2]), (1, &[]), (1, &[])]));
    assert_eq!(values[1..3], [1.0, 1.0]);
    assert!(values[0].is_nan() && values[3].is_nan() && values[4].is_nan());
}

proptest! {
    #[test]
    fn a_value_lies_from_minus_1_to_1_and_does_not_depend_on_other_groups(
        tops in prop::collection::vec((0_u32..3, Just((0_u32..12).collect::<Vec<_>>()).prop_shuffle()), 1..8),
        k in 2_u32..15,
    ) {
        let all: Vec<(u32, &[u32])> = tops.iter().map(|(group, top)| (*group, top.as_slice())).collect();
        let values = at::<Mrc>(k, &of(&all));
        for group in 0..3 {
            let own: Vec<_> = all.iter().filter(|(other, _)| *other == group).copied().collect();
            let alone = at::<Mrc>(k, &of(&own));
            let together = all.iter().zip(&values).filter(|((other, _), _)| *other == group);
            for (alone, (_, value)) in alone.iter().zip(together) {
                prop_assert_eq!(alone.is_nan(), own.len() < 2);
                prop_assert_eq!(alone.to_bits(), value.to_bits());
                prop_assert!(alone.is_nan() || (-1.0..=1.0).contains(alone), "{alone}");
            }
        }
    }
}
