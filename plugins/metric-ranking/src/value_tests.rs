//! Values worked out by hand, one for every choice that distinguishes a metric from its namesakes.

use triglot_sdk::abi::SETTING_MONOLINGUAL;
use triglot_sdk::testkit::RankingBuilder;

use crate::testing::{value, values};

fn ranking(pool_size: u32, judged: &[(u32, i32, u32)]) -> RankingBuilder {
    RankingBuilder::new(SETTING_MONOLINGUAL).query(pool_size, judged)
}

#[test]
fn map_divides_by_all_relevant_and_lareqa_map_by_at_most_k() {
    let four_relevant = ranking(9, &[(1, 1, 0), (2, 0, 0), (4, 1, 0), (5, 1, 0), (0, 1, 0)]);
    assert_eq!(value("map", &four_relevant), (1.0 + 0.5 + 0.6) / 4.0);
    assert_eq!(value("map@4", &four_relevant), 1.5 / 4.0);
    assert_eq!(value("map@2", &four_relevant), 1.0 / 4.0);
    assert_eq!(value("lareqa-map@2", &four_relevant), 1.0 / 2.0);
    assert_eq!(value("lareqa-map@20", &four_relevant), value("map", &four_relevant));
}

#[test]
fn ndcg_gains_the_grade_itself_and_counts_the_unretrieved_in_the_ideal() {
    let graded = ranking(9, &[(1, 1, 0), (2, -1, 0), (3, 3, 0), (0, 2, 0)]);
    let third = 3_f64.log2();
    assert_eq!(value("ndcg", &graded), (1.0 + 1.5) / (3.0 + 2.0 / third + 0.5));
    assert_eq!(value("ndcg@2", &graded), 1.0 / (3.0 + 2.0 / third));
}

#[test]
fn mrr_is_0_when_the_first_relevant_passage_is_below_k_or_not_retrieved() {
    let fourth = ranking(9, &[(2, 0, 0), (4, 1, 0), (5, 1, 0)]);
    assert_eq!(value("mrr", &fourth), 0.25);
    assert_eq!(value("mrr@4", &fourth), 0.25);
    assert_eq!(value("mrr@3", &fourth), 0.0);
    assert_eq!(value("mrr", &ranking(9, &[(0, 1, 0)])), 0.0);
}

#[test]
fn precision_divides_by_k_even_where_the_pool_is_smaller() {
    let small = ranking(2, &[(1, 1, 0), (2, 2, 0)]);
    assert_eq!(value("precision@10", &small), 0.2);
    assert_eq!(value("recall@10", &small), 1.0);
    assert_eq!(value("recall@1", &small), 0.5);
}

#[test]
fn a_query_without_relevant_passage_is_undefined_among_others() {
    let both = ranking(3, &[(1, 0, 0), (2, -1, 0)]).query(3, &[(1, 1, 0)]);
    let values = values("recall@1", &both).unwrap();
    assert!(values[0].is_nan());
    assert_eq!(values[1], 1.0);
}

#[test]
fn a_ranking_that_contradicts_itself_is_an_error_not_a_value_above_1() {
    let two_at_rank_1 = ranking(3, &[(3, 1, 0)]).query(3, &[(1, 1, 0), (1, 1, 0)]);
    let error = values("map", &two_at_rank_1).unwrap_err();
    let begins = "map of query 1 (counted from 0) of data set `test` is 1.5, outside 0 to 1";
    assert!(error.message().starts_with(begins), "{}", error.message());
}
