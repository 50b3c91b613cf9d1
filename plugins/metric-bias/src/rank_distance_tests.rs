use std::collections::BTreeSet;

use proptest::prelude::*;
use triglot_sdk::Metric;
use triglot_sdk::abi::SETTING_MULTILINGUAL;
use triglot_sdk::testkit::{RankingBuilder, compute};

use crate::options::NoOptions;
use crate::rank_distance::RankDistance;

fn distances(ranking: &RankingBuilder) -> Vec<f64> {
    compute::<RankDistance>(serde_json::json!({}), ranking).unwrap().values
}

fn multilingual() -> RankingBuilder {
    RankingBuilder::new(SETTING_MULTILINGUAL)
}

#[test]
fn the_distance_runs_from_the_first_to_the_last_relevant_passage() {
    let judged = [(4, 1, 0), (2, 0, 1), (3, 1, 1), (30, 2, 2), (90, 0, 3)];
    assert_eq!(distances(&multilingual().query(100, &judged)), [27.0]);
}

#[test]
fn with_fewer_than_two_relevant_passages_it_is_undefined() {
    let ranking = multilingual()
        .query(9, &[(1, 0, 0), (5, 0, 1)])
        .query(9, &[(1, 0, 0), (5, 1, 1)])
        .query(9, &[(5, 1, 0), (0, 1, 1)])
        .query(9, &[(5, 1, 0), (6, 1, 1)]);
    let distances = distances(&ranking);
    assert!(distances[..3].iter().all(|distance| distance.is_nan()));
    assert_eq!(distances[3], 1.0);
}

#[test]
fn a_relevant_passage_that_was_not_retrieved_leaves_it_undefined_and_an_irrelevant_one_does_not() {
    let ranking = multilingual()
        .query(9, &[(2, 1, 0), (7, 1, 1), (0, 1, 2)])
        .query(9, &[(2, 1, 0), (7, 1, 1), (0, 0, 2)]);
    let distances = distances(&ranking);
    assert!(distances[0].is_nan());
    assert_eq!(distances[1], 5.0);
}

#[test]
fn less_is_better_without_upper_end() {
    let columns = RankDistance.columns();
    assert_eq!(columns.len(), 1);
    assert_eq!(columns[0].name, "rank-distance");
    assert_eq!(columns[0].range, (0.0, f64::INFINITY));
    assert!(!columns[0].higher_is_better);
}

#[test]
fn an_option_is_refused() {
    assert!(serde_json::from_str::<NoOptions>("{}").is_ok());
    assert!(serde_json::from_str::<NoOptions>(r#"{ "k": 10 }"#).is_err());
}

proptest! {
    #[test]
    fn it_is_at_least_the_number_of_relevant_passages_less_one(
        ranks in prop::collection::btree_set(1_u32..=500, 2..12),
        below in 0_u32..100,
    ) {
        let judged: Vec<_> = ranks.iter().map(|rank| (*rank, 1, 0)).collect();
        let distance = distances(&multilingual().query(600, &judged))[0];
        prop_assert!(distance >= f64::from(ranks.len() as u32 - 1));

        let side_by_side: Vec<_> = (1..=ranks.len() as u32).map(|rank| (rank + below, 1, 0)).collect();
        prop_assert_eq!(distances(&multilingual().query(600, &side_by_side))[0], f64::from(ranks.len() as u32 - 1));
    }

    #[test]
    fn irrelevant_passages_and_the_order_of_languages_do_not_matter(
        relevant in prop::collection::btree_set(1_u32..=100, 2..8),
        judged in prop::collection::btree_set(1_u32..=100, 0..20),
    ) {
        let plain: Vec<_> = relevant.iter().map(|rank| (*rank, 1, 0)).collect();
        let irrelevant: BTreeSet<_> = judged.difference(&relevant).collect();
        let languages = (0..4).rev().cycle();
        let mixed: Vec<_> = relevant
            .iter()
            .zip(languages)
            .map(|(rank, language)| (*rank, 3, language))
            .chain(irrelevant.into_iter().map(|rank| (*rank, 0, 1)))
            .collect();
        prop_assert_eq!(distances(&multilingual().query(100, &plain)), distances(&multilingual().query(100, &mixed)));
    }
}
