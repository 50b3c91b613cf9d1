//! What is frozen keeps still, costs no moments and no gradient, and all else is trained.

use serde_json::{Value, json};
use triglot_sdk::{Backend, Component, Context, Mode};

use super::import::options;
use super::life::prepared;
use super::tiny;
use crate::parameter::Parameter;
use crate::testing::{SENTENCES, STEP, backward, encode, files, gradient, saved, texts, train};
use crate::transformer::TransformerEncoder;

/// The names of what is trained.
fn trained(encoder: &TransformerEncoder) -> Vec<String> {
    let trained = encoder.parameters().into_iter().filter(|parameter| parameter.trainable);
    trained.map(|parameter| parameter.name.clone()).collect()
}

/// The error of a model with these options.
fn refused(given: Value) -> String {
    let folder = tiny::folder(json!({ "num_hidden_layers": 3 }));
    let options = options(folder.path(), given);
    let made = TransformerEncoder::create(options, &Context::detached(7));
    let error = made.and_then(|mut encoder| encoder.prepare(None)).unwrap_err();
    error.message().to_owned()
}

#[test]
fn embeddings_and_the_lowest_layers_are_frozen_as_asked() {
    let all = trained(&prepared(json!({ "num_hidden_layers": 3 }), json!({})));
    for (freeze, left) in [
        (json!({ "embeddings": true }), &all[5..]),
        (json!({ "embeddings": true, "layers": 1 }), &all[5 + 16..]),
        (json!({ "embeddings": true, "layers": 2 }), &all[5 + 2 * 16..]),
        (json!({ "layers": 3 }), &all[..5]),
        (json!({ "layers": 0 }), &all[..]),
    ] {
        let given = json!({ "freeze": freeze });
        let encoder = prepared(json!({ "num_hidden_layers": 3 }), given);
        assert_eq!(trained(&encoder), left, "{freeze}");
    }
}

#[test]
fn what_is_frozen_neither_moves_nor_has_moments_and_what_is_not_moves_as_it_would_alone() {
    for freeze in [
        json!({ "embeddings": true }),
        json!({ "layers": 1 }),
        json!({ "embeddings": true, "layers": 1 }),
    ] {
        let given = json!({ "freeze": freeze, "dropout": 0.2 });
        let mut frozen = prepared(json!({}), given);
        let mut whole = prepared(json!({}), json!({ "dropout": 0.2 }));
        let before: Vec<Parameter> = frozen.parameters().into_iter().cloned().collect();
        let texts = texts(&SENTENCES);
        for encoder in [&mut frozen, &mut whole] {
            encode(encoder, Mode::Tape, &texts);
            backward(encoder, &gradient(texts.len(), 16), texts.len()).unwrap();
        }
        for (frozen, whole) in frozen.parameters().into_iter().zip(whole.parameters()) {
            let held = frozen.gradient().rows(frozen.cols()).collect::<Vec<_>>();
            let expected = whole.gradient().rows(whole.cols()).collect::<Vec<_>>();
            match frozen.trainable {
                true => assert_eq!(held, expected, "{freeze}: {}", frozen.name),
                false => assert!(held.is_empty(), "{freeze}: {}", frozen.name),
            }
        }
        frozen.step(STEP).unwrap();
        for (before, after) in before.iter().zip(frozen.parameters()) {
            let moved = before.values != after.values;
            assert_eq!(moved, after.trainable, "{freeze}: {}", after.name);
            assert_eq!(after.first.is_empty(), !after.trainable);
            assert_eq!(after.second.is_empty(), !after.trainable);
        }
    }
}

#[test]
fn only_what_is_trained_is_shown_and_counted() {
    let encoder = prepared(json!({}), json!({ "freeze": { "embeddings": true } }));
    let mut shown = Vec::new();
    let mut numbers = 0;
    let mut take = |variable: triglot_sdk::Variable<'_>| {
        shown.push(variable.name.to_owned());
        numbers += variable.values.len() as u64;
        Ok(())
    };
    encoder.variables(&mut take).unwrap();
    assert_eq!(shown, trained(&encoder));
    assert_eq!(numbers, encoder.info().unwrap().parameters);
}

#[test]
fn a_frozen_model_goes_on_in_the_same_bytes_and_not_with_another_part_frozen() {
    let start = tiny::folder(json!({}));
    let of = |freeze: Value| {
        let options = options(start.path(), json!({ "freeze": freeze, "dropout": 0.2 }));
        TransformerEncoder::create(options, &Context::detached(7)).unwrap()
    };
    let freeze = json!({ "embeddings": true, "layers": 1 });
    let mut whole = of(freeze.clone());
    whole.prepare(None).unwrap();
    train(&mut whole, &texts(&SENTENCES), 2);
    let folder = tempfile::tempdir().unwrap();
    whole.save(folder.path()).unwrap();
    let mut resumed = of(freeze);
    resumed.load(folder.path()).unwrap();
    assert_eq!(saved(&mut resumed), files(folder.path()));
    for encoder in [&mut whole, &mut resumed] {
        train(encoder, &texts(&SENTENCES), 1);
    }
    assert_eq!(saved(&mut resumed), saved(&mut whole));
    for other in [json!(null), json!({ "embeddings": true }), json!({ "layers": 1 })] {
        let error = of(other).load(folder.path()).unwrap_err();
        assert!(error.message().contains("`freeze` is {"), "{}", error.message());
    }
}

#[test]
fn what_leaves_nothing_to_train_or_names_layers_that_are_not_there_is_refused() {
    for freeze in [json!("encoder"), json!({ "embeddings": true, "layers": 3 })] {
        let message = refused(json!({ "freeze": freeze }));
        assert!(message.contains("nothing is left to train"), "{message}");
    }
    assert_eq!(
        refused(json!({ "freeze": { "layers": 4 } })),
        "freeze.layers: found 4, allowed is 0 to 3, the layers that the model has"
    );
    let message = refused(json!({ "freeze": { "layers": 1 }, "lora": {} }));
    assert!(message.contains("beside `lora`"), "{message}");
    let parse = |freeze: Value| {
        let given = json!({ "weights": "w", "freeze": freeze });
        serde_json::from_value::<<TransformerEncoder as Component>::Options>(given).is_ok()
    };
    assert!(parse(json!("encoder")) && parse(json!({ "layers": 2 })));
    assert!(!parse(json!("all")) && !parse(json!({ "layer": 2 })) && !parse(json!(true)));
}
