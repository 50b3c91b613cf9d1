//! The nine dictionaries of WECHSEL (Minixhofer et al. 2022), scraped from Wiktionary; skipped where they are absent.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::files;
use crate::lexicon::{Lexicon, Lines};
use crate::options::Options;
use crate::testing::*;

const FILES: [(&str, &str); 9] = [
    ("ar", "arabic"),
    ("de", "german"),
    ("es", "spanish"),
    ("hi", "hindi"),
    ("ru", "russian"),
    ("th", "thai"),
    ("tr", "turkish"),
    ("vi", "vietnamese"),
    ("zh", "chinese"),
];

fn wechsel() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dictionaries");
    let archive = shared.join("wechsel-en-xx.tar.gz");
    if !archive.is_file() {
        eprintln!("skipped: there is no shared/data/dictionaries beside the repository");
        return None;
    }
    Some(archive)
}

fn options(archive: &Path, languages: &[&str], p: f64) -> Options {
    let files = FILES.iter().filter(|(language, _)| languages.contains(language));
    let files: serde_json::Map<_, _> = files
        .map(|(code, name)| ((*code).to_owned(), format!("wechsel/{name}.txt").into()))
        .collect();
    let options = json!({ "dictionaries": archive, "files": files, "p": p });
    serde_json::from_value(options).unwrap()
}

#[test]
fn every_line_of_every_dictionary_is_kept_or_counted_in_little_memory() {
    let Some(archive) = wechsel() else { return };
    let languages = FILES.map(|(language, _)| language);
    let mut bytes = 0;
    let read = files::read(&options(&archive, &languages, 0.5)).unwrap();
    assert!(read.iter().map(|file| file.language.as_str()).eq(languages));
    for file in read {
        let (lexicon, lines) = Lexicon::parse(&file.bytes).unwrap();
        let Lines { kept, not_a_word, equal, page_name, repeated } = lines;
        let written = file.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        assert_eq!(kept + not_a_word + equal + page_name + repeated, written.count());
        assert!(kept > 5_000 && lexicon.words() > 3_000, "{}: {lines:?}", file.language);
        bytes += lexicon.bytes();
    }
    assert!(bytes < 6_500_000, "{bytes} bytes");
}

#[test]
fn a_question_in_english_becomes_one_in_a_language_or_in_several() {
    let Some(archive) = wechsel() else { return };
    let question = "WHO was the first President of the Republic, and why (1919)?";
    for languages in [&["de"][..], &["de", "es", "ru", "zh"]] {
        let mut all = make(&options(&archive, languages, 1.0)).unwrap();
        let switched = switched(&mut all, question, 3);
        assert_ne!(switched, question);
        assert!(switched.ends_with(" (1919)?") && switched.contains(", "), "{switched}");
        assert!(!switched.contains("Republic"), "{switched}");
    }
}
