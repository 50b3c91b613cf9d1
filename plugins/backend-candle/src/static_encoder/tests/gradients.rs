//! The gradients are those of the embeddings, and everything that should move does.

use std::collections::BTreeSet;

use candle_core::Device;
use proptest::prelude::*;
use serde_json::{Value, json};
use triglot_sdk::{Context, TextStream};

use super::super::model::Model;
use super::super::tokenizer::TextTokenizer;
use super::{SENTENCES, STEP, gradient, options, texts};
use crate::adamw::AdamW;
use crate::options::OptimizerOptions;

fn model(given: Value) -> Model {
    let options = options(given);
    let mut stream = TextStream::new(vec![texts(&SENTENCES)]);
    let host = Context::detached(7).host;
    let tokenizer = TextTokenizer::train(&mut stream, &options, &host).unwrap();
    Model::new(tokenizer, &options, 7, &Device::Cpu).unwrap()
}

fn batch(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn add_gradients(model: &mut Model, texts: &[&str], gradient: &[f32]) {
    let tape = model.forward(batch(texts)).unwrap();
    model.backward(&tape, gradient).unwrap();
}

/// The gradients held, by parameter, row and column.
fn held(model: &Model) -> Vec<(usize, u32, usize, f32)> {
    let mut held = vec![];
    for (index, parameter) in model.parameters().iter().enumerate() {
        for (row, gradient) in parameter.gradient().rows(parameter.cols()) {
            held.extend(gradient.iter().enumerate().map(|(c, g)| (index, row, c, *g)));
        }
    }
    held
}

#[test]
fn gradients_agree_with_finite_differences() {
    for dense in [json!(null), json!({ "dim": 3 }), json!({ "dim": 3, "activation": "tanh" })] {
        let mut model =
            model(json!({ "dim": 4, "vocab_size": 300, "init_scale": 1.0, "dense": dense }));
        let projection = gradient(SENTENCES.len(), model.dim());
        add_gradients(&mut model, &SENTENCES, &projection);
        let held = held(&model);
        assert!(held.len() > 100);
        for (index, row, col, found) in held.into_iter().step_by(5) {
            // With h = 0.01 the third derivative of tanh leaves an error of some h², and the rounding of embeddings
            // near 1 some 1e-7 / h: both are below 1e-3 for sums of a few dozen terms.
            let h = 1e-2;
            let at = row as usize * model.parameters()[index].cols() + col;
            let mut loss = |by: f32| -> f64 {
                model.parameters_mut()[index].values[at] += by;
                model.refresh().unwrap();
                let embeddings = model.forward(batch(&SENTENCES)).unwrap().embeddings;
                model.parameters_mut()[index].values[at] -= by;
                let terms = embeddings.iter().zip(&projection);
                terms.map(|(e, g)| f64::from(*e) * f64::from(*g)).sum()
            };
            let expected = (loss(h) - loss(-h)) / f64::from(2.0 * h);
            assert!(
                (f64::from(found) - expected).abs() < 1e-3 * (1.0 + expected.abs()),
                "{dense}: parameter {index}, row {row}, column {col}: {found} {expected}"
            );
        }
    }
}

#[test]
fn a_step_moves_the_rows_of_the_batch_and_the_dense_layer_and_nothing_else() {
    let given = json!({ "dim": 8, "vocab_size": 400, "dense": { "dim": 5, "activation": "tanh" } });
    let mut model = model(given);
    let spoken = &SENTENCES[..2];
    let tokens = model.tokenizer.encode(batch(spoken)).unwrap();
    let in_batch: BTreeSet<u32> = tokens.into_iter().flatten().collect();
    let before: Vec<Vec<f32>> = model.parameters().iter().map(|p| p.values.clone()).collect();
    let projection = gradient(spoken.len(), model.dim());
    add_gradients(&mut model, spoken, &projection);
    let norm =
        AdamW::new(OptimizerOptions::default(), 0).step(model.parameters_mut(), STEP).unwrap();
    assert!(norm > 0.0);
    for (parameter, before) in model.parameters().iter().zip(&before) {
        assert!(parameter.gradient().rows(1).next().is_none(), "a step forgets the gradient");
        for (row, before) in (0..).zip(before.chunks(parameter.cols())) {
            let moved = parameter.row(row).iter().zip(before).filter(|(a, b)| a != b).count();
            let trained = parameter.name != "embedding.weight" || in_batch.contains(&row);
            let expected = if trained { parameter.cols() } else { 0 };
            assert_eq!(moved, expected, "{} row {row}", parameter.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn gradients_of_chunks_add_up_to_those_of_the_batch(chunk in 1usize..12, tanh in any::<bool>()) {
        let activation = if tanh { "tanh" } else { "identity" };
        let given = json!({ "dim": 16, "vocab_size": 300, "dense": { "dim": 8, "activation": activation } });
        let (mut whole, mut parts) = (model(given.clone()), model(given));
        let projection = gradient(SENTENCES.len(), 8);
        add_gradients(&mut whole, &SENTENCES, &projection);
        for (texts, gradient) in SENTENCES.chunks(chunk).zip(projection.chunks(chunk * 8)) {
            add_gradients(&mut parts, texts, gradient);
        }
        let (whole, parts) = (held(&whole), held(&parts));
        prop_assert_eq!(whole.len(), parts.len());
        for (whole, part) in whole.iter().zip(&parts) {
            prop_assert_eq!((whole.0, whole.1, whole.2), (part.0, part.1, part.2));
            prop_assert!((whole.3 - part.3).abs() < 1e-6, "{whole:?} {part:?}");
        }
    }
}
