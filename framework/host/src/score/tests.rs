use super::*;

fn column(name: &str, highest: f64) -> Column {
    Column { name: name.to_owned(), higher_is_better: true, range: (0.0, highest), depth: 0 }
}

/// Two queries, one of which has no value of `map`.
fn scores() -> (PathBuf, RunScores) {
    let columns = vec![
        (column("map", 1.0), vec![0.25, f64::NAN]),
        (column("rank-distance", f64::INFINITY), vec![4.0, 7.0]),
    ];
    let queries = vec!["q1".to_owned(), "q,2".to_owned()];
    let scores = RunScores { queries, unjudged_queries: 1, missing_queries: 2, columns };
    ("a.run".into(), scores)
}

#[test]
fn a_table_says_what_was_left_out() {
    let table = table(&[scores()], false);
    assert_eq!(table.header, ["run", "queries", "map", "rank-distance"]);
    assert_eq!(table.rows, [["a.run", "2", "0.2500", "5.5"]]);
    assert_eq!(
        table.notes,
        [
            "a.run: 1 query without any judgement, left out",
            "a.run: 2 queries not in the run, left out; --all-queries counts them",
            "a.run: 1 query without a value of map, left out of the mean",
        ]
    );
}

#[test]
fn a_record_has_the_means_in_full_and_the_counts() {
    let record = record(&[scores()], "q.rels".as_ref(), true);
    assert_eq!(
        record["runs"][0]["means"],
        serde_json::json!({ "map": 0.25, "rank-distance": 5.5 })
    );
    assert_eq!(record["runs"][0]["undefined"], serde_json::json!({ "map": 1, "rank-distance": 0 }));
    assert_eq!((&record["qrels"], &record["all_queries"]), (&"q.rels".into(), &true.into()));
}

#[test]
fn a_value_that_is_undefined_leaves_its_cell_empty() {
    let mut out = Vec::new();
    per_query(&mut out, &[scores()]).unwrap();
    let expected = "run,query,map,rank-distance\na.run,q1,0.25,4\na.run,\"q,2\",,7\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn the_pool_of_a_query_is_what_was_retrieved_and_what_is_judged_besides() {
    let file = |text: &str| TrecFile::from_bytes("f", text.as_bytes().to_vec()).unwrap();
    let run = file("q Q0 a 1 3 t\nq Q0 b 2 2 t\nq Q0 c 3 1 t\n");
    let qrels = file("p 0 a 1\nq 0 b 1\nq 0 x 1\nq 0 y 0\n");
    let judge = Judge { all_queries: true, depth: 0 };
    let ranking = ranking(judge.judge(&run.run().unwrap(), &qrels.qrels().unwrap()));
    assert_eq!(ranking.pool_size, [1, 5]);
    assert_eq!(ranking.relevant, [1, 2]);
    assert_eq!(ranking.judged_offsets, [0, 1, 4]);
}
