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

#[test]
fn r_precision_looks_as_deep_as_there_are_relevant_passages() {
    let three_relevant = ranking(9, &[(1, 1, 0), (2, 0, 0), (4, 1, 0), (0, 1, 0)]);
    assert_eq!(value("r-precision", &three_relevant), 1.0 / 3.0);
}

#[test]
fn bpref_counts_judged_irrelevant_passages_that_were_not_retrieved_and_none_below_0() {
    // The example in trec_eval's note on a mistake of its own: one irrelevant passage above four of six relevant ones.
    let judged = [(1, 0, 0), (2, 1, 0), (3, 1, 0), (4, 1, 0), (5, 1, 0), (0, 1, 0), (0, 1, 0)];
    let unretrieved = [(0, 0, 0), (0, 0, 0), (0, 0, 0)];
    let whole: Vec<_> = judged.into_iter().chain(unretrieved).collect();
    assert_eq!(value("bpref", &ranking(10, &whole)), 0.5);
    let pooled: Vec<_> =
        whole.iter().map(|(rank, grade, l)| (*rank, grade - i32::from(*grade == 0), *l)).collect();
    assert_eq!(value("bpref", &ranking(10, &pooled)), 4.0 / 6.0);
}

#[test]
fn hit_accuracy_and_error_ask_for_one_relevant_passage() {
    let third = ranking(9, &[(1, 0, 0), (3, 2, 0), (4, 1, 0)]);
    let found =
        ["hit@2", "hit@3", "accuracy@1", "accuracy@3", "error"].map(|column| value(column, &third));
    assert_eq!(found, [0.0, 1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn judged_divides_by_what_was_retrieved_where_that_is_less_than_k() {
    // Of four passages of the pool one, which is judged, was not retrieved.
    let short = ranking(4, &[(1, 1, 0), (3, -1, 0), (0, 1, 0)]);
    let found = ["judged@1", "judged@2", "judged@3", "judged@10", "judged"]
        .map(|column| value(column, &short));
    assert_eq!(found, [1.0, 0.5, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]);
    assert_eq!(value("judged@10", &ranking(1, &[(0, 1, 0)])), 0.0);
}

#[test]
fn rbp_weighs_a_rank_by_the_probability_of_reading_it() {
    let two = ranking(9, &[(1, 3, 0), (3, 1, 0), (0, 1, 0)]);
    let near =
        |column: &str, expected: f64| assert!((value(column, &two) - expected).abs() < 1e-15);
    near("rbp", 0.2 * (1.0 + 0.64));
    near("rbp@2", 0.2);
    near("rbp-p0.5", 0.5 * 1.25);
    near("rbp-p0.5@3", 0.5 * 1.25);
}

#[test]
fn a_search_that_retrieves_nothing_relevant_has_found_nothing_by_any_metric() {
    // As a search by words in another language: nothing at all, or only what is judged irrelevant.
    let nothing = ranking(2, &[(0, 1, 0), (0, 0, 0)]).query(2, &[(1, 0, 0), (0, 2, 0)]);
    for column in [
        "map",
        "map@10",
        "lareqa-map@20",
        "ndcg",
        "ndcg@10",
        "mrr",
        "mrr@10",
        "recall@1",
        "precision@5",
        "r-precision",
        "hit@10",
        "accuracy@1",
        "bpref",
        "rbp",
    ] {
        assert_eq!(values(column, &nothing).unwrap(), [0.0, 0.0], "{column}");
    }
    assert_eq!(values("error", &nothing).unwrap(), [1.0, 1.0]);
    assert_eq!(values("judged@10", &nothing).unwrap(), [0.0, 1.0]);
}
