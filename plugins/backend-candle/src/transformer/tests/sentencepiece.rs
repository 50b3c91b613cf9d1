//! `spiece.model` held against the tokenizers that transformers makes of such files.
//!
//! tests/golden/make_sentencepiece.py made the files and the values, and says what stands in them.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use triglot_sdk::{Backend, Context, Mode};

use super::architectures;
use super::import::options;
use super::life::prepared_in;
use crate::files;
use crate::testing::{SENTENCES, encode, texts, train};
use crate::transformer::TransformerEncoder;
use crate::transformer::import::import;
use crate::transformer::pretrained::TOKENIZER;
use crate::transformer::sentencepiece::{self, SPIECE};
use crate::transformer::tokenizer::TextTokenizer;

const T5: &[u8] = include_bytes!("../../../tests/golden/spiece-t5.model");
const MT5: &[u8] = include_bytes!("../../../tests/golden/spiece-mt5.model");

const CONFIG: &str = "tokenizer_config.json";
const MAP: &str = "special_tokens_map.json";

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    model: String,
    tokenizer_config: Value,
    special_tokens_map: Value,
    tokenizer: Value,
    ids: Vec<Vec<u32>>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../tests/golden/sentencepiece.json")).unwrap()
}

/// A folder with a model, and what is said of special tokens.
fn folder(model: &[u8], config: &Value, map: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files::write(folder.path(), SPIECE, model).unwrap();
    for (name, content) in [(CONFIG, config), (MAP, map)] {
        if !content.is_null() {
            files::write_json(folder.path(), name, content).unwrap();
        }
    }
    folder
}

fn error(folder: &Path) -> String {
    sentencepiece::read(folder).unwrap_err().message().to_owned()
}

#[test]
fn a_spiece_model_becomes_the_tokenizer_that_transformers_makes_of_it() {
    let Golden { texts, cases } = golden();
    for case in cases {
        let name = &case.name;
        let model = if case.model == "t5" { T5 } else { MT5 };
        let folder = folder(model, &case.tokenizer_config, &case.special_tokens_map);
        let (path, json) = sentencepiece::read(folder.path()).unwrap();
        let mut found: Value = serde_json::from_slice(&json).unwrap();
        let count = found["model"]["vocab"].as_array().unwrap().len();
        found["model"]["vocab"] = count.into();
        for (part, expected) in case.tokenizer.as_object().unwrap() {
            assert_eq!(&found[part], expected, "{name}: {part}");
        }
        let tokenizer = TextTokenizer::from_json(&path, json).unwrap();
        for (text, expected) in texts.iter().zip(&case.ids) {
            let ids = tokenizer.encode_one(text, usize::MAX).unwrap();
            assert_eq!(&ids, expected, "{name}: {text:?}");
        }
    }
}

/// The folder of a tiny T5, with a spiece.model in place of its tokenizer.json.
fn t5() -> TempDir {
    let case = architectures::cases().into_iter().find(|case| case.config["model_type"] == "mt5");
    let mut config = case.unwrap().config;
    config["vocab_size"] = 600.into();
    let folder = architectures::folder(&config, |_| ());
    std::fs::remove_file(folder.path().join(TOKENIZER)).unwrap();
    files::write(folder.path(), SPIECE, MT5).unwrap();
    files::write_json(folder.path(), CONFIG, &json!({ "extra_ids": 0 })).unwrap();
    folder
}

#[test]
fn a_t5_with_a_spiece_model_is_trained_saved_loaded_and_exported_with_a_tokenizer_json() {
    let start = t5();
    let texts = texts(&SENTENCES);
    let mut encoder = prepared_in(&start, json!({}));
    let before = encode(&mut encoder, Mode::Inference, &texts);
    train(&mut encoder, &texts, 1);
    let trained = encode(&mut encoder, Mode::Inference, &texts);
    assert!(before != trained);
    let [saved, exported] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    encoder.save(saved.path()).unwrap();
    encoder.export(exported.path()).unwrap();
    let (_, expected) = sentencepiece::read(start.path()).unwrap();
    for folder in [&saved, &exported] {
        assert_eq!(files::read(folder.path(), TOKENIZER).unwrap().1, expected);
        assert!(!folder.path().join(SPIECE).exists());
    }

    let given = options(start.path(), json!({}));
    drop(start);
    let mut loaded = TransformerEncoder::create(given, &Context::detached(7)).unwrap();
    loaded.load(saved.path()).unwrap();
    assert!(encode(&mut loaded, Mode::Inference, &texts) == trained);
    let mut again = prepared_in(&exported, json!({}));
    assert!(encode(&mut again, Mode::Inference, &texts) == trained);
}

#[test]
fn a_tokenizer_json_goes_before_a_spiece_model_and_one_of_them_there_must_be() {
    let folder = t5();
    files::write(folder.path(), TOKENIZER, b"{}").unwrap();
    let error = |folder: &TempDir| {
        let found = import(folder.path(), &options(folder.path(), json!({})));
        found.err().unwrap().message().to_owned()
    };
    assert!(error(&folder).contains("tokenizer.json: not a tokenizer.json"));
    std::fs::remove_file(folder.path().join(TOKENIZER)).unwrap();
    std::fs::remove_file(folder.path().join(SPIECE)).unwrap();
    let found = error(&folder);
    assert!(found.contains("found neither tokenizer.json nor spiece.model"), "{found}");
}

/// A field of a message of protobuf: bytes under a number below 16.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut size = content.len();
    let mut bytes = vec![number << 3 | 2];
    while size > 0x7F {
        bytes.push(size as u8 | 0x80);
        size >>= 7;
    }
    [bytes, vec![size as u8], content.to_vec()].concat()
}

fn piece(text: &str, score: f32, kind: u8) -> Vec<u8> {
    let score = [&[2 << 3 | 5][..], &score.to_le_bytes()].concat();
    field(1, &[field(1, text.as_bytes()), score, vec![3 << 3, kind]].concat())
}

/// A model of these pieces after `<pad>` and `</s>`, of this type, with this id of the unknown token and these rules.
fn model(pieces: &[Vec<u8>], model_type: u8, unknown: u8, charsmap: &[u8]) -> Vec<u8> {
    let first = [piece("<pad>", 0.0, 3), piece("</s>", 0.0, 3)].concat();
    // The number 40 takes two bytes.
    let trainer = field(2, &[3 << 3, model_type, 0xC0, 0x02, unknown]);
    [first, pieces.concat(), trainer, field(3, &field(2, charsmap))].concat()
}

/// A trie of these units with these texts.
fn charsmap(units: &[u32], texts: &[u8]) -> Vec<u8> {
    let units: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    [&(units.len() as u32).to_le_bytes()[..], &units, texts].concat()
}

#[test]
fn a_model_that_is_none_or_another_is_refused_with_what_was_found_and_what_is_allowed() {
    let unknown = || piece("<unk>", 0.0, 2);
    let the = || piece("▁the", -1.0, 1);
    let sound = model(&[unknown(), the()], 1, 2, &[]);
    sentencepiece::read(folder(&sound, &Value::Null, &Value::Null).path()).unwrap();
    let without_end = &sound[..sound.len() - 4];
    let with = |charsmap: &[u8]| model(&[unknown(), the()], 1, 2, charsmap);
    // A unit whose unit below has a value, which lies at the place 1 << 8 from it and means the text at 3.
    let leaf = |text: u32| {
        let mut units = vec![0; 512];
        units[0] = 1 << 8 | 1 << 18;
        units[256] = 1 << 31 | text;
        units
    };
    let whole = with(&charsmap(&leaf(3), "abcé\0".as_bytes()));
    sentencepiece::read(folder(&whole, &Value::Null, &Value::Null).path()).unwrap();
    for (bytes, expected) in [
        (Vec::new(), "expected are pieces, `trainer_spec` and"),
        (without_end.to_vec(), "expected are pieces, `trainer_spec` and"),
        (sound[..sound.len() - 1].to_vec(), "not a whole model of SentencePiece: "),
        (sound[..9].to_vec(), "not a whole model of SentencePiece: "),
        (b"{\"version\": 1}".to_vec(), "not a whole model of SentencePiece: "),
        (model(&[unknown()], 2, 2, &[]), "`model_type`: found 2 BPE, allowed is 1 UNIGRAM"),
        (model(&[unknown()], 9, 2, &[]), "`model_type`: found 9 , allowed is 1 UNIGRAM"),
        (model(&[], 1, 2, &[]), "`pieces`: found 2, allowed is 3 to "),
        (model(&[unknown()], 1, 0, &[]), "`unk_id`: found 0, allowed is 2, which transformers"),
        (model(&[unknown()], 1, 99, &[]), "`unk_id`: found 99, allowed is 2"),
        (model(&[the()], 1, 2, &[]), "`type` of piece 2, `unk_id`: found 1, allowed is 2 UNKNOWN"),
        (
            model(&[unknown(), piece("a", f32::NAN, 1)], 1, 2, &[]),
            "`score` of piece 3, `a`: found NaN, allowed is finite numbers",
        ),
        (model(&[unknown(), piece("a", f32::INFINITY, 1)], 1, 2, &[]), "`a`: found inf, allowed"),
        (model(&[unknown(), piece("", 0.0, 1)], 1, 2, &[]), "`piece` of piece 3: found nothing"),
        (with(&[1, 2]), "`precompiled_charsmap`: found 2 bytes"),
        (with(&[0; 8]), "found a trie of 0 bytes, allowed are multiples of 4, up to the 4 that"),
        (with(&[255; 8]), "found a trie of 4294967295 bytes"),
        (with(&charsmap(&[0; 255], b"")), "unit 0 leads to 255, allowed is less than 255"),
        (with(&charsmap(&[0; 256], &[255])), "not in UTF-8"),
        (with(&charsmap(&leaf(4), "abcé\0".as_bytes())), "the text at 4, where none begins"),
        (with(&charsmap(&leaf(7), "abcé\0".as_bytes())), "the text at 7, where none begins"),
    ] {
        let found = error(folder(&bytes, &Value::Null, &Value::Null).path());
        assert!(
            found.contains("spiece.model: ") && found.contains(expected),
            "{found}: {expected}"
        );
    }
}

#[test]
fn special_tokens_that_cannot_be_read_are_refused_by_key() {
    for (config, expected) in [
        (json!({ "extra_ids": -1 }), "`extra_ids`: found -1, allowed is 0 to 10000"),
        (json!({ "extra_ids": null }), "`extra_ids`: found null"),
        (json!({ "extra_ids": 10_001 }), "`extra_ids`: found 10001"),
        (
            json!({ "extra_ids": 3 }),
            "`extra_ids`: found 3, allowed is 0 or 2, the number of pieces",
        ),
        (
            json!({ "extra_ids": 0, "extra_special_tokens": { "a": "b" } }),
            "allowed is a list of tokens",
        ),
        (json!({}), "`extra_ids`: found nothing, which stands for 100, allowed is 0 or 2"),
        (json!({ "extra_ids": 0, "extra_special_tokens": [1] }), "allowed is a list of tokens"),
        (json!({ "extra_ids": 0, "eos_token": null }), "`eos_token`: found null"),
        (json!({ "extra_ids": 0, "eos_token": "" }), "`eos_token`: found \"\", which is no token"),
        (json!({ "extra_ids": 0, "pad_token": 0 }), "`pad_token`: found 0, allowed is a token"),
        (json!({ "extra_ids": 0, "image_token": "<i>" }), "`image_token`: found \"<i>\""),
        (json!({ "added_tokens_decoder": { "x": {} } }), "a table of tokens by their ids"),
        (json!([]), "map"),
    ] {
        let found = error(folder(MT5, &config, &Value::Null).path());
        assert!(found.contains("tokenizer_config.json: "), "{found}");
        assert!(found.contains(expected), "{found}: {expected}");
    }
    let folder = folder(MT5, &Value::Null, &Value::Null);
    files::write(folder.path(), "added_tokens.json", b"{}").unwrap();
    let found = error(folder.path());
    assert!(found.contains("added_tokens.json: with spiece.model, it is not read"), "{found}");
}

#[test]
fn no_damage_to_a_model_panics() {
    let texts = golden().texts;
    for start in [T5, MT5] {
        let mut random = triglot_sdk::Random::new(&[5]);
        for _ in 0..300 {
            let mut bytes = start.to_vec();
            let place = (random.unit() * bytes.len() as f64) as usize;
            match random.unit() {
                part if part < 0.2 => bytes.truncate(place),
                _ => bytes[place] = (random.unit() * 256.0) as u8,
            }
            let folder = folder(&bytes, &json!({ "extra_ids": 0 }), &Value::Null);
            let Ok((path, json)) = sentencepiece::read(folder.path()) else { continue };
            let Ok(tokenizer) = TextTokenizer::from_json(&path, json) else { continue };
            for text in &texts {
                tokenizer.encode_one(text, 64).unwrap();
            }
        }
    }
}
