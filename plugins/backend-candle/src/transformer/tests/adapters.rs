//! Low-rank adapters: what they train, what is saved and exported, and what is refused. tests/check_adapter.py opens
//! exported ones in PEFT.

use std::path::Path;

use serde_json::{Value, json};
use triglot_sdk::{Backend, Context, Mode, Role, Text, Texts};

use super::import::{edit, imported, options};
use super::life::prepared;
use super::tiny;
use crate::encoder::Network;
use crate::parameter::Parameter;
use crate::tensors::{self, Named};
use crate::testing::export::assert_adapts_alike;
use crate::testing::{SENTENCES, backward, encode, files, gradient, saved, texts, train};
use crate::transformer::TransformerEncoder;

const PREFIX: &str = "base_model.model.";

fn trained(encoder: &TransformerEncoder) -> Vec<&Parameter> {
    encoder.parameters().into_iter().filter(|parameter| parameter.trainable).collect()
}

#[test]
fn training_begins_from_the_model_as_it_was_and_moves_the_adapters_alone() {
    let mut plain = prepared(json!({}), json!({}));
    let mut encoder = prepared(json!({}), json!({ "lora": { "rank": 3 } }));
    let texts = texts(&SENTENCES);
    let first = encode(&mut encoder, Mode::Inference, &texts);
    assert_eq!(first, encode(&mut plain, Mode::Inference, &texts));
    assert_eq!(trained(&encoder).len(), 2 * 2 * 2, "queries and values of two layers");
    assert_eq!(encoder.info().unwrap().parameters, 2 * 2 * 2 * 3 * 16);
    for parameter in trained(&encoder) {
        let zero = parameter.values.iter().all(|value| *value == 0.0);
        assert_eq!(zero, parameter.name.ends_with("lora_B.weight"), "{}", parameter.name);
        // Uniform within ±1/√16.
        let largest = parameter.values.iter().fold(0.0, |max: f32, value| max.max(value.abs()));
        assert!(zero || (0.2..=0.25).contains(&largest), "{}: {largest}", parameter.name);
    }
    let before: Vec<Parameter> = encoder.parameters().into_iter().cloned().collect();
    train(&mut encoder, &texts, 2);
    for (before, after) in before.iter().zip(encoder.parameters()) {
        let moved = before.values.iter().zip(&after.values).all(|(a, b)| a != b);
        assert_eq!(moved, after.trainable, "{}", after.name);
        assert!(after.trainable || before.values == after.values, "{}", after.name);
    }
    assert_ne!(first, encode(&mut encoder, Mode::Inference, &texts));
}

#[test]
fn gradients_of_adapters_agree_with_finite_differences_under_dropout() {
    let targets = ["query", "value", "attention.output.dense", "intermediate.dense"];
    let lora = json!({ "rank": 2, "alpha": 6, "targets": targets });
    let mut encoder = prepared(json!({}), json!({ "dropout": 0.2, "lora": lora }));
    let texts = texts(&["the river flows", "which sea does it reach?", "sea"]);
    train(&mut encoder, &texts, 2);
    let projection = gradient(3, 16);
    encode(&mut encoder, Mode::Tape, &texts);
    backward(&mut encoder, &projection, 3).unwrap();
    let held: Vec<(usize, Vec<f32>)> = (0..)
        .zip(encoder.parameters())
        .filter(|(_, parameter)| parameter.trainable)
        .map(|(index, p)| {
            (index, p.gradient().rows(p.cols()).flat_map(|(_, row)| row).copied().collect())
        })
        .collect();
    let scale = held.iter().flat_map(|(_, g)| g).fold(0.0, |max: f32, g| max.max(g.abs()));
    for (index, gradient) in held {
        for (at, found) in gradient.into_iter().enumerate().step_by(5) {
            let mut loss = |by: f32| -> f64 {
                let network = encoder.network_mut();
                network.parameters_mut()[index].values[at] += by;
                network.refresh().unwrap();
                let embeddings = encode(&mut encoder, Mode::Training, &texts);
                encoder.network_mut().parameters_mut()[index].values[at] -= by;
                let terms = embeddings.iter().zip(&projection);
                terms.map(|(e, g)| f64::from(*e) * f64::from(*g)).sum()
            };
            // The error of the difference is of the order of h², that of rounding of 1e-6 / h.
            let h = 1.0 / 128.0;
            let expected = (loss(h) - loss(-h)) / f64::from(2.0 * h);
            let name = &encoder.parameters()[index].name;
            assert!(
                (f64::from(found) - expected).abs() < 2e-3 * f64::from(scale),
                "{name}, {at}: {found} {expected}"
            );
        }
    }
}

fn of(base: &Path, lora: Value) -> TransformerEncoder {
    let given = json!({ "lora": lora, "query_prefix": "q: " });
    TransformerEncoder::create(options(base, given), &Context::detached(7)).unwrap()
}

#[test]
fn an_adapted_model_goes_on_in_the_same_bytes_and_not_with_other_adapters() {
    let start = tiny::folder(json!({}));
    let mut whole = of(start.path(), json!({ "rank": 2 }));
    whole.prepare(None).unwrap();
    train(&mut whole, &texts(&SENTENCES), 3);
    let folder = tempfile::tempdir().unwrap();
    whole.save(folder.path()).unwrap();
    let mut resumed = of(start.path(), json!({ "rank": 2, "targets": ["query", "value"] }));
    resumed.load(folder.path()).unwrap();
    assert_eq!(saved(&mut resumed), files(folder.path()));
    for encoder in [&mut whole, &mut resumed] {
        train(encoder, &texts(&SENTENCES), 1);
    }
    assert_eq!(saved(&mut resumed), saved(&mut whole));
    for other in [
        json!(null),
        json!({ "rank": 3 }),
        json!({ "rank": 2, "alpha": 9 }),
        json!({ "rank": 2, "rslora": true }),
        json!({ "rank": 2, "targets": ["query"] }),
    ] {
        let error = of(start.path(), other).load(folder.path()).unwrap_err();
        assert!(error.message().contains("`lora` is {"), "{}", error.message());
    }
}

#[test]
fn an_exported_adapter_is_read_again_and_the_merged_weights_embed_alike() {
    let start = tiny::folder(json!({}));
    let mut encoder = of(start.path(), json!({ "rank": 2, "alpha": 4, "targets": ["dense"] }));
    encoder.prepare(None).unwrap();
    let texts = texts(&SENTENCES);
    train(&mut encoder, &texts, 3);
    let exported = tempfile::tempdir().unwrap();
    encoder.export(exported.path()).unwrap();
    let expected = encode(&mut encoder, Mode::Inference, &texts);

    let adapter = exported.path().join("adapter");
    let mut again = of(start.path(), json!({ "adapter": adapter }));
    again.prepare(None).unwrap();
    assert_eq!(encode(&mut again, Mode::Inference, &texts), expected);
    let trained = |encoder: &TransformerEncoder| -> Vec<(String, Vec<f32>)> {
        trained(encoder).into_iter().map(|p| (p.name.clone(), p.values.clone())).collect()
    };
    assert_eq!(trained(&again), trained(&encoder));

    let given = json!({ "query_prefix": "q: " });
    let merged = options(exported.path(), given);
    let mut merged = TransformerEncoder::create(merged, &Context::detached(7)).unwrap();
    merged.prepare(None).unwrap();
    assert_eq!(encode(&mut merged, Mode::Inference, &texts), expected);

    // What was saved needs the folder no more.
    let folder = tempfile::tempdir().unwrap();
    again.save(folder.path()).unwrap();
    let mut resumed = of(start.path(), json!({ "adapter": "gone" }));
    resumed.load(folder.path()).unwrap();
    assert_eq!(saved(&mut resumed), saved(&mut again));
}

#[test]
fn weights_that_are_not_merged_are_those_of_the_start() {
    let start = tiny::folder(json!({}));
    let mut encoder = of(start.path(), json!({ "merge": false }));
    encoder.prepare(None).unwrap();
    train(&mut encoder, &texts(&SENTENCES), 3);
    let exported = tempfile::tempdir().unwrap();
    encoder.export(exported.path()).unwrap();
    assert_eq!(
        imported(exported.path(), json!({})).parameters,
        imported(start.path(), json!({})).parameters
    );
}

#[test]
fn peft_opens_what_is_exported_and_embeds_alike() {
    let texts = [
        ("the river flows", Role::Query),
        ("which sea does the river reach?", Role::Passage),
        ("", Role::Passage),
    ];
    let texts = texts.map(|(text, role)| Text { text, language: "en", role, key: 0 });
    let texts = Texts::new(texts.to_vec());
    for lora in [
        json!({ "rank": 2, "alpha": 4 }),
        json!({ "rank": 3, "rslora": true, "targets": ["key", "output.dense"] }),
    ] {
        let start = tiny::folder(json!({}));
        let mut encoder = of(start.path(), lora);
        encoder.prepare(None).unwrap();
        train(&mut encoder, &texts, 3);
        assert_adapts_alike(&mut encoder, start.path(), &texts);
    }
}

#[test]
fn targets_that_the_model_does_not_have_are_refused_with_what_it_has() {
    let start = tiny::folder(json!({}));
    let mut encoder = of(start.path(), json!({ "targets": ["value", "q_proj"] }));
    assert_eq!(
        encoder.prepare(None).unwrap_err().message(),
        "lora.targets: found \"q_proj\", which no linear map of the model is called; allowed are ends of \
         attention.output.dense, attention.self.key, attention.self.query, attention.self.value, intermediate.dense, \
         output.dense"
    );
    let error = |lora: Value| {
        let given = options(start.path(), json!({ "lora": lora }));
        let made = TransformerEncoder::create(given, &Context::detached(7));
        made.err().unwrap().message().to_owned()
    };
    assert!(error(json!({ "rank": 0 })).contains("lora.rank: found 0, allowed is 1 to"));
    assert!(error(json!({ "alpha": -1.0 })).contains("lora.alpha: found -1"));
}

#[test]
fn a_folder_of_peft_that_cannot_be_begun_from_is_refused_by_file_and_key() {
    let start = tiny::folder(json!({}));
    let mut encoder = of(start.path(), json!({ "rank": 2 }));
    encoder.prepare(None).unwrap();
    let exported = tempfile::tempdir().unwrap();
    encoder.export(exported.path()).unwrap();
    let adapter = exported.path().join("adapter");
    let config = adapter.join("adapter_config.json");
    let kept = std::fs::read(&config).unwrap();
    for (key, value, expected) in [
        ("peft_type", json!("IA3"), "allowed is \"LORA\""),
        ("use_dora", json!(true), "`use_dora`: found true"),
        ("bias", json!("all"), "`bias`: found \"all\""),
        ("rank_pattern", json!({ "query": 4 }), "`rank_pattern`: found {"),
        ("modules_to_save", json!(["pooler"]), "`modules_to_save`: found ["),
        ("r", json!(0), "`r`: found 0, allowed is 1 or more"),
        ("r", json!(3), "expected F32 [3, 16]"),
        ("lora_alpha", json!("8"), "`lora_alpha`: found \"8\", allowed is a number"),
    ] {
        edit(&config, |config| config[key] = value.clone());
        let error = of(start.path(), json!({ "adapter": adapter })).prepare(None).unwrap_err();
        assert!(error.message().contains("lora.adapter"), "{}", error.message());
        assert!(error.message().contains(expected), "{}", error.message());
        std::fs::write(&config, &kept).unwrap();
    }
    let other = of(start.path(), json!({ "adapter": adapter, "rank": 4 })).prepare(None);
    let message = other.unwrap_err().message().to_owned();
    assert!(message.contains("lora.rank: found 4, allowed with this `lora.adapter`"), "{message}");

    let values = [0.5; 32];
    let stranger = [
        Named::new(format!("{PREFIX}pooler.dense.lora_A.weight"), &[2, 16], &values),
        Named::new(format!("{PREFIX}pooler.dense.lora_B.weight"), &[16, 2], &values),
    ];
    tensors::write(&adapter, "adapter_model.safetensors", &stranger, None).unwrap();
    let error = of(start.path(), json!({ "adapter": adapter })).prepare(None).unwrap_err();
    assert!(error.message().contains("`pooler.dense`"), "{}", error.message());
}
