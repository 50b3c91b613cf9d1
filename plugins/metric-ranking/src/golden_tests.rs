//! Equality with trec_eval, by way of pytrec_eval: see `tests/golden/make_golden.py`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use triglot_sdk::abi::SETTING_MULTILINGUAL;
use triglot_sdk::testkit::RankingBuilder;

use crate::testing::values;

/// Both sides compute in doubles; only the order of a few operations may differ.
const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct Query {
    scores: BTreeMap<String, f64>,
    grades: BTreeMap<String, i32>,
    pytrec_eval: BTreeMap<String, f64>,
    by_definition: BTreeMap<String, f64>,
}

impl Query {
    /// The judged passages as (rank or 0, grade, language), under trec_eval's order: score descending, then
    /// identifier descending.
    fn judged(&self) -> Vec<(u32, i32, u32)> {
        let mut order: Vec<&str> = self.scores.keys().map(String::as_str).collect();
        order.sort_by(|a, b| self.scores[*b].total_cmp(&self.scores[*a]).then(b.cmp(a)));
        let rank: BTreeMap<&str, u32> = order.into_iter().zip(1..).collect();
        self.grades
            .iter()
            .map(|(id, grade)| (rank.get(id.as_str()).copied().unwrap_or(0), *grade, 0))
            .collect()
    }

    fn has_relevant(&self) -> bool {
        self.grades.values().any(|grade| *grade > 0)
    }

    fn pool_size(&self) -> u32 {
        let pool: BTreeSet<_> = self.scores.keys().chain(self.grades.keys()).collect();
        pool.len() as u32
    }
}

fn golden() -> Vec<Query> {
    serde_json::from_str(include_str!("../tests/golden/golden.json")).unwrap()
}

/// The largest deviation from the expected values, over all queries and columns.
fn largest_deviation(expected: impl Fn(&Query) -> &BTreeMap<String, f64>) -> f64 {
    let queries = golden();
    let ranking =
        queries.iter().fold(RankingBuilder::new(SETTING_MULTILINGUAL), |ranking, query| {
            ranking.query(query.pool_size(), &query.judged())
        });
    let mut largest: f64 = 0.0;
    for column in expected(&queries[0]).keys() {
        let found = values(column, &ranking).unwrap();
        for (number, (query, found)) in queries.iter().zip(found).enumerate() {
            if !query.has_relevant() {
                assert!(found.is_nan(), "{column} of query {number} is {found}, expected no value");
                continue;
            }
            let expected = expected(query)[column];
            let deviation = (found - expected).abs();
            assert!(
                deviation <= TOLERANCE,
                "{column} of query {number} is {found}, expected {expected}"
            );
            largest = largest.max(deviation);
        }
    }
    largest
}

#[test]
fn values_equal_those_of_pytrec_eval() {
    let largest = largest_deviation(|query| &query.pytrec_eval);
    println!("largest deviation from pytrec_eval: {largest:e}");
}

#[test]
fn what_pytrec_eval_lacks_equals_its_definition() {
    let largest = largest_deviation(|query| &query.by_definition);
    println!("largest deviation from the definitions: {largest:e}");
}

#[test]
fn the_golden_rankings_have_what_makes_metrics_differ() {
    let queries = golden();
    let any = |has: &dyn Fn(&Query) -> bool| queries.iter().any(has);
    assert!(queries.len() >= 40);
    assert!(any(&|query| {
        let mut scores: Vec<f64> = query.scores.values().copied().collect();
        scores.sort_by(f64::total_cmp);
        scores.windows(2).any(|pair| pair[0] == pair[1])
    }));
    assert!(any(&|query| query.judged().iter().any(|j| j.0 == 0 && j.1 > 0)));
    assert!(any(&|query| query.judged().iter().all(|j| j.0 == 0 || j.1 <= 0)));
    let grades: BTreeSet<i32> =
        queries.iter().flat_map(|query| query.grades.values().copied()).collect();
    assert!(grades.into_iter().eq(-2..=3));
    assert!(any(&|query| !query.has_relevant()));
    assert!(any(&|query| query.grades.values().filter(|g| **g > 0).count() > query.scores.len()));
    assert!(any(&|query| query.scores.keys().any(|id| !id.is_ascii())));
}
