use proptest::prelude::*;
use triglot_sdk::abi::SETTING_MONOLINGUAL;
use triglot_sdk::testkit::RankingBuilder;

use crate::share::{LanguageDivergence, OwnLanguageShare};
use crate::testing::{at, multilingual};

/// A query of `language` with these languages at its top and among its relevant passages.
fn query(ranking: RankingBuilder, language: u32, top: &[u32], relevant: &[u32]) -> RankingBuilder {
    let judged: Vec<_> = relevant.iter().map(|language| (0, 1, *language)).collect();
    let top: Vec<_> =
        (0..).zip(top).map(|(document, language)| (document, *language, 0.5)).collect();
    ranking.query(100, &judged).language(language).top(&top)
}

#[test]
fn shares_of_the_top_are_held_against_shares_of_the_relevant() {
    let ranking = query(multilingual(), 0, &[0, 0, 1, 0, 3], &[0, 1, 2, 3]);
    assert_eq!(at::<OwnLanguageShare>(4, &ranking), [0.5]);
    assert_eq!(at::<LanguageDivergence>(4, &ranking), [0.5]);
    assert_eq!(at::<OwnLanguageShare>(1, &ranking), [0.75]);
    assert_eq!(at::<LanguageDivergence>(1, &ranking), [0.75]);
}

#[test]
fn a_list_shorter_than_k_is_divided_by_its_length() {
    let ranking = query(multilingual(), 1, &[1, 0], &[0, 1]);
    assert_eq!(at::<OwnLanguageShare>(10, &ranking), [0.0]);
    assert_eq!(at::<LanguageDivergence>(10, &ranking), [0.0]);
}

#[test]
fn a_ranking_that_avoids_the_query_s_language_is_below_0() {
    assert_eq!(at::<OwnLanguageShare>(2, &query(multilingual(), 0, &[1, 1], &[0])), [-1.0]);
    assert_eq!(at::<LanguageDivergence>(2, &query(multilingual(), 0, &[1, 1], &[0])), [1.0]);
}

#[test]
fn irrelevant_passages_have_no_share() {
    let judged = [(1, 1, 0), (2, 0, 1), (3, -1, 2)];
    let ranking = multilingual().query(9, &judged).top(&[(4, 0, 0.5)]);
    assert_eq!(at::<LanguageDivergence>(1, &ranking), [0.0]);
}

#[test]
fn there_is_no_value_without_a_top_without_a_relevant_passage_or_in_a_pool_of_one_language() {
    for ranking in [
        query(multilingual(), 0, &[], &[0]),
        query(multilingual(), 0, &[0], &[]),
        query(RankingBuilder::new(SETTING_MONOLINGUAL), 0, &[0], &[0]),
    ] {
        assert!(at::<OwnLanguageShare>(5, &ranking)[0].is_nan());
        assert!(at::<LanguageDivergence>(5, &ranking)[0].is_nan());
    }
}

proptest! {
    #[test]
    fn divergence_is_at_least_the_surplus_of_any_language_and_at_most_1(
        top in prop::collection::vec(0_u32..4, 1..30),
        relevant in prop::collection::vec(0_u32..4, 1..9),
        language in 0_u32..4,
        k in 1_u32..40,
    ) {
        let ranking = query(multilingual(), language, &top, &relevant);
        let own = at::<OwnLanguageShare>(k, &ranking)[0];
        let divergence = at::<LanguageDivergence>(k, &ranking)[0];
        prop_assert!(own.abs() <= divergence + 1e-12, "{own} {divergence}");
        prop_assert!(divergence <= 1.0 + 1e-12, "{divergence}");
    }
}
