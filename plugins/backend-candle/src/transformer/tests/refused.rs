//! Folders that no model can begin from: each is refused, and the error says where and why.

use std::path::Path;

use serde_json::{Value, json};

use super::import::{edit, imported, options, rewrite, with_modules};
use super::tiny;
use crate::checkpoint::WEIGHTS;
use crate::files;
use crate::transformer::import::import;
use crate::transformer::pretrained::{CONFIG, TOKENIZER};

/// Why a folder is refused.
fn error(folder: &Path, given: Value) -> String {
    let result = import(folder, &options(folder, given));
    result.err().unwrap().message().to_owned()
}

/// A damage, and what the error must say.
type Case = (fn(&Path), &'static [&'static str]);

fn refused(cases: &[Case], given: &Value) {
    for (damage, expected) in cases {
        let folder = tiny::folder(json!({}));
        damage(folder.path());
        let error = error(folder.path(), given.clone());
        for expected in *expected {
            assert!(error.contains(expected), "{expected}: {}", error);
        }
    }
}

#[test]
fn a_folder_that_is_not_whole_names_the_missing_file() {
    refused(
        &[
            (
                |f| std::fs::remove_dir_all(f).unwrap(),
                &["config.json is missing", "tokenizer.json and model.safetensors"],
            ),
            (|f| std::fs::remove_file(f.join(CONFIG)).unwrap(), &["config.json is missing"]),
            (|f| std::fs::remove_file(f.join(TOKENIZER)).unwrap(), &["cannot read", TOKENIZER]),
            (|f| std::fs::remove_file(f.join(WEIGHTS)).unwrap(), &["cannot read", WEIGHTS]),
            (|f| std::fs::write(f.join(CONFIG), "[1]").unwrap(), &["config.json: ", "map"]),
            (|f| std::fs::write(f.join(TOKENIZER), "{}").unwrap(), &["not a tokenizer.json"]),
            (|f| std::fs::write(f.join(WEIGHTS), "abc").unwrap(), &["not a safetensors file"]),
        ],
        &json!({}),
    );
}

#[test]
fn a_config_of_another_model_is_refused_by_key_with_what_is_allowed() {
    for (key, value, expected) in [
        ("model_type", json!("gpt2"), "found \"gpt2\", allowed is \"bert\" or "),
        ("model_type", Value::Null, "found nothing, allowed is \"bert\" or "),
        ("hidden_act", json!("gelu_fast"), "found \"gelu_fast\", allowed is \"gelu\" or "),
        ("position_embedding_type", json!("relative_key"), "allowed is \"absolute\" or nothing"),
        ("is_decoder", json!(true), "found true, allowed is false or nothing"),
        ("add_cross_attention", json!(true), "found true"),
        ("quantization_config", json!({ "bits": 4 }), "allowed is nothing"),
        ("hidden_size", json!(0), "found 0, allowed is 1 to 16384"),
        ("hidden_size", json!(1.5), "found 1.5"),
        ("num_hidden_layers", json!(1e9), "allowed is 1 to 1024"),
        ("num_attention_heads", json!(3), "found 3, allowed is a divisor of `hidden_size`, 16"),
        ("intermediate_size", json!(-1), "found -1"),
        ("vocab_size", json!(u64::MAX), "allowed is 1 to 4194304"),
        ("max_position_embeddings", json!("512"), "found \"512\""),
        ("type_vocab_size", json!(0), "found 0"),
        ("layer_norm_eps", json!(0.0), "`layer_norm_eps`: found 0.0"),
        ("hidden_dropout_prob", json!(1.0), "found 1.0, allowed is 0 up to, but without, 1"),
        ("attention_probs_dropout_prob", json!(-0.1), "found -0.1"),
        ("pad_token_id", json!(100_000), "found 100000, allowed is 0 to "),
    ] {
        let config = tiny::folder(json!({}));
        edit(&config.path().join(CONFIG), |config| config[key] = value.clone());
        let error = error(config.path(), json!({}));
        for expected in ["config.json: ", &format!("`{key}`: found "), expected] {
            assert!(error.contains(expected), "{key} {value}: {}", error);
        }
    }
}

#[test]
fn a_tensor_that_is_missing_extra_misshaped_or_not_finite_is_named() {
    refused(
        &[
            (
                |f| rewrite(f, |weights| drop(weights.remove(3))),
                &["model.safetensors: tensor `embeddings.LayerNorm.weight` is missing"],
            ),
            (
                |f| rewrite(f, |weights| weights.retain(|(name, ..)| name != "pooler.dense.bias")),
                &["`pooler.dense.bias` is missing"],
            ),
            (
                |f| rewrite(f, |weights| weights.push(("head.x".into(), vec![1], vec![0.0]))),
                &["tensor `head.x` is not one of this model"],
            ),
            (
                |f| {
                    rewrite(f, |weights| {
                        let twice = weights[0].clone();
                        weights.push((format!("bert.{}", twice.0), twice.1, twice.2));
                    });
                },
                &["tensor `embeddings.word_embeddings.weight` is not one of this model"],
            ),
            (
                |f| {
                    rewrite(f, |weights| weights[1] = (weights[1].0.clone(), vec![2], vec![0.0; 2]))
                },
                &["`embeddings.position_embeddings.weight`: found F32 [2], expected F32 [40, 16]"],
            ),
            (
                |f| rewrite(f, |weights| weights[6].2[1] = f32::NAN),
                &["`encoder.layer.0.attention.self.query.bias`: found NaN", "finite"],
            ),
            (
                |f| whole_numbers(&f.join(WEIGHTS)),
                &["found I16 [1, 16], expected F32, F16, BF16, F64 ["],
            ),
        ],
        &json!({}),
    );
}

/// Writes the first tensor alone, in whole numbers.
fn whole_numbers(file: &Path) {
    let header = json!({
        "embeddings.word_embeddings.weight": {
            "dtype": "I16", "shape": [1, 16], "data_offsets": [0, 32],
        },
    })
    .to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes().chain([0; 32]));
    std::fs::write(file, bytes).unwrap();
}

#[test]
fn a_tokenizer_that_does_not_fit_is_refused_and_both_numbers_are_named() {
    let tokenizer = tiny::tokenizer();
    let rows = tokenizer["model"]["vocab"].as_object().unwrap().len();
    let folder = tiny::folder(json!({ "vocab_size": rows - 1 }));
    let error = error(folder.path(), json!({}));
    let (largest, allowed) =
        (format!("tokenizer.json: its largest id is {},", rows - 1), format!(" is {}", rows - 1));
    assert!(error.starts_with(&format!("weights: {}", folder.path().display())), "{error}");
    for expected in [&largest, "`vocab_size` in", "config.json", &allowed] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn more_tokens_than_positions_and_fewer_than_special_tokens_are_refused() {
    let folder = tiny::folder(json!({}));
    for (given, expected) in [
        (json!({ "max_passage_tokens": 41 }), "max_passage_tokens: found 41, allowed is 2 to 40"),
        (json!({ "max_query_tokens": 41 }), "max_query_tokens: found 41, allowed is 2 to 40"),
        (json!({ "max_query_tokens": 1 }), "max_query_tokens: found 1, allowed is 2 to 40"),
    ] {
        let error = error(folder.path(), given);
        // It begins with the option, so that the host can point there.
        assert!(error.starts_with(expected), "{error}");
    }
    let settings =
        imported(folder.path(), json!({ "max_query_tokens": 2, "max_passage_tokens": 40 }))
            .settings;
    assert_eq!((settings.max_query_tokens, settings.max_passage_tokens), (2, 40));
}

#[test]
fn modules_that_are_not_known_here_are_refused_by_name() {
    let mean = || json!({ "pooling_mode_mean_tokens": true });
    type Modules = fn(&Path, Value);
    let cases: [(Modules, Value, &[&str]); 6] = [
        (
            |f, pooling| with_modules(f, "", &["Pooling", "WordWeights"], &pooling),
            mean(),
            &["modules.json: `type`", "modules.WordWeights]", "a Transformer, after it a Pooling"],
        ),
        (|f, pooling| with_modules(f, "", &[], &pooling), mean(), &["found the modules ["]),
        (
            |f, pooling| with_modules(f, "", &["Pooling"], &pooling),
            json!({ "pooling_mode": ["mean", "median"] }),
            &["1_Pooling/config.json: `pooling_mode`: found \"median\"", "cls, max, mean,"],
        ),
        (
            |f, pooling| with_modules(f, "", &["Pooling"], &pooling),
            json!({ "pooling_mode": 3 }),
            &["found 3, allowed is cls, max, mean,", "the option `pooling`"],
        ),
        (
            |f, pooling| with_modules(f, "", &["Pooling"], &pooling),
            json!({ "pooling_mode": "mean", "include_prompt": false }),
            &["`include_prompt`: found false, allowed is true"],
        ),
        (
            |f, pooling| {
                with_modules(f, "", &["Pooling"], &pooling);
                let lower = json!({ "do_lower_case": true });
                files::write_json(f, "sentence_bert_config.json", &lower).unwrap();
            },
            mean(),
            &["sentence_bert_config.json: `do_lower_case`: found true, allowed is false"],
        ),
    ];
    for (damage, pooling, expected) in cases {
        let folder = tiny::folder(json!({}));
        damage(folder.path(), pooling);
        let error = error(folder.path(), json!({}));
        for expected in expected {
            assert!(error.contains(expected), "{expected}: {}", error);
        }
    }
}

#[test]
fn modules_outside_the_folder_are_refused() {
    for path in ["../elsewhere", "/etc"] {
        let folder = tiny::folder(json!({}));
        with_modules(folder.path(), path, &["Pooling"], &json!({ "pooling_mode": "mean" }));
        let error = error(folder.path(), json!({}));
        assert!(error.contains("modules.json: `path`"), "{error}");
        assert!(error.contains(path), "{error}");
    }
}
