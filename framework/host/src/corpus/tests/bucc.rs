//! BUCC's comparable corpora: sentences with ids, and which of them are translations.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::archives::{packed, tar};
use super::*;
use crate::corpus::Island;

const KEYS: &str = "name = \"b\"\nreader = \"bucc\"\npath = \"{lang}-en/{lang}-en.sample.{side}\"\npivot = \"en\"\n";
const GERMAN: &str = "de-1\tHaus\nde-2\tBaum\nde-3\tMeer\nde-4\tHaus\n";
const ENGLISH: &str = "en-1\tsea\nen-2\ttree\nen-3\thouse\nen-4\thome\nen-5\tsky\n";
const GOLD: &str = "de-1\ten-3\nde-2\ten-2\nde-4\ten-4\n";
const NAMES: [&str; 3] =
    ["de-en/de-en.sample.de", "de-en/de-en.sample.en", "de-en/de-en.sample.gold"];

fn measure() -> String {
    format!("{KEYS}settings = [\"cross-lingual\"]\n")
}

fn corpus(texts: [&str; 3]) -> Vec<(&'static str, &str)> {
    NAMES.into_iter().zip(texts).collect()
}

/// What of a German corpus and a French one is read to be measured on.
fn both(keys: &str) -> EvaluationData {
    let mut files = corpus([GERMAN, ENGLISH, GOLD]);
    files.extend([
        ("fr-en/fr-en.sample.fr", "fr-1\tmer\nfr-2\tciel\n"),
        ("fr-en/fr-en.sample.en", "en-1\tsea\n"),
        ("fr-en/fr-en.sample.gold", "fr-1\ten-1\n"),
    ]);
    evaluate(folder(&files).path(), keys).unwrap()
}

fn problem(texts: [&str; 3]) -> String {
    let folder = folder(&corpus(texts));
    let error = evaluate(folder.path(), &measure()).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string().replace(folder.path().to_str().unwrap(), "DATA")
}

#[test]
fn a_sentence_of_a_pair_asks_for_its_translations_among_all_of_the_other_file() {
    let data = both(&measure());
    assert_eq!(data.languages, ["de", "en", "fr"]);
    assert_eq!(
        data.islands,
        [
            Island { languages: vec![0, 1], documents: 0..8, queries: 0..5 },
            Island { languages: vec![1, 2], documents: 8..11, queries: 5..7 },
        ]
    );
    // Equal sentences are one, with the translations of both.
    assert_eq!(data.document_texts[..3], ["Haus", "Baum", "Meer"]);
    assert_eq!(data.document_texts[3..8], ["sea", "tree", "house", "home", "sky"]);
    assert_eq!(data.query_texts, ["Haus", "Baum", "house", "tree", "home", "sea", "mer"]);
    assert_eq!(data.query_ids[..2], ["de:de-1/en-3", "de:de-2/en-2"]);
    assert_eq!(data.judgements[0], [(0, 1), (5, 1), (6, 1)]);
    assert_eq!(data.judgements[2..5], [[(0, 1), (5, 1)], [(1, 1), (4, 1)], [(0, 1), (6, 1)]]);
    assert_eq!(data.query_group, [0, 1, 0, 1, 0, 2, 2]);
    assert_eq!(data.files.len(), 6);
}

#[test]
fn a_limit_takes_pairs_and_the_sentences_of_them() {
    let data = both(&format!("{}limit = 1\n", measure()));
    assert_eq!((data.document_ids.len(), data.query_ids.len()), (2, 2));
    assert_eq!((data.query_group, data.islands.len()), (vec![0, 0], 1));
}

#[test]
fn pairs_are_trained_on_and_sentences_of_no_pair_are_not() {
    let folder = folder(&corpus([GERMAN, ENGLISH, GOLD]));
    let data = train(folder.path(), &format!("[[train.data]]\n{KEYS}")).unwrap();
    let table = &data.train;
    let ids: Vec<&str> = (0..3).map(|example| table.example_id(example)).collect();
    assert_eq!(ids, ["de-1/en-3", "de-2/en-2", "de-4/en-4"]);
    let texts: Vec<&str> = (0..table.rows()).step_by(2).map(|row| table.text(row)).collect();
    assert_eq!(texts, ["Haus", "house", "Baum", "tree", "Haus", "home"]);
    assert_eq!((table.examples(), table.groups()), (3, 2));
}

#[test]
fn files_may_lie_in_an_archive_be_packed_and_end_their_lines_as_windows_does() {
    let (german, english) = (gzip(&GERMAN.replace('\n', "\r\n")), format!("\u{feff}{ENGLISH}"));
    let files: Vec<(&str, &[u8])> =
        NAMES.into_iter().zip([&german[..], english.as_bytes(), GOLD.as_bytes()]).collect();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("b.tar.gz"), packed(&tar(&files))).unwrap();
    let keys = measure().replace("\"{lang}-en/", "\"b.tar.gz/{lang}-en/");
    let data = evaluate(folder.path(), &keys).unwrap();
    assert_eq!((data.query_ids.len(), data.document_ids.len(), data.files.len()), (5, 8, 1));
}

#[test]
fn what_is_wrong_with_a_file_names_it_and_the_line() {
    for (texts, expected) in [
        (["de-1 Haus\n", ENGLISH, GOLD], "DATA/de-en/de-en.sample.de:1: the line has 1 columns"),
        (
            ["de-1\tHaus\nde 2\tBaum\n", ENGLISH, GOLD],
            "DATA/de-en/de-en.sample.de:2: the id \"de 2\" is empty or holds white space",
        ),
        (
            [GERMAN, "en-1\tsea\nen-2\t \n", GOLD],
            "DATA/de-en/de-en.sample.en:2: the text of the sentence `en-2` is empty",
        ),
        (
            [GERMAN, "en-1\tsea\n\nen-1\ttree\n", GOLD],
            "DATA/de-en/de-en.sample.en:3: the sentence `en-1` stands twice",
        ),
        (["", ENGLISH, GOLD], "DATA/de-en/de-en.sample.de: there is no sentence in the file"),
        ([GERMAN, ENGLISH, "\n"], "DATA/de-en/de-en.sample.gold: there is no pair in the file"),
        (
            [GERMAN, ENGLISH, "de-1\ten-3\nde-1\ten-9\n"],
            "DATA/de-en/de-en.sample.gold:2: there is no sentence `en-9` in DATA/de-en/de-en.sample.en",
        ),
        (
            [GERMAN, ENGLISH, "en-3\tde-1\n"],
            "DATA/de-en/de-en.sample.gold:1: there is no sentence `en-3` in DATA/de-en/de-en.sample.de",
        ),
        (
            [GERMAN, ENGLISH, "de-1\ten-3\nde-2\ten-2\nde-1\ten-3\n"],
            "DATA/de-en/de-en.sample.gold:3: the pair of `de-1` and `en-3` stands twice, first in line 1",
        ),
        (
            [GERMAN, ENGLISH, "de-1\ten-3\t1\n"],
            "DATA/de-en/de-en.sample.gold:1: the line has 3 columns",
        ),
    ] {
        let message = problem(texts);
        assert!(message.starts_with(expected), "{message}");
    }
    let folder = folder(&corpus([GERMAN, ENGLISH, GOLD])[..2]);
    let message = evaluate(folder.path(), &measure()).unwrap_err().to_string();
    assert!(message.contains("`evaluate.b.path`: there is no file "), "{message}");
    assert!(message.contains("de-en.sample.gold"), "{message}");
}

#[test]
fn what_the_files_need_is_said_at_the_key() {
    for (keys, expected) in [
        (
            measure().replace("pivot = \"en\"\n", ""),
            "`evaluate.b.pivot`: the reader `bucc` needs it",
        ),
        (
            measure().replace(".{side}", ""),
            "`evaluate.b.path`: with the reader `bucc` a path holds",
        ),
        (
            measure().replace("{lang}", "de") + "languages = [\"de\"]\n",
            "`evaluate.b.path`: the path holds `{side}` and no `{lang}`",
        ),
        (KEYS.to_owned(), "write `settings = [\"cross-lingual\"]`"),
        (measure() + "passage = \"sentence\"\n", "`evaluate.b.passage`: only the reader `squad`"),
    ] {
        let message = evaluate(Path::new("nowhere"), &keys).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

/// Lines of ids and texts, of which some are the same.
fn sentences(language: &str, texts: &[u8]) -> String {
    let line = |(n, text)| format!("{language}-{n}\t{language} {text}\n");
    (0..).zip(texts).map(line).collect()
}

proptest! {
    #[test]
    fn a_text_asks_once_and_all_texts_that_a_pair_ties_to_it_are_right(
        german in prop::collection::vec(0..4u8, 1..9),
        english in prop::collection::vec(0..4u8, 1..9),
        pairs in prop::collection::btree_set((0..9usize, 0..9usize), 1..12),
    ) {
        let pairs: BTreeSet<(usize, usize)> =
            pairs.into_iter().map(|(a, b)| (a % german.len(), b % english.len())).collect();
        let gold: String = pairs.iter().map(|(a, b)| format!("de-{a}\ten-{b}\n")).collect();
        let texts = [sentences("de", &german), sentences("en", &english), gold];
        let folder = folder(&corpus(texts.each_ref().map(String::as_str)));
        let data = evaluate(folder.path(), &measure()).unwrap();
        let tied: BTreeSet<(String, String)> = (pairs.iter())
            .map(|(a, b)| (format!("de {}", german[*a]), format!("en {}", english[*b])))
            .flat_map(|(de, en)| [(de.clone(), en.clone()), (en, de)])
            .collect();
        let mut found = BTreeSet::new();
        for (query, text) in data.query_texts.iter().enumerate() {
            let right = data.judgements[query].iter().map(|(document, _)| *document as usize);
            let others = right.filter(|document| data.document_language[*document] != data.query_language[query]);
            for document in others {
                let passage = &data.document_texts[document];
                // None twice, and what is tied together is one topic.
                prop_assert!(found.insert((text.clone(), passage.clone())), "{}", text);
                let asked = data.query_texts.iter().position(|other| other == passage).unwrap();
                prop_assert_eq!(data.query_group[query], data.query_group[asked]);
            }
        }
        prop_assert_eq!(found, tied);
        let queries: BTreeSet<&String> = data.query_texts.iter().collect();
        prop_assert_eq!(queries.len(), data.query_texts.len());
        let topics: BTreeSet<u32> = data.query_group.iter().copied().collect();
        prop_assert!(topics.into_iter().eq(0..=data.query_group.iter().copied().max().unwrap()));
    }
}
