use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Judge, TrecFile};

type Scores = BTreeMap<u8, BTreeMap<u8, i8>>;

fn file(lines: impl IntoIterator<Item = String>) -> TrecFile {
    TrecFile::from_bytes("some.file", lines.into_iter().collect::<String>().into_bytes()).unwrap()
}

/// Documents are named so that their order as text is not that of their numbers.
fn run_file(scores: &Scores) -> TrecFile {
    file(scores.iter().flat_map(|(query, documents)| {
        let line = move |(document, score)| format!("{query} Q0 {document} 0 {score} t\n");
        documents.iter().map(line)
    }))
}

fn qrels_file(grades: &Scores) -> TrecFile {
    file(grades.iter().flat_map(|(query, documents)| {
        let line = move |(document, grade)| format!("{query} 0 {document} {grade}\n");
        documents.iter().map(line)
    }))
}

fn tables() -> impl Strategy<Value = Scores> {
    let documents = || prop::collection::btree_map(0_u8..30, -2_i8..4, 1..20);
    prop::collection::btree_map(0_u8..15, documents(), 1..8)
}

/// What is said of a query: ranks and grades of the judged documents, how many were retrieved, how many are relevant.
type Told = (BTreeSet<(u32, i32, usize)>, u32, u32);

/// The same by definition, query by query.
fn by_definition(scores: &Scores, grades: &Scores, all_queries: bool) -> BTreeMap<String, Told> {
    let judged = grades.iter().filter(|(query, _)| all_queries || scores.contains_key(query));
    judged
        .map(|(query, grades)| {
            let empty = BTreeMap::new();
            let scores = scores.get(query).unwrap_or(&empty);
            let mut order: Vec<(i8, String)> =
                scores.iter().map(|(document, score)| (*score, document.to_string())).collect();
            order.sort_unstable();
            order.reverse();
            let mut told = BTreeMap::new();
            for (document, grade) in grades {
                let place = order.iter().position(|(_, name)| *name == document.to_string());
                *told
                    .entry((place.map_or(0, |place| place as u32 + 1), i32::from(*grade)))
                    .or_default() += 1;
            }
            let told =
                told.into_iter().map(|((rank, grade), times)| (rank, grade, times)).collect();
            let relevant = grades.values().filter(|grade| **grade > 0).count() as u32;
            (query.to_string(), (told, scores.len() as u32, relevant))
        })
        .collect()
}

proptest! {
    #[test]
    fn ranks_are_those_of_the_definition(scores in tables(), grades in tables(), all_queries: bool) {
        let (run, qrels) = (run_file(&scores), qrels_file(&grades));
        let (run, qrels) = (run.run().unwrap(), qrels.qrels().unwrap());
        let judged = Judge { all_queries, depth: 0 }.judge(&run, &qrels);
        let mut found = BTreeMap::new();
        for (at, query) in judged.queries.iter().enumerate() {
            let range = judged.judged_offsets[at]..judged.judged_offsets[at + 1];
            let ranks = &judged.judged_rank[range.clone()];
            let retrieved = ranks.iter().take_while(|rank| **rank > 0).count();
            prop_assert!(ranks[..retrieved].is_sorted());
            prop_assert!(ranks[retrieved..].iter().all(|rank| *rank == 0));
            let mut told = BTreeMap::new();
            for (rank, grade) in ranks.iter().zip(&judged.judged_grade[range]) {
                *told.entry((*rank, *grade)).or_default() += 1;
            }
            let told = told.into_iter().map(|((rank, grade), times)| (rank, grade, times)).collect();
            found.insert((*query).to_owned(), (told, judged.retrieved[at], judged.relevant[at]));
        }
        prop_assert_eq!(found, by_definition(&scores, &grades, all_queries));
        prop_assert!(judged.queries.is_sorted());
        let missing = grades.keys().filter(|query| !scores.contains_key(query)).count();
        let unjudged = scores.keys().filter(|query| !grades.contains_key(query)).count();
        prop_assert_eq!((judged.missing_queries, judged.unjudged_queries), (missing, unjudged));
    }

    #[test]
    fn the_order_of_lines_changes_nothing(
        scores in tables(),
        grades in tables(),
        places in prop::collection::vec(any::<u32>(), 200),
    ) {
        let (run, qrels) = (run_file(&scores), qrels_file(&grades));
        let mut lines: Vec<(u32, String)> = Vec::new();
        for (query, documents) in &scores {
            for (document, score) in documents {
                lines.push((places[lines.len() % 200], format!("{query} Q0 {document} 0 {score} t\n")));
            }
        }
        lines.sort();
        let shuffled = file(lines.into_iter().map(|(_, line)| line));
        let judge = Judge { all_queries: true, depth: 0 };
        let qrels = qrels.qrels().unwrap();
        prop_assert_eq!(
            judge.judge(&run.run().unwrap(), &qrels),
            judge.judge(&shuffled.run().unwrap(), &qrels)
        );
    }
}

#[test]
fn equal_scores_fall_by_the_bytes_of_ids_descending() {
    let run = file(["q Q0 10 1 1 t\nq Q0 9 2 1 t\nq Q0 ж 3 1 t\nq Q0 z 4 1 t\n".to_owned()]);
    let qrels = file(["q 0 10 1\nq 0 9 2\nq 0 z 3\nq 0 ж 4\n".to_owned()]);
    let (run, qrels) = (run.run().unwrap(), qrels.qrels().unwrap());
    let judged = Judge::default().judge(&run, &qrels);
    assert_eq!((judged.judged_rank, judged.judged_grade), (vec![1, 2, 3, 4], vec![4, 3, 2, 1]));
}

#[test]
fn scores_are_compared_as_32_bit_floats_and_ranks_are_not_looked_at() {
    let run = file(["q Q0 a 1 1.000000001 t\nq Q0 b 2 1 t\nq Q0 c 9 2 t\n".to_owned()]);
    let qrels = file(["q 0 a 1\nq 0 b 2\nq 0 c 3\n".to_owned()]);
    let (run, qrels) = (run.run().unwrap(), qrels.qrels().unwrap());
    assert_eq!(Judge::default().judge(&run, &qrels).judged_grade, [3, 2, 1]);
}

#[test]
fn the_top_documents_are_as_many_as_asked_for_with_one_number_a_document() {
    let run =
        file(["p Q0 a 1 1 t\np Q0 b 2 3 t\nq Q0 b 1 4 t\nq Q0 c 2 3 t\nq Q0 d 3 2 t\n".to_owned()]);
    let qrels = file(["p 0 a 1\nq 0 a 1\n".to_owned()]);
    let (run, qrels) = (run.run().unwrap(), qrels.qrels().unwrap());
    let judged = Judge { depth: 2, ..Judge::default() }.judge(&run, &qrels);
    assert_eq!(judged.top_offsets, [0, 2, 4]);
    assert_eq!(judged.top_document, [0, 1, 0, 2]);
    assert_eq!(judged.top_score, [3.0, 1.0, 4.0, 3.0]);
}
