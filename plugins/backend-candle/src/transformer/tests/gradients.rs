//! The gradients are those of the embeddings, dropout included, and everything that can be trained moves.

use proptest::prelude::*;
use serde_json::{Value, json};
use triglot_sdk::{Backend, Mode, Texts};

use super::life::prepared;
use crate::encoder::Network;
use crate::parameter::Parameter;
use crate::testing::{STEP, backward, encode, gradient, texts};
use crate::transformer::TransformerEncoder;

/// Texts of several lengths, one too long and one empty.
const TEXTS: [&str; 5] = [
    "the river flows through three countries before it reaches the sea",
    "which sea does the river reach?",
    "sea",
    "",
    "abc xyz 42!",
];

/// The gradients held, by parameter, row and column.
fn held(parameters: &[&Parameter]) -> Vec<(usize, u32, usize, f32)> {
    let mut held = vec![];
    for (index, parameter) in parameters.iter().enumerate() {
        for (row, gradient) in parameter.gradient().rows(parameter.cols()) {
            held.extend(gradient.iter().enumerate().map(|(c, g)| (index, row, c, *g)));
        }
    }
    held
}

fn accumulate(encoder: &mut TransformerEncoder, texts: &Texts<'_>, gradient: &[f32]) {
    encode(encoder, Mode::Tape, texts);
    backward(encoder, gradient, texts.len()).unwrap();
}

/// Σ embedding · projection, with one number of a parameter changed.
fn loss(
    encoder: &mut TransformerEncoder,
    texts: &Texts<'_>,
    projection: &[f32],
    (index, at, by): (usize, usize, f32),
) -> f64 {
    let network = encoder.network_mut();
    network.parameters_mut()[index].values[at] += by;
    network.refresh().unwrap();
    let embeddings = encode(encoder, Mode::Training, texts);
    encoder.network_mut().parameters_mut()[index].values[at] -= by;
    embeddings.iter().zip(projection).map(|(e, g)| f64::from(*e) * f64::from(*g)).sum()
}

#[test]
fn gradients_agree_with_finite_differences_with_and_without_dropout() {
    let cases: [(Value, Value); 3] = [
        (json!({}), json!({ "dropout": 0.0 })),
        (json!({}), json!({ "dropout": 0.2, "pooling": "cls" })),
        (
            json!({ "hidden_size": 20, "num_attention_heads": 2, "num_hidden_layers": 1 }),
            json!({ "dropout": 0.2, "normalize": false }),
        ),
    ];
    for (changes, given) in cases {
        let mut encoder = prepared(changes, given.clone());
        let texts = texts(&TEXTS);
        let dim = encoder.info().unwrap().dim;
        let projection = gradient(TEXTS.len(), dim);
        accumulate(&mut encoder, &texts, &projection);
        let held = held(&encoder.parameters());
        let scale: f32 = held.iter().map(|(.., g)| g.abs()).fold(0.0, f32::max);
        assert!(held.len() > 1000);
        for (index, row, col, found) in held.into_iter().step_by(23) {
            // With h = 1/128 the third derivative leaves an error of some h², and the rounding of embeddings near 1
            // some 1e-6 / h: both are below 1e-3 of the largest gradient.
            let h = 1.0 / 128.0;
            let at = row as usize * encoder.parameters()[index].cols() + col;
            let mut loss = |by| loss(&mut encoder, &texts, &projection, (index, at, by));
            let expected = (loss(h) - loss(-h)) / f64::from(2.0 * h);
            let name = &encoder.parameters()[index].name;
            assert!(
                (f64::from(found) - expected).abs() < 2e-3 * f64::from(scale),
                "{given}: {name}, row {row}, column {col}: {found} {expected}"
            );
        }
    }
}

#[test]
fn a_step_moves_every_parameter_and_of_the_tables_the_rows_that_were_read() {
    let mut encoder = prepared(json!({}), json!({}));
    let texts = texts(&TEXTS);
    accumulate(&mut encoder, &texts, &gradient(TEXTS.len(), 16));
    let before: Vec<Parameter> = encoder.parameters().into_iter().cloned().collect();
    encoder.step(STEP).unwrap();
    for (before, after) in before.iter().zip(encoder.parameters()) {
        let touched: Vec<u32> = before.gradient().rows(before.cols()).map(|(row, _)| row).collect();
        assert!(!touched.is_empty(), "{}", before.name);
        for row in 0..(before.values.len() / before.cols()) as u32 {
            let moved = before.row(row) != after.row(row);
            assert_eq!(moved, touched.contains(&row), "{} row {row}", before.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn gradients_of_chunks_add_up_to_those_of_the_batch(chunk in 1usize..5) {
        let given = json!({ "dropout": 0.2 });
        let (mut whole, mut parts) = (prepared(json!({}), given.clone()), prepared(json!({}), given));
        let texts = texts(&TEXTS);
        let projection = gradient(TEXTS.len(), 16);
        accumulate(&mut whole, &texts, &projection);
        let all: Vec<_> = texts.iter().collect();
        for (texts, gradient) in all.chunks(chunk).zip(projection.chunks(chunk * 16)) {
            accumulate(&mut parts, &Texts::new(texts.to_vec()), gradient);
        }
        let (whole, parts) = (held(&whole.parameters()), held(&parts.parameters()));
        prop_assert_eq!(whole.len(), parts.len());
        for (whole, part) in whole.iter().zip(&parts) {
            prop_assert_eq!((whole.0, whole.1, whole.2), (part.0, part.1, part.2));
            prop_assert!((whole.3 - part.3).abs() < 1e-4, "{whole:?} {part:?}");
        }
    }
}
