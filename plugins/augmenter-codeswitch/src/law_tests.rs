//! The stated law by chi-square over fixed keys; every bound is the 99.99% quantile for its degrees of freedom.

use std::collections::BTreeMap;

use serde_json::json;
use triglot_sdk::Role;
use triglot_sdk::testkit::{TextBuilder, laws};

use crate::testing::*;

/// Texts of this many words `a` for each test.
const WORDS: usize = 50;
const TEXTS: u64 = 400;

/// How often each word stands in what the texts become.
fn counted(folder: &Folder, options: serde_json::Value) -> Vec<BTreeMap<String, u64>> {
    let mut dictionary = folder.make(options).unwrap();
    let text = vec!["a"; WORDS].join(" ");
    let texts = (0..TEXTS).map(|key| switched(&mut dictionary, &text, key));
    let counts = texts.map(|text| {
        text.split(' ').fold(BTreeMap::new(), |mut counts, word| {
            *counts.entry(word.to_owned()).or_default() += 1;
            counts
        })
    });
    counts.collect()
}

fn summed(texts: &[BTreeMap<String, u64>]) -> BTreeMap<String, u64> {
    let all = texts.iter().flatten();
    all.fold(BTreeMap::new(), |mut sum, (word, count)| {
        *sum.entry(word.clone()).or_default() += count;
        sum
    })
}

/// Pearson's chi-square of what was seen against probabilities.
fn chi_square(seen: &BTreeMap<String, u64>, law: &[(&str, f64)]) -> f64 {
    let total = seen.values().sum::<u64>() as f64;
    assert!(seen.keys().all(|word| law.iter().any(|(known, _)| known == word)), "{seen:?}");
    let term = |(word, probability): &(&str, f64)| {
        let expected = probability * total;
        (seen.get(*word).copied().unwrap_or_default() as f64 - expected).powi(2) / expected
    };
    law.iter().map(term).sum()
}

/// Three languages: one with two translations, and one that lacks the word.
fn three() -> Folder {
    Folder::new(&[("de", "a\td1\na\td2\n"), ("es", "a\te\n"), ("fi", "b\tf\n")])
}

#[test]
fn every_known_word_is_replaced_with_probability_p() {
    let folder = Folder::new(&[("de", "a\td\n")]);
    for p in [0.1, 0.25, 0.5, 0.9] {
        let seen = summed(&counted(&folder, json!({ "p": p, "mode": "bilingual" })));
        let chi = chi_square(&seen, &[("a", 1.0 - p), ("d", p)]);
        assert!(chi < 15.1, "chi-square {chi} at p = {p}, 1 degree of freedom");
    }
}

#[test]
fn in_multilingual_mode_languages_are_uniform_over_words_and_translations_within_them() {
    let seen = counted(&three(), json!({ "p": 0.75 }));
    let law = [("d1", 0.125), ("d2", 0.125), ("e", 0.25), ("a", 0.5)];
    let chi = chi_square(&summed(&seen), &law);
    assert!(chi < 21.1, "chi-square {chi}, 3 degrees of freedom");
    assert!(seen.iter().all(|text| text.contains_key("e") && text.contains_key("a")));
}

#[test]
fn in_bilingual_mode_languages_are_uniform_over_texts() {
    let seen = counted(&three(), json!({ "p": 1.0, "mode": "bilingual" }));
    let languages = seen.iter().map(|text| {
        let words: Vec<&str> = text.keys().map(String::as_str).collect();
        match words[..] {
            ["d1"] | ["d2"] | ["d1", "d2"] => "de",
            ["e"] => "es",
            ["a"] => "fi",
            ref others => panic!("a text of {others:?}"),
        }
    });
    let counts = languages.fold(BTreeMap::new(), |mut counts: BTreeMap<String, u64>, language| {
        *counts.entry(language.to_owned()).or_default() += 1;
        counts
    });
    let chi = chi_square(&counts, &[("de", 1.0 / 3.0), ("es", 1.0 / 3.0), ("fi", 1.0 / 3.0)]);
    assert!(chi < 18.4, "chi-square {chi}, 2 degrees of freedom");
}

#[test]
fn words_are_replaced_independently_of_the_words_before_them() {
    let folder = Folder::new(&[("de", "a\td\n")]);
    let mut dictionary = folder.make(json!({ "p": 0.5 })).unwrap();
    let text = vec!["a"; WORDS].join(" ");
    let mut pairs = BTreeMap::new();
    for key in 0..TEXTS {
        let switched = switched(&mut dictionary, &text, key);
        let words: Vec<&str> = switched.split(' ').collect();
        for pair in words.chunks_exact(2) {
            *pairs.entry(pair.concat()).or_default() += 1;
        }
    }
    let chi = chi_square(&pairs, &["aa", "ad", "da", "dd"].map(|pair| (pair, 0.25)));
    assert!(chi < 21.1, "chi-square {chi}, 3 degrees of freedom");
}

#[test]
fn only_texts_of_the_source_language_and_of_the_wanted_role_are_switched() {
    let folder = Folder::new(&[("de", "a\td\n")]);
    let texts =
        [("en", Role::Query), ("en", Role::Passage), ("es", Role::Query), ("de", Role::Passage)];
    let texts = texts.iter().zip(0..).fold(TextBuilder::new(), |texts, ((language, role), key)| {
        texts.text("a", language, *role, key)
    });
    for (further, expected) in [
        (json!({}), ["d", "d", "a", "a"]),
        (json!({ "texts": "both" }), ["d", "d", "a", "a"]),
        (json!({ "texts": "queries" }), ["d", "a", "a", "a"]),
        (json!({ "texts": "passages" }), ["a", "d", "a", "a"]),
        (json!({ "source": "es" }), ["a", "a", "d", "a"]),
    ] {
        let mut options = folder.options(further.clone());
        options.p = 1.0;
        let switched = laws::augmenter::rewrites(|| make(&options), &texts.view()).unwrap();
        assert_eq!(switched, expected, "{further}");
    }
}

#[test]
fn coverage_is_counted_before_anything_is_switched() {
    let folder = Folder::new(&[("de", "a\td\n")]);
    let texts = TextBuilder::new()
        .text("a a b-a!", "en", Role::Query, 1)
        .text("b", "en", Role::Query, 2)
        .text("", "en", Role::Query, 3)
        .text("a", "en", Role::Passage, 4)
        .text("a", "de", Role::Query, 5);
    for (p, switched, replaced) in [(0.0, 0, 0), (1.0, 1, 3)] {
        let make = || folder.make(json!({ "p": p, "texts": "queries" }));
        let expected = [
            ("texts", 3),
            ("switched", switched),
            ("tokens", 5),
            ("known", 3),
            ("replaced", replaced),
        ];
        let expected = expected.map(|(name, count)| (name.to_owned(), count)).into();
        assert_eq!(laws::augmenter::counts(make, &texts.view()), Ok(expected), "p = {p}");
    }
}
