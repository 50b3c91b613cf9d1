//! Texts to tokens: what is cut and what is kept.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::import::real;
use super::tiny;
use crate::files;
use crate::transformer::pretrained::TOKENIZER;
use crate::transformer::tokenizer::TextTokenizer;

const CLS: u32 = 2;
const SEP: u32 = 3;

fn tokenizer(json: &Value) -> Result<TextTokenizer, String> {
    let json = json.to_string().into_bytes();
    TextTokenizer::from_json(Path::new("a/tokenizer.json"), json)
        .map_err(|error| error.message().to_owned())
}

fn encode(tokenizer: &TextTokenizer, text: &str, max_tokens: usize) -> Vec<u32> {
    tokenizer.encode(&[(text.to_owned(), max_tokens)]).unwrap().remove(0)
}

#[test]
fn a_text_is_cut_from_the_right_and_keeps_its_special_tokens() {
    let tokenizer = tokenizer(&tiny::tokenizer()).unwrap();
    let whole = encode(&tokenizer, "The river flows", 40);
    assert_eq!(whole, [CLS, 5, 6, 7, SEP]);
    assert_eq!(encode(&tokenizer, "The river flows", 5), whole);
    assert_eq!(encode(&tokenizer, "The river flows", 4), [CLS, 5, 6, SEP]);
    assert_eq!(encode(&tokenizer, "The river flows", 2), [CLS, SEP]);
    assert_eq!(tokenizer.specials(), ([CLS].as_slice(), [SEP].as_slice()));
}

#[test]
fn an_empty_text_is_its_special_tokens() {
    let tokenizer = tokenizer(&tiny::tokenizer()).unwrap();
    for text in ["", " ", "\u{200b}\n"] {
        assert_eq!(encode(&tokenizer, text, 9), [CLS, SEP]);
    }
}

#[test]
fn a_text_may_have_a_special_token_only_after_it_as_in_t5() {
    let mut json = tiny::tokenizer();
    json["post_processor"]["single"].as_array_mut().unwrap().remove(0);
    let tokenizer = tokenizer(&json).unwrap();
    assert_eq!(encode(&tokenizer, "The river flows", 9), [5, 6, 7, SEP]);
    assert_eq!(encode(&tokenizer, "The river flows", 3), [5, 6, SEP]);
    assert_eq!(encode(&tokenizer, "", 9), [SEP]);
}

#[test]
fn truncation_and_padding_in_the_file_do_not_count_but_are_kept() {
    let mut json = tiny::tokenizer();
    json["truncation"] = json!({ "max_length": 3, "strategy": "LongestFirst", "stride": 0 });
    json["padding"] = json!({
        "strategy": { "Fixed": 20 }, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
    });
    let tokenizer = tokenizer(&json).unwrap();
    assert_eq!(encode(&tokenizer, "the river", 9), [CLS, 5, 6, SEP]);
    assert_eq!(tokenizer.json(), json.to_string().as_bytes());
}

#[test]
fn a_tokenizer_that_cannot_be_used_is_refused_by_file() {
    let template = |single: Value| {
        json!({
            "type": "TemplateProcessing", "single": single, "pair": [],
            "special_tokens": { "[CLS]": { "id": "[CLS]", "ids": [2], "tokens": ["[CLS]"] } },
        })
    };
    let text = json!({ "Sequence": { "id": "A", "type_id": 0 } });
    let cls = json!({ "SpecialToken": { "id": "[CLS]", "type_id": 0 } });
    let typed = json!({ "SpecialToken": { "id": "[CLS]", "type_id": 2 } });
    for (post_processor, expected) in [
        (Value::Null, "must put a special token before or after each text"),
        (template(json!([text])), "must put a special token before or after each text"),
        (template(json!([cls, text, text])), "which must stand there once"),
        (template(json!([cls])), "which must stand there once"),
        (template(json!([typed, text])), "a type other than 0"),
    ] {
        let mut json = tiny::tokenizer();
        json["post_processor"] = post_processor;
        let error = tokenizer(&json).err().unwrap();
        assert!(error.starts_with("a/tokenizer.json: its `post_processor`"), "{error}");
        assert!(error.contains(expected), "{error}");
    }

    let mut json = tiny::tokenizer();
    json["model"] = json!({ "type": "BPE", "dropout": 0.1, "vocab": { "a": 0 }, "merges": [] });
    let error = tokenizer(&json).err().unwrap();
    assert!(error.contains("dropout"), "{error}");
}

#[test]
fn special_tokens_that_the_vocabulary_lacks_need_a_row_too() {
    let mut json = tiny::tokenizer();
    let rows = tokenizer(&json).unwrap().rows();
    json["post_processor"]["special_tokens"]["[SEP]"]["ids"] = json!([rows + 7]);
    assert_eq!(tokenizer(&json).unwrap().rows(), rows + 8);
}

#[test]
fn a_text_of_100_000_characters_is_tokenised_within_a_second() {
    for name in ["minilm", "e5-small"] {
        let Some(folder) = real(name) else { continue };
        let (path, json) = files::read(&folder, TOKENIZER).unwrap();
        let tokenizer = TextTokenizer::from_json(&path, json).unwrap();
        for text in ["a", "word ", "水", "Fluß, río. ", "\u{301}", " ", "[CLS]"] {
            let text = text.repeat(100_000 / text.chars().count());
            let start = Instant::now();
            let tokens = encode(&tokenizer, &text, 64);
            let taken = start.elapsed();
            eprintln!("{name} {:?}: {taken:?}", &text[..text.char_indices().nth(5).unwrap().0]);
            assert!(tokens.len() <= 64);
            assert!(taken < Duration::from_secs(1), "{name}: {taken:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_at_any_limit_is_a_cut_of_the_whole_between_its_special_tokens(
        text in ".{0,60}|[a-z .]{0,200}",
        max_tokens in 2usize..80,
    ) {
        let tokenizer = tokenizer(&tiny::tokenizer()).unwrap();
        let whole = encode(&tokenizer, &text, usize::MAX);
        let cut = encode(&tokenizer, &text, max_tokens);
        prop_assert_eq!(cut.len(), whole.len().min(max_tokens));
        prop_assert_eq!(&cut[..cut.len() - 1], &whole[..cut.len() - 1]);
        prop_assert_eq!((cut.first(), cut.last()), (Some(&CLS), Some(&SEP)));
        prop_assert!(cut.iter().all(|id| (*id as usize) < tokenizer.rows()));
    }
}
