use std::io::Read;

use flate2::read::GzDecoder;
use proptest::prelude::*;

use super::*;
use crate::collection::{Documents, Judgement, Queries};
use crate::run::{Hit, Judged, QueryRun};

fn collection(document: &str, query: &str) -> Collection {
    let documents = Documents { ids: vec![document.into(), "fi:1".into()], language: vec![0, 0] };
    let queries = Queries { ids: vec![query.into()], language: vec![0], group: vec![0] };
    let judgements = std::iter::once(Vec::<Judgement>::new()).collect();
    Collection::new(vec!["en".into()], documents, queries, judgements).unwrap()
}

fn group(scores: [f32; 2]) -> GroupRun {
    let hit = |document, score| Hit { document, language: 0, score };
    let judged = |document, rank, grade| Judged { document, rank, grade, language: 0 };
    let query = QueryRun {
        query: 0,
        relevant: 1,
        unretrieved: 0,
        judged: vec![judged(1, 1, 2), judged(0, 2, 0)],
        top: vec![hit(1, scores[0]), hit(0, scores[1])],
    };
    GroupRun {
        name: "en".into(),
        query_language: 0,
        pool_language: Some(0),
        pool_size: 2,
        queries: vec![query],
        left_out: 0,
    }
}

fn unzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_run_lists_hits_by_rank() {
    let mut bytes = Vec::new();
    write_run(&mut bytes, &collection("en:1", "en:a"), &group([0.5, -1e-7]), "triglot").unwrap();
    assert_eq!(unzip(&bytes), "en:a Q0 fi:1 1 0.5 triglot\nen:a Q0 en:1 2 -0.0000001 triglot\n");
}

#[test]
fn a_run_carries_neither_time_nor_system() {
    let mut bytes = Vec::new();
    write_run(&mut bytes, &collection("en:1", "en:a"), &group([1.0, 0.0]), "triglot").unwrap();
    assert_eq!(bytes[4..8], [0; 4]);
    assert_eq!(bytes[9], UNKNOWN_SYSTEM);
}

proptest! {
    #[test]
    fn a_printed_score_reads_back_as_the_same_float(score in any::<f32>()) {
        prop_assume!(!score.is_nan());
        let mut bytes = Vec::new();
        write_run(&mut bytes, &collection("en:1", "en:a"), &group([score, score]), "t").unwrap();
        let text = unzip(&bytes);
        let printed = text.split_whitespace().nth(4).unwrap();
        prop_assert_eq!(printed.parse::<f32>().unwrap().to_bits(), score.to_bits());
    }
}

#[test]
fn qrels_hold_the_judged_documents_in_their_own_order() {
    let mut bytes = Vec::new();
    write_qrels(&mut bytes, &collection("en:1", "en:a"), &group([1.0, 0.0])).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), "en:a 0 en:1 0\nen:a 0 fi:1 2\n");
}

#[test]
fn an_undefined_value_leaves_its_cell_empty() {
    let mut bytes = Vec::new();
    let columns = ["map", "rank-distance", "a,\"b\""];
    let values = [0.1, f64::NAN, 3.0];
    write_values(&mut bytes, &collection("en:1", "en:a"), &group([1.0, 0.0]), &columns, &values)
        .unwrap();
    let expected = "query,map,rank-distance,\"a,\"\"b\"\"\"\nen:a,0.1,,3\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
}

#[test]
fn values_must_be_one_a_query_and_column() {
    let found = write_values(
        Vec::new(),
        &collection("en:1", "en:a"),
        &group([1.0, 0.0]),
        &["map"],
        &[0.1, 0.2],
    );
    assert_eq!(found.unwrap_err().to_string(), "2 values for 1 queries and 1 columns; expected 1");
}

#[test]
fn an_id_with_whitespace_is_refused() {
    let group = group([1.0, 0.0]);
    let spaced = collection("en 1", "en:a");
    let error = write_run(Vec::new(), &spaced, &group, "triglot").unwrap_err();
    assert!(
        matches!(&error, Error::Blank { role: "document id", found } if found == "en 1"),
        "{error}"
    );
    assert!(write_qrels(Vec::new(), &spaced, &group).is_err());
    let tabbed = collection("en:1", "en\ta");
    assert!(write_run(Vec::new(), &tabbed, &group, "triglot").is_err());
    assert!(write_qrels(Vec::new(), &tabbed, &group).is_err());
    assert!(write_run(Vec::new(), &collection("en:1", "en:a"), &group, "my tag").is_err());
    assert!(write_qrels(Vec::new(), &collection("", "en:a"), &group).is_err());
}

#[test]
fn a_group_from_another_collection_is_refused() {
    let mut group = group([1.0, 0.0]);
    group.queries[0].top[0].document = 9;
    let error = write_run(Vec::new(), &collection("en:1", "en:a"), &group, "triglot").unwrap_err();
    assert_eq!(
        error.to_string(),
        "group `en` names document index 9; it was not made from this collection"
    );
}
