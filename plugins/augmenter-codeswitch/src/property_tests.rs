//! What holds for every text, key and probability.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use triglot_sdk::testkit::strategies::texts;
use triglot_sdk::testkit::{TextBuilder, laws};
use triglot_sdk::{Augmenter, Role};
use unicode_segmentation::UnicodeSegmentation;

use crate::testing::*;

/// Every word of one letter, and some of the strategies' other words, in two languages.
fn letters() -> Folder {
    let lines = |prefix: &str| -> String {
        let letters = ('a'..='z').chain("äöß".chars());
        letters.map(|letter| format!("{letter}\t{prefix}{letter}x\n")).collect()
    };
    Folder::new(&[("de", &lines("de")), ("es", &lines("es "))])
}

/// Texts of words, some of them known, with all kinds of characters between them.
fn mixed() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[a-zA-ZäößÄ]", "[a-zA-Z]{2,4}", "\\PC{0,3}", "[0-9.,'’ -]{1,3}"];
    let gap = prop::sample::select(vec![" ", "  ", "\n", "\t", ", ", "\u{a0}", "-", "…", "。"]);
    prop::collection::vec((word, gap), 0..20)
        .prop_map(|parts| parts.into_iter().map(|(word, gap)| word + gap).collect())
}

fn modes() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["bilingual", "multilingual"])
}

/// The segments of a text, those of several words that a translation may have again in one piece where they stand.
fn segments(text: &str) -> Vec<&str> {
    text.split_word_bounds().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn texts_are_rewritten_and_counted_alike_whatever_was_rewritten_before(
        texts in texts(), p in 0.0f64..=1.0, mode in modes(),
    ) {
        let folder = letters();
        let texts = texts.view();
        let rewritten =
            laws::augmenter::rewrites(|| folder.make(json!({ "p": p, "mode": mode })), &texts)?;
        for (text, rewritten) in texts.iter().zip(rewritten) {
            prop_assert!(text.language == "en" || text.text == rewritten);
        }
        laws::augmenter::counts(|| folder.make(json!({ "p": p, "mode": mode })), &texts)?;
    }

    #[test]
    fn at_p_0_nothing_changes(text in mixed(), key: u64, mode in modes()) {
        let mut none = letters().make(json!({ "p": 0.0, "mode": mode })).unwrap();
        prop_assert_eq!(switched(&mut none, &text, key), text);
    }

    #[test]
    fn at_p_1_every_known_word_is_replaced_and_all_else_stays_to_the_byte(
        text in mixed(), key: u64, mode in modes(),
    ) {
        let mut all = letters().make(json!({ "p": 1.0, "mode": mode })).unwrap();
        let switched = switched(&mut all, &text, key);
        let mut left = switched.as_str();
        for segment in segments(&text) {
            let mut letters = segment.chars();
            let known = match (letters.next().and_then(|c| c.to_lowercase().next()), letters.next()) {
                (Some(letter), None) => matches!(letter, 'a'..='z' | 'ä' | 'ö' | 'ß').then_some(letter),
                _ => None,
            };
            let becomes = match known {
                Some(letter) => ["de", "es "].map(|prefix| format!("{prefix}{letter}x")).to_vec(),
                None => vec![segment.to_owned()],
            };
            let matches = |becomes: &String| {
                let there = left.get(..becomes.len())?;
                (there.to_lowercase() == *becomes || there == segment && known.is_none()).then_some(becomes.len())
            };
            let length = becomes.iter().find_map(matches);
            prop_assert!(length.is_some(), "{:?} of {:?} at {:?} of {:?}", segment, text, left, switched);
            left = &left[length.unwrap_or_default()..];
        }
        prop_assert_eq!(left, "");
    }

    #[test]
    fn what_is_replaced_at_one_p_is_replaced_alike_at_a_larger_one(
        words in prop::collection::vec("[a-z]", 0..30), key: u64, p in 0.0f64..=1.0, q in 0.0f64..=1.0,
        mode in modes(),
    ) {
        let folder = Folder::new(&[("de", "a\td\nb\te\nc\tf\n"), ("es", "a\tg\nb\th\nc\ti\n")]);
        let text = words.join(" ");
        let at = |p: f64| {
            let mut dictionary = folder.make(json!({ "p": p, "mode": mode })).unwrap();
            switched(&mut dictionary, &text, key)
        };
        let (less, more) = (at(p.min(q)), at(p.max(q)));
        for ((word, less), more) in text.split(' ').zip(less.split(' ')).zip(more.split(' ')) {
            prop_assert!(less == word || less == more);
        }
    }

    #[test]
    fn the_words_that_are_counted_are_those_that_are_replaced(
        words in prop::collection::vec("[a-f]", 0..30), key: u64, p in 0.0f64..=1.0, mode in modes(),
    ) {
        let folder = Folder::new(&[("de", "a\tx\nb\tx\n"), ("es", "a\ty\nc\ty\n")]);
        let mut dictionary = folder.make(json!({ "p": p, "mode": mode })).unwrap();
        let text = words.join(" ");
        let switched = switched(&mut dictionary, &text, key);
        let changed = text.split(' ').zip(switched.split(' ')).filter(|(a, b)| a != b).count();
        let texts = TextBuilder::new().text(&text, "en", Role::Query, key);
        let counts: BTreeMap<_, _> = dictionary.counts(&texts.view()).into_iter().collect();
        prop_assert_eq!(counts["replaced"], changed as u64);
        prop_assert_eq!(counts["switched"], u64::from(changed > 0));
        prop_assert_eq!((counts["texts"], counts["tokens"]), (1, words.len() as u64));
        prop_assert!(counts["replaced"] <= counts["known"] && counts["known"] <= counts["tokens"]);
    }
}
