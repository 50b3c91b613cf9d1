use std::io::Write;

use super::{FileError, TrecFile};

fn file(bytes: impl AsRef<[u8]>) -> TrecFile {
    TrecFile::from_bytes("some.file", bytes.as_ref().to_vec()).unwrap()
}

/// What a run says: query, document, score.
fn run(bytes: impl AsRef<[u8]>) -> Result<Vec<(String, String, f32)>, FileError> {
    let file = file(bytes);
    let table = file.run()?.0;
    let queries = table.queries.iter();
    let rows = queries.flat_map(|(query, rows)| {
        table.rows(rows).iter().map(|row| ((*query).to_owned(), row.document.to_owned(), row.value))
    });
    Ok(rows.collect())
}

fn row(query: &str, document: &str, score: f32) -> (String, String, f32) {
    (query.to_owned(), document.to_owned(), score)
}

fn run_error(bytes: impl AsRef<[u8]>) -> String {
    run(bytes).unwrap_err().to_string()
}

fn qrels_error(bytes: impl AsRef<[u8]>) -> String {
    file(bytes).qrels().map(|_| ()).unwrap_err().to_string()
}

#[test]
fn blanks_of_any_kind_and_number_part_columns() {
    let plain = run("q1 Q0 d1 1 2.5 t\nq1 Q0 d2 2 -1e-3 t\n").unwrap();
    assert_eq!(plain, [row("q1", "d1", 2.5), row("q1", "d2", -0.001)]);
    let mixed = "q1\tQ0  d1\t 1\x0b2.5\tt \n\n  \nq1 Q0\td2 2 -1e-3\tt";
    assert_eq!(run(mixed).unwrap(), plain);
}

#[test]
fn a_byte_order_mark_and_carriage_returns_belong_to_no_column() {
    let plain = run("q1 Q0 d1 1 2.5 t\nq2 Q0 d2 2 1 t\n").unwrap();
    assert_eq!(run("\u{feff}q1 Q0 d1 1 2.5 t\r\nq2 Q0 d2 2 1 t\r\n").unwrap(), plain);
}

#[test]
fn ids_may_be_of_any_script_and_hold_blanks_beyond_ascii() {
    let read = run("日本 Q0 ж\u{a0}ж 1 1 t\n").unwrap();
    assert_eq!(read, [row("日本", "ж\u{a0}ж", 1.0)]);
}

#[test]
fn lines_of_a_query_need_not_stand_together_and_queries_are_in_order() {
    let read = run("b Q0 x 1 1 t\na Q0 x 1 2 t\nb Q0 y 1 3 t\na Q0 z 1 4 t\n").unwrap();
    assert_eq!(
        read,
        [row("a", "x", 2.0), row("a", "z", 4.0), row("b", "x", 1.0), row("b", "y", 3.0)]
    );
}

#[test]
fn a_gzipped_file_is_told_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.txt");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"q1 Q0 d1 1 2.5 t\n").unwrap();
    let mut members = packed.finish().unwrap();
    // What `cat a.gz b.gz` makes is a gzip file too.
    members.extend_from_within(..);
    std::fs::write(&path, &members).unwrap();
    let twice = TrecFile::read(&path).unwrap().run().map(|_| ()).unwrap_err().to_string();
    assert!(
        twice.ends_with("run.txt:2: query `q1` names document `d1` twice, first on line 1"),
        "{twice}"
    );
    std::fs::write(&path, &members[..members.len() - 3]).unwrap();
    let cut = TrecFile::read(&path).unwrap_err().to_string();
    assert!(cut.contains("run.txt:3: the gzip data is truncated: "), "{cut}");
    let checksum = members.len() - 8;
    members[checksum] ^= 1;
    std::fs::write(&path, &members).unwrap();
    let damaged = TrecFile::read(&path).unwrap_err().to_string();
    assert!(damaged.contains("run.txt:3: the gzip data is damaged: "), "{damaged}");
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let error = TrecFile::read("nowhere/run").unwrap_err().to_string();
    assert!(error.starts_with("nowhere/run: cannot read it: "), "{error}");
}

#[test]
fn a_line_with_another_number_of_columns_is_refused_with_its_place() {
    assert_eq!(run_error("q1 Q0 d1 1 2.5 t\n\nq1 Q0 d2 1 2.5\n"), "some.file:3: found 5 columns");
    assert_eq!(run_error("q1 Q0 my d1 1 2.5 t\n"), "some.file:1: found 7 columns");
    assert_eq!(
        qrels_error("query-id\tcorpus-id\tscore\nq1\td1\t1\n"),
        "some.file:1: found 3 columns"
    );
    assert_eq!(
        file("q1 d1 1\n").qrels().unwrap_err().problem.allowed(),
        Some("4 columns: query iteration document grade")
    );
}

#[test]
fn a_score_that_cannot_be_ordered_is_refused() {
    for score in ["nan", "NaN", "inf", "-inf", "1e39", "1,5", "1.5x", "0x10", "-"] {
        let error = run_error(format!("q1 Q0 d1 1 1 t\nq1 Q0 d2 2 {score} t\n"));
        let expected =
            format!("some.file:2: the score `{score}` is not a finite number of 32 bits");
        assert_eq!(error, expected);
    }
}

#[test]
fn a_grade_that_is_no_whole_number_is_refused() {
    for grade in ["1.0", "x", "99999999999", "-"] {
        let error = qrels_error(format!("q1 0 d1 1\nq1 0 d2 {grade}\n"));
        assert_eq!(
            error,
            format!("some.file:2: the grade `{grade}` is not a whole number of 32 bits")
        );
    }
    assert!(file("q1 0 d1 -2\nq1 0 d2 +3\n").qrels().is_ok());
}

#[test]
fn a_document_twice_in_a_query_is_refused_with_both_lines_even_with_lines_between() {
    assert_eq!(
        run_error("q1 Q0 d1 1 2 t\r\nq2 Q0 d1 1 2 t\r\nq1 Q0 d1 2 1 t\r\n"),
        "some.file:3: query `q1` names document `d1` twice, first on line 1"
    );
    assert_eq!(
        qrels_error("q1 0 d1 1\nq1 0 d2 0\nq1 1 d1 1\n"),
        "some.file:3: query `q1` names document `d1` twice, first on line 1"
    );
}

#[test]
fn a_file_without_a_line_is_refused() {
    for nothing in ["", "\n", " \r\n\t\n", "\u{feff}"] {
        assert_eq!(run_error(nothing), "some.file: the file holds no line");
        assert_eq!(qrels_error(nothing), "some.file: the file holds no line");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_line() {
    let error =
        TrecFile::from_bytes("some.file", b"q1 0 d1 1\nq1 0 \xe9 1\n".to_vec()).unwrap_err();
    assert_eq!(error.to_string(), "some.file:2: the line is not UTF-8");
}
