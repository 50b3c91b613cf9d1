//! What holds for every ranking.

use proptest::prelude::*;
use triglot_sdk::abi::SETTING_MONOLINGUAL;
use triglot_sdk::testkit::RankingBuilder;

use crate::testing::{value, values};

/// A ranking of one query: the grade, if it is judged, of the passage at each rank, and the grades of the unretrieved.
#[derive(Debug, Clone)]
struct Query {
    by_rank: Vec<Option<i32>>,
    unretrieved: Vec<i32>,
}

impl Query {
    fn build(&self) -> RankingBuilder {
        Self::add_to(RankingBuilder::new(SETTING_MONOLINGUAL), self)
    }

    fn add_to(ranking: RankingBuilder, query: &Self) -> RankingBuilder {
        let retrieved =
            (1..).zip(&query.by_rank).filter_map(|(rank, grade)| Some((rank, (*grade)?, 0)));
        let unretrieved = query.unretrieved.iter().map(|grade| (0, *grade, 0));
        let judged: Vec<_> = retrieved.chain(unretrieved).collect();
        let pool_size = query.by_rank.len() + query.unretrieved.len();
        ranking.query(pool_size as u32, &judged)
    }

    /// The same passages, every relevant one above all others and higher grades above lower.
    fn perfected(&self) -> Self {
        let mut by_rank = self.by_rank.clone();
        by_rank.extend(self.unretrieved.iter().map(|grade| Some(*grade)));
        by_rank.sort_by_key(|grade| std::cmp::Reverse(grade.unwrap_or(0)));
        Self { by_rank, unretrieved: vec![] }
    }

    fn relevant(&self) -> u32 {
        let by_rank = self.by_rank.iter().flatten();
        by_rank.chain(&self.unretrieved).filter(|grade| **grade > 0).count() as u32
    }
}

fn queries() -> impl Strategy<Value = Query> {
    let by_rank = prop::collection::vec(prop::option::of(-1..=3), 0..60);
    let unretrieved = prop::collection::vec(-1..=3, 0..4);
    (by_rank, unretrieved).prop_map(|(by_rank, unretrieved)| Query { by_rank, unretrieved })
}

fn queries_with_a_relevant_passage() -> impl Strategy<Value = Query> {
    queries().prop_filter("no passage is relevant", |query| query.relevant() > 0)
}

/// Every column at this cutoff, and those without one.
fn columns(k: u32) -> Vec<String> {
    let cut =
        ["map", "lareqa-map", "ndcg", "mrr", "recall", "precision", "hit", "accuracy", "judged"];
    let cut = cut.into_iter().chain(["rbp", "rbp-p0.1"]).map(|id| at(id, k));
    let full = ["map", "ndcg", "mrr", "r-precision", "error", "bpref", "judged", "rbp"];
    full.map(str::to_owned).into_iter().chain(cut).collect()
}

/// The name of a column with a cutoff.
fn at(id: &str, k: u32) -> String {
    format!("{id}@{k}")
}

proptest! {
    #[test]
    fn a_value_is_undefined_without_a_relevant_passage_and_else_from_0_to_1(
        query in queries(),
        k in 1_u32..80,
    ) {
        for column in columns(k) {
            let value = value(&column, &query.build());
            if query.relevant() == 0 {
                prop_assert!(value.is_nan(), "{column} is {value}");
            } else {
                let allowed = (0.0..=1.0).contains(&value) && value.is_sign_positive();
                prop_assert!(allowed, "{column} is {value}");
            }
        }
    }

    #[test]
    fn a_perfect_ranking_has_the_value_1(query in queries_with_a_relevant_passage(), k in 1_u32..80) {
        let perfect = query.perfected().build();
        let (enough, full) = (k.max(query.relevant()), k.min(query.relevant()));
        let any_cutoff = ["lareqa-map", "ndcg", "mrr", "hit", "accuracy"].map(|id| at(id, k));
        let columns = ["map", "ndcg", "mrr", "r-precision", "bpref"].map(str::to_owned).into_iter().chain(any_cutoff).chain([
            at("map", enough),
            at("recall", enough),
            at("precision", full),
        ]);
        for column in columns {
            prop_assert_eq!(value(&column, &perfect), 1.0, "{}", column);
        }
        prop_assert_eq!(value("error", &perfect), 0.0);
    }

    #[test]
    fn nobody_s_judgement_changes_only_how_much_is_judged(
        query in queries_with_a_relevant_passage(),
        k in 1_u32..80,
    ) {
        let mut judged = query.clone();
        judged.by_rank.iter_mut().for_each(|grade| *grade = grade.or(Some(-1)));
        let (before, after) = (query.build(), judged.build());
        for column in columns(k) {
            let (before, after) = (value(&column, &before), value(&column, &after));
            match column.starts_with("judged") {
                true if query.by_rank.is_empty() => prop_assert_eq!(after, 0.0),
                true => prop_assert_eq!(after, 1.0),
                false => prop_assert_eq!(before, after, "{}", column),
            }
        }
    }

    #[test]
    fn accuracy_is_the_hit_of_rank_1_and_error_what_it_lacks(query in queries_with_a_relevant_passage()) {
        let ranking = query.build();
        let accuracy = value("accuracy@1", &ranking);
        prop_assert_eq!(accuracy, value("hit@1", &ranking));
        prop_assert_eq!(accuracy + value("error", &ranking), 1.0);
    }

    #[test]
    fn an_irrelevant_passage_below_all_others_changes_nothing(
        query in queries_with_a_relevant_passage(),
        k in 1_u32..80,
        grade in prop::option::of(-1..=0),
    ) {
        let mut longer = query.clone();
        longer.by_rank.push(grade);
        let (before, after) = (query.build(), longer.build());
        // One more judged passage is what `judged` counts, and one more preference that `bpref` finds kept.
        let counts_it = |column: &String| column.starts_with("judged") || column == "bpref";
        for column in columns(k).into_iter().filter(|column| !counts_it(column)) {
            prop_assert_eq!(value(&column, &before), value(&column, &after), "{}", column);
        }
    }

    #[test]
    fn lareqa_map_is_at_least_map(query in queries_with_a_relevant_passage(), k in 1_u32..80) {
        let ranking = query.build();
        let (map, lareqa) = (value(&at("map", k), &ranking), value(&at("lareqa-map", k), &ranking));
        prop_assert!(map <= lareqa, "{map} is above {lareqa}");
    }

    #[test]
    fn what_counts_finds_never_falls_as_k_grows(
        query in queries_with_a_relevant_passage(),
        k in 1_u32..80,
    ) {
        let ranking = query.build();
        for id in ["recall", "map", "mrr", "hit", "accuracy", "rbp"] {
            let (shallow, deep) = (value(&at(id, k), &ranking), value(&at(id, k + 1), &ranking));
            prop_assert!(shallow <= deep, "{id} falls from {shallow} to {deep}");
        }
    }

    #[test]
    fn a_cutoff_at_the_size_of_the_pool_changes_nothing(query in queries_with_a_relevant_passage()) {
        let ranking = query.build();
        let k = ranking.view().query(0).pool_size;
        for id in ["map", "ndcg", "mrr", "judged", "rbp"] {
            prop_assert_eq!(value(&at(id, k), &ranking), value(id, &ranking), "{}", id);
        }
    }

    #[test]
    fn the_value_of_a_query_does_not_depend_on_the_others(
        several in prop::collection::vec(queries(), 0..6),
        k in 1_u32..80,
    ) {
        let together = several.iter().fold(RankingBuilder::new(SETTING_MONOLINGUAL), Query::add_to);
        for column in columns(k) {
            let alone = several.iter().map(|query| value(&column, &query.build()).to_bits());
            let together = values(&column, &together)
                .map_err(|error| TestCaseError::fail(error.message().to_owned()))?;
            prop_assert!(alone.eq(together.into_iter().map(f64::to_bits)), "{}", column);
        }
    }
}
