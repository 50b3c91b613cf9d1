//! The training table over small data sets.

use super::*;
use crate::corpus::{PASSAGE, QUERY, TextTable};

fn rows(table: &TextTable) -> Vec<(&str, &str, &str)> {
    (0..table.rows())
        .map(|row| {
            let language = table.languages[table.language[row] as usize].as_str();
            (table.example_id(table.example[row]), language, table.text(row))
        })
        .collect()
}

#[test]
fn an_answer_belongs_to_the_sentence_that_holds_its_start() {
    // In code points, the sentences hold 0 to 9, 11 to 21 and 23 to 24.
    let context = "\u{feff}Ünö is é. Two is two. 三。";
    let file = squad(&[(context, &[("a", 0), ("b", 9), ("c", 10), ("d", 21), ("e", 22)])]);
    let folder = folder(&[("en.json.gz", &file)]);
    let keys = "[[train.data]]\nname = \"d\"\nreader = \"squad\"\n\
                path = \"{lang}.json.gz\"\npassage = \"sentence\"\n";
    let data = train(folder.path(), keys).unwrap();
    let passages: Vec<&str> =
        rows(&data.train).into_iter().skip(1).step_by(2).map(|r| r.2).collect();
    let first = "\u{feff}Ünö is é.";
    assert_eq!(passages, [first, first, "Two is two.", "Two is two.", "三。"]);
    assert_eq!(data.train.length[1], 10);
}

#[test]
fn the_first_answer_that_translation_has_not_lost_decides() {
    let file = squad(&[("One. Two.", &[("a", 6)])])
        .replace(r#""answers":["#, r#""answers":[{"text":"","answer_start":-1},"#);
    let folder = folder(&[("en.json", &file)]);
    let keys = "[[train.data]]\nname = \"d\"\nreader = \"squad\"\n\
                path = \"{lang}.json\"\npassage = \"sentence\"\n";
    assert_eq!(train(folder.path(), keys).unwrap().train.text(1), "Two.");
}

#[test]
fn sentences_of_the_file_go_before_those_of_the_standard() {
    let file = squad(&[("One. Two.", &[("a", 6)])]).replace(
        r#""qas""#,
        r#""sentences":["One. T","wo!"],"sentence_breaks":[[0,6],[6,9]],"qas""#,
    );
    let folder = folder(&[("en.json", &file)]);
    let keys = "[[train.data]]\nname = \"d\"\nreader = \"squad\"\n\
                path = { en = \"en.json\" }\npassage = \"sentence\"\n";
    assert_eq!(train(folder.path(), keys).unwrap().train.text(1), "wo!");
}

#[test]
fn examples_on_one_passage_text_are_of_one_group_and_never_parted_by_a_holdout() {
    let file = squad(&[("Same.", &[("a", 0)]), ("Other.", &[("b", 0)]), ("Same.", &[("c", 0)])]);
    let folder = folder(&[("en.json", &file)]);
    let keys = "[[train.data]]\nname = \"d\"\nreader = \"squad\"\npath = \"{lang}.json\"\n";
    let whole = train(folder.path(), keys).unwrap().train;
    assert_eq!((whole.examples(), whole.groups()), (3, 2));
    let parted = train(folder.path(), &format!("{keys}holdout = 0.5\n")).unwrap();
    let held = parted.holdout.unwrap();
    let texts = |table: &TextTable| -> std::collections::BTreeSet<String> {
        (0..table.rows()).map(|row| table.text(row).to_owned()).collect()
    };
    assert!(texts(&held).is_disjoint(&texts(&parted.train)));
    assert_eq!(held.examples() + parted.train.examples(), 3);
}

#[test]
fn data_sets_that_share_an_id_share_no_example() {
    let jsonl = "{\"id\":\"a\",\"language\":\"sv\",\"query\":\"q\",\"passage\":\"p\"}\n";
    let records = tsv(&[("b", "en", "g"), ("a", "de", "g"), ("a", "en", "g")]);
    let folder = folder(&[("d.tsv", &records), ("d.jsonl", jsonl)]);
    let data = train(
        folder.path(),
        "[[train.data]]\nname = \"one\"\nreader = \"tsv\"\npath = \"d.tsv\"\n\
         [[train.data]]\nname = \"two\"\nreader = \"jsonl\"\npath = \"d.jsonl\"\n",
    )
    .unwrap();
    let table = &data.train;
    assert_eq!(
        rows(table),
        [
            ("a", "de", "q a de"),
            ("a", "de", "p a de"),
            ("a", "en", "q a en"),
            ("a", "en", "p a en"),
            ("b", "en", "q b en"),
            ("b", "en", "p b en"),
            ("a", "sv", "q"),
            ("a", "sv", "p"),
        ]
    );
    assert_eq!(table.role, [QUERY, PASSAGE].repeat(4));
    assert_eq!(table.data_set, [0, 0, 0, 0, 0, 0, 1, 1]);
    assert_eq!(table.example, [0, 0, 0, 0, 1, 1, 2, 2]);
    assert_eq!(table.group, [0, 0, 0, 0, 0, 0, 1, 1]);
    assert_eq!((table.examples(), table.groups()), (3, 2));
    assert_eq!(table.languages, ["de", "en", "sv"]);
    assert_eq!(table.data_sets, ["one", "two"]);
    let expected = blake3::hash(b"q");
    assert_eq!(table.text_hash[6].to_le_bytes(), expected.as_bytes()[..8]);
    assert!(data.holdout.is_none());
}

#[test]
fn statistics_count_examples_texts_and_languages() {
    let text = "id\tlanguage\tquery\tpassage\na\ten\tq\tp\nb\ten\tq2\tp\nb\tde\tq\tp\n";
    let folder = folder(&[("d.tsv", text)]);
    let data =
        train(folder.path(), "[[train.data]]\nname = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\n")
            .unwrap();
    let statistics = serde_json::to_value(&data.statistics).unwrap();
    let expected = json!([{
        "name": "d", "examples": 2, "held_out": 0, "groups": 1, "by_languages": {"1": 1, "2": 1},
        "languages": [
            {"language": "de", "examples": 1, "queries": 1, "passages": 1, "empty_lines": 0},
            {"language": "en", "examples": 2, "queries": 2, "passages": 1, "empty_lines": 0},
        ],
    }]);
    assert_eq!(statistics, expected);
    let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
    assert_eq!(data.files, [(folder.path().join("d.tsv"), hash)]);
}

#[test]
fn languages_without_rows_are_not_listed() {
    let folder = folder(&[("d.tsv", &tsv(&[("a", "en", "g"), ("b", "de", "h")]))]);
    let keys = "[[train.data]]\nname = \"d\"\nreader = \"tsv\"\npath = \"d.tsv\"\nlimit = 1\n";
    let data = train(folder.path(), keys).unwrap();
    assert_eq!((data.train.examples(), data.train.languages.len()), (1, 1));
}

#[test]
fn the_embedded_corpus_is_read_in_the_languages_asked_for() {
    let keys = "[[train.data]]\nname = \"d\"\nreader = \"embedded\"\n\
                path = \"facts/train\"\nlanguages = [\"zh\", \"en\"]\n";
    let data = train(Path::new("."), keys).unwrap();
    assert_eq!(data.train.languages, ["en", "zh"]);
    assert_eq!(data.train.rows(), 4 * data.train.examples());
}
