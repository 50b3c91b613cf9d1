//! The exported folder; tests/check_export.py holds it against transformers and sentence-transformers themselves.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use triglot_sdk::{Backend, Context, Mode};

use super::architectures;
use super::import::{edit, imported, options, real};
use super::modules::{IDENTITY, TANH, dense, follow, labse};
use super::tiny;
use crate::encoder::Network;
use crate::testing::export::Exports;
use crate::testing::{SENTENCES, encode, files, texts, train};
use crate::transformer::TransformerEncoder;
use crate::transformer::export::export;
use crate::transformer::pretrained::{CONFIG, TOKENIZER};

fn encoder(folder: &Path, given: Value) -> TransformerEncoder {
    let context = Context::detached(7);
    let mut encoder = TransformerEncoder::create(options(folder, given), &context).unwrap();
    encoder.prepare(None).unwrap();
    encoder
}

fn exported(folder: &Path, given: Value) -> TempDir {
    let exported = tempfile::tempdir().unwrap();
    export(exported.path(), &imported(folder, given)).unwrap();
    exported
}

/// All texts cut to one length, as others do.
fn cut(mut given: Value) -> Value {
    given["max_query_tokens"] = json!(12);
    given["max_passage_tokens"] = json!(12);
    given
}

fn prefixes() -> Value {
    json!({ "query_prefix": "query: ", "passage_prefix": "passage: " })
}

#[test]
fn an_export_holds_what_transformers_and_sentence_transformers_look_for() {
    let start = tiny::folder(json!({ "note": "kept" }));
    let folder = exported(start.path(), prefixes());
    let files = files(folder.path());
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "1_Pooling/config.json",
            "config.json",
            "config_sentence_transformers.json",
            "model.safetensors",
            "modules.json",
            "sentence_bert_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
        ]
    );
    let read = |name: &str| -> Value { serde_json::from_slice(&files[name]).unwrap() };
    let types: Vec<Value> =
        read("modules.json").as_array().unwrap().iter().map(|m| m["type"].clone()).collect();
    assert_eq!(
        types,
        ["Transformer", "Pooling", "Normalize"]
            .map(|class| format!("sentence_transformers.models.{class}"))
    );
    assert_eq!(read("1_Pooling/config.json")["pooling_mode_mean_tokens"], true);
    assert_eq!(read("1_Pooling/config.json")["pooling_mode_cls_token"], false);
    assert_eq!(read("sentence_bert_config.json")["max_seq_length"], 16);
    assert_eq!(read("config_sentence_transformers.json")["prompts"]["document"], "passage: ");
    assert_eq!(
        read("tokenizer_config.json"),
        json!({
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": 16,
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "mask_token": "[MASK]",
        })
    );
    assert_eq!(files[TOKENIZER], std::fs::read(start.path().join(TOKENIZER)).unwrap());
    assert_eq!(read(CONFIG)["note"], "kept");
}

#[test]
fn the_config_says_what_the_weights_are_whatever_it_said_before() {
    let start = tiny::folder(json!({ "torch_dtype": "float16" }));
    edit(&start.path().join(CONFIG), |config| {
        config.as_object_mut().unwrap().remove("architectures");
    });
    let config: Value =
        serde_json::from_slice(&files(exported(start.path(), json!({})).path())[CONFIG]).unwrap();
    assert_eq!(config["architectures"], json!(["BertModel"]));
    assert_eq!(config["torch_dtype"], "float32");
    assert_eq!(config.get("dtype"), None);
}

#[test]
fn a_padding_that_is_an_ordinary_token_is_named_since_there_are_no_batches_without() {
    let start = tiny::folder(json!({ "pad_token_id": 5 }));
    edit(&start.path().join(TOKENIZER), |tokenizer| tokenizer["added_tokens"] = json!([]));
    let files = files(exported(start.path(), json!({})).path());
    let config: Value = serde_json::from_slice(&files["tokenizer_config.json"]).unwrap();
    assert_eq!(config["pad_token"], "the");
    assert_eq!(config.get("cls_token"), None);
}

#[test]
fn an_exported_model_begins_again_with_the_same_embeddings_to_the_bit() {
    let start = tiny::folder(json!({}));
    let texts = texts(&SENTENCES);
    let given = json!({ "pooling": "cls", "query_prefix": "query: ", "passage_prefix": "the " });
    let mut original = encoder(start.path(), given);
    train(&mut original, &texts, 2);
    let folder = tempfile::tempdir().unwrap();
    original.export(folder.path()).unwrap();
    let mut again = encoder(folder.path(), json!({}));
    let embeddings = encode(&mut again, Mode::Inference, &texts);
    assert!(embeddings == encode(&mut original, Mode::Inference, &texts));
    let second = tempfile::tempdir().unwrap();
    again.export(second.path()).unwrap();
    assert_eq!(files(second.path()), files(folder.path()));
}

#[test]
fn transformers_and_sentence_transformers_load_an_export_and_encode_alike() {
    let sentences = [&SENTENCES[..], &[""]].concat();
    let texts = texts(&sentences);
    let mut exports = Exports::new();
    let start = tiny::folder(json!({}));
    for given in [
        prefixes(),
        json!({ "pooling": "cls", "normalize": false }),
        json!({ "pooling": "mean", "normalize": false, "query_prefix": "which" }),
        json!({ "pooling": "pooler" }),
        json!({ "pooling": "max", "normalize": false }),
        json!({ "pooling": "last" }),
        json!({ "pooling": "weighted-mean" }),
        json!({ "pooling": "mean-sqrt-len", "normalize": false }),
    ] {
        let mut encoder = encoder(start.path(), cut(given));
        train(&mut encoder, &texts, 3);
        exports.add(&mut encoder, &texts);
    }
    for (pooling, modules) in [
        ("cls", vec![dense(16, 16, true, TANH), ("Normalize", json!({}))]),
        ("mean", vec![dense(16, 24, false, IDENTITY), ("Normalize", json!({}))]),
    ] {
        let start = tiny::folder(json!({}));
        follow(start.path(), &json!({ "pooling_mode": pooling }), &modules);
        let mut encoder = encoder(start.path(), cut(json!({ "passage_prefix": "the " })));
        train(&mut encoder, &texts, 3);
        exports.add(&mut encoder, &texts);
    }
    for name in ["minilm", "e5-small-32k"] {
        let Some(start) = real(name) else { continue };
        let mut given = prefixes();
        given["max_query_tokens"] = json!(16);
        exports.add(&mut encoder(&start, given), &texts);
    }
    exports.check();
}

#[test]
fn every_family_is_loaded_by_transformers_and_sentence_transformers_and_encodes_alike() {
    let texts = texts(&SENTENCES);
    let mut exports = Exports::new();
    let mut families = BTreeSet::new();
    for case in architectures::cases() {
        if !families.insert(case.config["model_type"].to_string()) {
            continue;
        }
        let start = architectures::folder(&case.config, |_| ());
        let mut encoder = encoder(start.path(), cut(prefixes()));
        train(&mut encoder, &texts, 3);
        exports.add(&mut encoder, &texts);
    }
    assert_eq!(families.len(), 7);
    exports.check();
}

#[test]
fn weights_of_lower_precision_give_others_the_embeddings_that_they_give_here() {
    let texts = texts(&SENTENCES);
    let mut exports = Exports::new();
    for (dtype, name) in [("f16", "float16"), ("bf16", "bfloat16")] {
        let start = labse(json!({ "dtype": "float32" }));
        let mut exact = encoder(start.path(), cut(json!({ "export_dtype": dtype })));
        train(&mut exact, &texts, 3);
        let folder = tempfile::tempdir().unwrap();
        exact.export(folder.path()).unwrap();
        let config = &files(folder.path())[CONFIG];
        assert_eq!(serde_json::from_slice::<Value>(config).unwrap()["dtype"], name);

        let mut rounded = encoder(folder.path(), cut(json!({})));
        let [before, after] =
            [&mut exact, &mut rounded].map(|e| encode(e, Mode::Inference, &texts));
        let largest = before.iter().zip(&after).map(|(b, a)| (b - a).abs()).fold(0.0, f32::max);
        assert!(largest > 0.0 && largest < 0.02, "{dtype}: {largest}");
        exports.add_folder(folder, &mut rounded, &texts);
    }
    exports.check();
}

#[test]
fn a_weight_too_large_for_its_precision_is_named_and_what_is_saved_stays_exact() {
    let start = tiny::folder(json!({}));
    let mut encoder = encoder(start.path(), json!({ "export_dtype": "f16" }));
    let exact = 1.0 + 1.0 / 16_384.0;
    encoder.network_mut().parameters_mut()[5].values[2] = exact;
    let state = tempfile::tempdir().unwrap();
    encoder.save(state.path()).unwrap();
    let given = options(start.path(), json!({ "export_dtype": "bf16" }));
    let mut resumed = TransformerEncoder::create(given, &Context::detached(7)).unwrap();
    resumed.load(state.path()).unwrap();
    assert_eq!(resumed.parameters()[5].values[2], exact);

    encoder.network_mut().parameters_mut()[5].values[2] = 7e4;
    let folder = tempfile::tempdir().unwrap();
    let error = encoder.export(folder.path()).unwrap_err();
    let name = &encoder.parameters()[5].name;
    let expected = format!("tensor `{name}`: 7e4 is too large for float16");
    assert!(error.message().contains(&expected), "{}", error.message());
}

#[test]
fn poolings_joined_in_an_order_of_their_own_are_written_by_word_and_read_again() {
    let texts = texts(&SENTENCES);
    let mut exports = Exports::new();
    for (modes, by_word) in [(json!(["mean", "cls"]), true), (json!(["cls", "mean"]), false)] {
        let start = tiny::folder(json!({}));
        follow(start.path(), &json!({ "pooling_mode": modes }), &[]);
        let mut encoder = encoder(start.path(), cut(json!({})));
        let folder = tempfile::tempdir().unwrap();
        encoder.export(folder.path()).unwrap();
        let config = &files(folder.path())["1_Pooling/config.json"];
        let config: Value = serde_json::from_slice(config).unwrap();
        assert_eq!(config.get("pooling_mode").is_some(), by_word);
        let mut again = self::encoder(folder.path(), cut(json!({})));
        let embeddings = encode(&mut again, Mode::Inference, &texts);
        assert!(embeddings == encode(&mut encoder, Mode::Inference, &texts));
        exports.add_folder(folder, &mut again, &texts);
    }
    exports.check();
}
