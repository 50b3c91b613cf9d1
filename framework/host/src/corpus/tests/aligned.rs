//! Aligned lines: files beside each other, and pairs of files.

use super::archives::{packed, tar};
use super::*;
use crate::corpus::Island;

const TRAIN: &str =
    "[[train.data]]\nname = \"d\"\nreader = \"aligned-lines\"\npath = \"d.{lang}\"\n";
const MEASURE: &str = "name = \"d\"\nreader = \"aligned-lines\"\npath = \"d.{lang}\"\nsettings = [\"cross-lingual\"]\n";
const PAIRS: &str = "path = \"{lang}-en.{side}\"\npivot = \"en\"\n";

fn message(files: &[(&str, &str)], tables: &str) -> String {
    let folder = folder(files);
    let error = train(folder.path(), tables).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string().replace(folder.path().to_str().unwrap(), "DATA")
}

fn of_pairs(keys: &str) -> String {
    keys.replace("path = \"d.{lang}\"\n", PAIRS)
}

#[test]
fn a_line_is_query_and_passage_of_the_example_of_its_number() {
    // A byte order mark and the line ends of Windows; the last line without an end.
    let folder =
        folder(&[("d.de", "\u{feff}eins\r\nzwei\r\ndrei\r\n"), ("d.en", "one\ntwo\nthree")]);
    let data = train(folder.path(), TRAIN).unwrap();
    let table = &data.train;
    let texts: Vec<&str> = (0..table.rows()).map(|row| table.text(row)).collect();
    let lines = ["eins", "one", "zwei", "two", "drei", "three"];
    assert_eq!(texts, lines.map(|line| [line; 2]).concat());
    let ids: Vec<&str> = (0..3).map(|example| table.example_id(example)).collect();
    assert_eq!(ids, ["0000001", "0000002", "0000003"]);
}

#[test]
fn an_empty_line_is_an_example_that_the_language_does_not_have() {
    let folder = folder(&[("d.de", "eins\n \r\ndrei\n"), ("d.en", "one\ntwo\n\n")]);
    let data = train(folder.path(), TRAIN).unwrap();
    assert_eq!(data.train.rows(), 2 * 4);
    let statistics = &data.statistics[0];
    assert_eq!(statistics.by_languages, [(1, 2), (2, 1)].into());
    let empty: Vec<usize> =
        statistics.languages.iter().map(|language| language.empty_lines).collect();
    assert_eq!(empty, [1, 1]);
}

#[test]
fn files_of_different_lengths_are_both_named() {
    let files = [("d.de", "a\nb\n"), ("d.en", "a\nb\nc"), ("d.fr", "a\nb\n")];
    assert_eq!(
        message(&files, TRAIN),
        "DATA/d.en: the file has 3 lines, and DATA/d.de has 2\n  \
         allowed: as many lines in every file: line i of each is example i"
    );
    let files = [("de-en.de", "a\nb\n"), ("de-en.en", "a\n")];
    let of_pair = message(&files, &of_pairs(TRAIN));
    assert!(of_pair.starts_with("DATA/de-en.en: the file has 1 lines, and DATA/de-en.de has 2"));
}

#[test]
fn a_language_without_a_line_is_no_language() {
    let message = message(&[("d.de", "\n\n"), ("d.en", "a\nb\n")], TRAIN);
    assert!(message.contains("there is no data of the language `de` in DATA/d.de"), "{message}");
}

#[test]
fn a_file_may_name_the_group_of_every_line() {
    let files = [("d.de", "a\nb\nc\n"), ("d.en", "d\ne\nf\n"), ("groups", "x\nx\ny\n")];
    let keys = format!("{TRAIN}groups = \"groups\"\n");
    let data = train(folder(&files).path(), &keys).unwrap();
    assert_eq!(data.train.group, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    assert_eq!(data.files.len(), 3);
    let short = [("d.de", "a\nb\nc\n"), ("d.en", "d\ne\nf\n"), ("groups", "x\nx\n")];
    assert!(
        message(&short, &keys).contains("DATA/d.de: the file has 3 lines, and DATA/groups has 2")
    );
}

#[test]
fn the_examples_of_pairs_of_files_are_of_two_languages() {
    let files = [("de-en.de", "eins\nzwei\n"), ("de-en.en", "one\ntwo\n")];
    let more = [("fr-en.fr", "un\n"), ("fr-en.en", "one\n")];
    let folder = folder(&[files, more].concat());
    let data = train(folder.path(), &of_pairs(TRAIN)).unwrap();
    assert_eq!(data.train.languages, ["de", "en", "fr"]);
    assert_eq!(data.statistics[0].by_languages, [(2, 3)].into());
    // `one` is the passage of both, and so they are of one group.
    assert_eq!((data.train.examples(), data.train.groups()), (3, 2));
    assert_eq!(data.files.len(), 4);
    let some = format!("{}languages = [\"en\", \"fr\"]\n", of_pairs(TRAIN));
    assert_eq!(train(folder.path(), &some).unwrap().train.languages, ["en", "fr"]);
}

#[test]
fn a_pair_of_files_is_an_island_with_pools_of_its_own() {
    let files = [
        ("de-en.de", b"eins\nzwei\neins\n".as_slice()),
        ("de-en.en", b"one\ntwo\none\n"),
        ("fr-en.fr", b"un\n\n"),
        ("fr-en.en", b"one\nthree\n"),
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("d.tar.gz"), packed(&tar(&files))).unwrap();
    let keys = of_pairs(MEASURE).replace("\"{lang}", "\"d.tar.gz/{lang}");
    let data = evaluate(folder.path(), &keys).unwrap();
    assert_eq!(data.languages, ["de", "en", "fr"]);
    assert_eq!(
        data.islands,
        [
            Island { languages: vec![0, 1], documents: 0..4, queries: 0..6 },
            Island { languages: vec![1, 2], documents: 4..7, queries: 6..9 },
        ]
    );
    assert_eq!(data.document_texts, ["eins", "zwei", "one", "two", "one", "three", "un"]);
    assert_eq!(data.document_ids, ["de:0", "de:1", "en:0", "en:1", "en:2", "en:3", "fr:0"]);
    assert_eq!(data.query_ids[4..7], ["en:de-0000002", "en:de-0000003", "en:fr-0000001"]);
    assert_eq!(data.query_group, [0, 1, 2, 0, 1, 2, 3, 4, 3]);
    assert_eq!(data.judgements[0], [(0, 1), (2, 1)]);
    assert_eq!(data.judgements[6..], [vec![(4, 1), (6, 1)], vec![(5, 1)], vec![(4, 1), (6, 1)]]);
}

#[test]
fn a_limit_takes_examples_of_all_pairs_together() {
    let lines = |stem: &str| (0..30).map(|n| format!("{stem} {n}\n")).collect::<String>();
    let names = ["de-en.de", "de-en.en", "fr-en.fr", "fr-en.en"];
    let texts = names.map(lines);
    let files: Vec<(&str, &str)> =
        names.into_iter().zip(texts.iter().map(String::as_str)).collect();
    let folder = folder(&files);
    let few = evaluate(folder.path(), &format!("{}limit = 20\n", of_pairs(MEASURE))).unwrap();
    assert_eq!((few.document_ids.len(), few.query_ids.len(), few.islands.len()), (40, 40, 2));
    let whole = evaluate(folder.path(), &of_pairs(MEASURE)).unwrap();
    for (id, text) in few.document_ids.iter().zip(&few.document_texts) {
        let at = whole.document_ids.iter().position(|other| other == id).unwrap();
        assert_eq!(&whole.document_texts[at], text);
    }
    let one = evaluate(folder.path(), &format!("{}limit = 1\n", of_pairs(MEASURE))).unwrap();
    assert_eq!((one.islands.len(), one.query_ids.len()), (1, 2));
}

#[test]
fn what_pairs_of_files_need_is_said_at_the_key() {
    for (keys, problem) in [
        (TRAIN.replace("d.{lang}", "{lang}.{side}"), "`train.data.d.path`: `{side}` stands for"),
        (
            format!("{}pivot = \"en\"\n", TRAIN.replace("\"d.{lang}\"", "{ de = \"d.de\" }")),
            "`train.data.d.path`: no file of the pivot `en`: name one in the table of paths, or write `{side}`",
        ),
        (
            of_pairs(TRAIN).replace("\"{lang}-en.{side}\"", "{ de = \"d.{side}\", fr = \"d.fr\" }"),
            "`train.data.d.path`: some paths hold `{side}` and some do not",
        ),
        (
            of_pairs(TRAIN).replace("aligned-lines", "tsv"),
            "`train.data.d.pivot`: only the readers `aligned-lines` and `bucc` have a pivot",
        ),
        (
            format!("{TRAIN}user_column = \"x\"\n"),
            "`train.data.d.user_column`: a line has no number",
        ),
        (of_pairs(TRAIN) + "groups = \"g\"\n", "`train.data.d.groups`: only aligned lines"),
    ] {
        let message = message(&[], &keys);
        assert!(message.contains(problem), "{message}");
    }
    let keys = MEASURE.replace("settings = [\"cross-lingual\"]\n", "");
    let message = evaluate(Path::new("."), &keys).unwrap_err().to_string();
    assert!(message.contains("write `settings = [\"cross-lingual\"]`"), "{message}");
}

#[test]
fn a_pair_of_which_one_file_is_missing_is_refused() {
    let message = message(&[("de-en.de", "a\n")], &of_pairs(TRAIN));
    assert!(message.contains("`train.data.d.path`: there is no file DATA/de-en.en"), "{message}");
}

#[test]
fn a_pivot_of_one_file_stands_beside_every_language() {
    let folder = folder(&[("d.de", "eins\nzwei\n"), ("d.en", "one\ntwo\n"), ("d.fr", "un\n\n")]);
    let table = "{ fr = \"d.fr\", en = \"d.en\", de = \"d.de\" }";
    for path in ["\"d.{lang}\"", table] {
        let keys = MEASURE.replace("\"d.{lang}\"", path) + "pivot = \"en\"\n";
        let data = evaluate(folder.path(), &keys).unwrap();
        assert_eq!(data.languages, ["de", "en", "fr"]);
        let islands: Vec<_> = data.islands.iter().map(|island| island.languages.clone()).collect();
        assert_eq!(islands, [[0, 1], [1, 2]]);
        let texts = |language: u32| {
            let of = |(text, own): (&String, &u32)| (*own == language).then(|| text.clone());
            let documents = data.document_texts.iter().zip(&data.document_language);
            documents.filter_map(of).collect::<Vec<_>>()
        };
        // What French has no line of is in its own pair's pool of English all the same.
        assert_eq!((texts(0).len(), texts(2)), (2, vec!["un".to_owned()]));
        assert_eq!(texts(1), ["one", "two", "one", "two"]);
        assert_eq!(data.files.len(), 3);
    }
}
