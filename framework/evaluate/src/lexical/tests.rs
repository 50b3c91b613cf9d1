//! The search by words against bm25s, and against a plain count.

use bm25::{Embedder, EmbedderBuilder, Scorer};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::collection::{Documents, Judgement, Judgements, Queries};

/// Passages and queries of the languages `a` and `b` in turn, everything judged, grade 1 where `right` says so.
fn collection(passages: usize, queries: usize, right: impl Fn(usize, usize) -> bool) -> Collection {
    let turn = |count: usize| (0..count as u32).map(|number| number % 2).collect::<Vec<u32>>();
    let ids = |count: usize, name: &str| (0..count).map(|n| format!("{name}{n}")).collect();
    let judgements = (0..queries).map(|query| {
        let judge = |document: usize| Judgement {
            document: document as u32,
            grade: right(query, document).into(),
        };
        (0..passages).map(judge).collect::<Vec<_>>()
    });
    let judgements: Judgements = judgements.collect();
    let documents = Documents { ids: ids(passages, "d"), language: turn(passages) };
    let group = (0..queries as u32).collect();
    let asked = Queries { ids: ids(queries, "q"), language: turn(queries), group };
    Collection::new(vec!["a".into(), "b".into()], documents, asked, judgements).unwrap()
}

fn options(bm25: Bm25, depth: usize, threads: usize) -> LexicalOptions<'static> {
    LexicalOptions { bm25, settings: &Setting::ALL, depth, threads, cancelled: &|| false }
}

fn strings(value: &Value) -> Vec<String> {
    let texts = value.as_array().unwrap().iter();
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn scores_are_those_of_bm25s_in_every_pool() {
    let golden: Value = serde_json::from_str(include_str!("../../tests/golden/bm25.json")).unwrap();
    let (passages, queries) = (strings(&golden["passages"]), strings(&golden["queries"]));
    let collection = collection(passages.len(), queries.len(), |_, _| true);
    let mut compared = 0;
    for case in golden["cases"].as_array().unwrap() {
        let number = |key: &str| case[key].as_f64().unwrap() as f32;
        let bm25 = Bm25 { k1: number("k1"), b: number("b") };
        let options = options(bm25, passages.len(), 1);
        let runs = search_words(&collection, &queries, &passages, &options).unwrap();
        for group in runs.iter().flat_map(|run| &run.groups) {
            let pool = group.pool_language.map_or(2, |language| language as usize);
            let own = |document: &usize| pool == 2 || document % 2 == pool;
            let documents: Vec<usize> = (0..passages.len()).filter(own).collect();
            for query in &group.queries {
                let expected = &case["pools"][pool][query.query as usize];
                for (at, &document) in documents.iter().enumerate() {
                    let expected = expected[at].as_f64().unwrap();
                    let found = query.top.iter().find(|hit| hit.document as usize == document);
                    let found = found.map_or(0.0, |hit| f64::from(hit.score));
                    // Golden scores have five decimals.
                    assert!(
                        (found - expected).abs() < 2e-5,
                        "{bm25:?} {document}: {found}, {expected}"
                    );
                    compared += 1;
                }
            }
        }
    }
    // Of 8 queries, 4 a language: 4 × 2 pools of 12 monolingual and cross-lingual, and one of 24; 4 cases.
    assert_eq!(compared, 4 * 8 * (12 + 12 + 24));
}

#[test]
fn what_shares_no_word_is_not_retrieved() {
    let collection = collection(4, 1, |_, document| document == 2);
    let passages = ["stone", "red stone", "river", "red"];
    let runs = search_words(&collection, &["red"], &passages, &options(Bm25::default(), 10, 1));
    let runs = runs.unwrap();
    let query = &runs[2].groups[0].queries[0];
    // Shorter first; the two without the word stand last, unretrieved.
    let judged: Vec<_> = query.judged.iter().map(|judged| (judged.document, judged.rank)).collect();
    assert_eq!(judged, [(3, 1), (1, 2), (0, 0), (2, 0)]);
    assert_eq!(query.top.iter().map(|hit| hit.document).collect::<Vec<_>>(), [3, 1]);
    assert_eq!((query.relevant, query.unretrieved), (1, 2));
    // Its own language's pool holds what is relevant; the other's does not.
    assert_eq!((runs[0].left_out, runs[1].left_out), (0, 1));
}

#[test]
fn texts_that_are_not_as_many_are_refused() {
    let collection = collection(2, 1, |_, _| true);
    let error = search_words(&collection, &["a"], &["b"], &options(Bm25::default(), 1, 1));
    assert_eq!(error.unwrap_err().to_string(), "documents: text has 1 entries, expected 2");
}

#[test]
fn a_search_that_is_cancelled_ends() {
    let collection = collection(2, 1, |_, _| true);
    let options = LexicalOptions { cancelled: &|| true, ..options(Bm25::default(), 1, 2) };
    let ended = search_words(&collection, &["a"], &["a", "b"], &options);
    assert!(matches!(ended, Err(Error::Cancelled)));
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d", "e"]), 0..6)
        .prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn a_ranking_falls_by_score_then_by_id_at_any_number_of_threads(
        passages in prop::collection::vec(text(), 1..14),
        queries in prop::collection::vec(text(), 1..5),
        depth in 0usize..8,
    ) {
        let collection = collection(passages.len(), queries.len(), |q, d| (q + d) % 3 == 0);
        let search = |depth, threads| {
            search_words(&collection, &queries, &passages, &options(Bm25::default(), depth, threads)).unwrap()
        };
        let whole = search(passages.len(), 1);
        prop_assert_eq!(&whole, &search(passages.len(), 3));
        let cut = search(depth, 2);
        for (whole, cut) in whole.iter().zip(&cut) {
            for (whole, cut) in whole.groups.iter().zip(&cut.groups) {
                for (whole, cut) in whole.queries.iter().zip(&cut.queries) {
                    let ids = &collection.documents().ids;
                    let key = |hit: &Hit| (hit.score, ids[hit.document as usize].clone());
                    prop_assert!(whole.top.is_sorted_by(|a, b| key(a) > key(b)));
                    prop_assert!(whole.top.iter().all(|hit| hit.score > 0.0));
                    prop_assert_eq!(&whole.top[..depth.min(whole.top.len())], &cut.top[..]);
                    prop_assert_eq!(&whole.judged, &cut.judged);
                    // Everything is judged, so the judged passages that were retrieved are the ranking.
                    let found: Vec<u32> =
                        whole.judged.iter().filter(|j| j.rank > 0).map(|j| j.document).collect();
                    let hits: Vec<u32> = whole.top.iter().map(|hit| hit.document).collect();
                    prop_assert_eq!(found, hits);
                    prop_assert!(whole.judged.iter().rev().skip_while(|j| j.rank == 0).all(|j| j.rank > 0));
                    for judged in &whole.judged {
                        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
                        let passage = words(&passages[judged.document as usize]);
                        let shares = words(&queries[whole.query as usize])
                            .iter()
                            .any(|word| !word.is_empty() && passage.contains(word));
                        prop_assert_eq!(shares, judged.rank > 0);
                    }
                }
            }
        }
    }

    #[test]
    fn scores_are_those_of_the_crates_own_scorer_to_the_bit(
        passages in prop::collection::vec(text(), 1..14),
        queries in prop::collection::vec(text(), 1..5),
        k1 in 0.1f32..3.0,
        b in 0.0f32..=1.0,
    ) {
        let collection = collection(passages.len(), queries.len(), |_, _| true);
        let bm25 = Bm25 { k1, b };
        let options = options(bm25, passages.len(), 2);
        let runs = search_words(&collection, &queries, &passages, &options).unwrap();
        for group in runs.iter().flat_map(|run| &run.groups) {
            let own = |document: &usize| group.pool_language.is_none_or(|own| *document as u32 % 2 == own);
            let pool: Vec<usize> = (0..passages.len()).filter(own).collect();
            let words: usize = pool.iter().map(|at| Words.tokenize(&passages[*at]).len()).sum();
            let avgdl = (words as f64 / pool.len().max(1) as f64) as f32;
            let embedder: Embedder<u64, Words> = EmbedderBuilder::with_avgdl(avgdl).k1(k1).b(b).build();
            let mut scorer = Scorer::new();
            pool.iter().for_each(|at| scorer.upsert(at, embedder.embed(&passages[*at])));
            for query in &group.queries {
                let mut expected: Vec<(usize, u32)> = scorer
                    .matches(&embedder.embed(&queries[query.query as usize]))
                    .iter()
                    .map(|hit| (hit.id, hit.score.to_bits()))
                    .collect();
                expected.sort_unstable();
                let mut found: Vec<(usize, u32)> =
                    query.top.iter().map(|hit| (hit.document as usize, hit.score.to_bits())).collect();
                found.sort_unstable();
                prop_assert_eq!(query.unretrieved as usize, pool.len() - found.len());
                prop_assert_eq!(found, expected);
            }
        }
    }
}
