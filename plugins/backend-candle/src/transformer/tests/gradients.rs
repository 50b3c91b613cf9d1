//! The gradients are those of the embeddings, dropout included, and everything that can be trained moves.

use proptest::prelude::*;
use serde_json::{Value, json};
use triglot_sdk::{Backend, Mode, Texts};

use super::architectures::{self, Case};
use super::life::{prepared, prepared_in};
use super::tiny;
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
        assert_agrees_with_differences(
            &given.to_string(),
            &mut prepared(changes, given.clone()),
            23,
        );
    }
}

#[test]
fn gradients_of_every_family_agree_with_finite_differences_under_dropout() {
    for Case { name, mut config, .. } in architectures::cases() {
        // Differences across the kink of a ReLU are no derivatives; a smooth function takes the same way.
        for key in ["hidden_act", "activation", "feed_forward_proj"] {
            if config.get(key) == Some(&json!("relu")) {
                config[key] = json!("gelu");
            }
        }
        let folder = tiny::of(&config);
        let mut encoder = prepared_in(&folder, json!({ "dropout": 0.2, "max_passage_tokens": 12 }));
        assert_agrees_with_differences(&name, &mut encoder, 97);
    }
}

/// Looks at every so-manieth number of the gradient.
fn assert_agrees_with_differences(case: &str, encoder: &mut TransformerEncoder, every: usize) {
    let texts = texts(&TEXTS);
    let dim = encoder.info().unwrap().dim;
    let projection = gradient(TEXTS.len(), dim);
    accumulate(encoder, &texts, &projection);
    let held = held(&encoder.parameters());
    let scale: f32 = held.iter().map(|(.., g)| g.abs()).fold(0.0, f32::max);
    assert!(held.len() > 1000);
    for (index, row, col, found) in held.into_iter().step_by(every) {
        // Richardson's extrapolation of two central differences leaves an error of some h⁴, and the rounding of
        // embeddings near 1 some 1e-6 / h: both are below 1e-3 of the largest gradient.
        let at = row as usize * encoder.parameters()[index].cols() + col;
        let mut difference = |h: f32| {
            let mut loss = |by| loss(encoder, &texts, &projection, (index, at, by));
            (loss(h) - loss(-h)) / f64::from(2.0 * h)
        };
        let expected = (4.0 * difference(1.0 / 512.0) - difference(1.0 / 256.0)) / 3.0;
        let name = &encoder.parameters()[index].name;
        assert!(
            (f64::from(found) - expected).abs() < 2e-3 * f64::from(scale),
            "{case}: {name}, row {row}, column {col}: {found} {expected}"
        );
    }
}

#[test]
fn a_step_moves_every_parameter_and_of_the_tables_the_rows_that_were_read() {
    let families = architectures::cases().into_iter().map(|case| tiny::of(&case.config));
    for folder in families.chain([tiny::folder(json!({}))]) {
        let mut encoder = prepared_in(&folder, json!({ "max_passage_tokens": 12 }));
        let texts = texts(&TEXTS);
        let dim = encoder.info().unwrap().dim;
        accumulate(&mut encoder, &texts, &gradient(TEXTS.len(), dim));
        let before: Vec<Parameter> = encoder.parameters().into_iter().cloned().collect();
        encoder.step(STEP).unwrap();
        for (before, after) in before.iter().zip(encoder.parameters()) {
            let touched: Vec<u32> =
                before.gradient().rows(before.cols()).map(|(row, _)| row).collect();
            assert!(!touched.is_empty(), "{}", before.name);
            for row in 0..(before.values.len() / before.cols()) as u32 {
                let moved = before.row(row) != after.row(row);
                assert_eq!(moved, touched.contains(&row), "{} row {row}", before.name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn what_is_not_trained_holds_no_gradient_and_changes_none_of_the_others(
        case in 0..architectures::cases().len(),
        frozen in proptest::collection::vec(any::<bool>(), 64),
        up_to in 0usize..64,
    ) {
        let folder = tiny::of(&architectures::cases()[case].config);
        let given = json!({ "dropout": 0.2, "max_passage_tokens": 12 });
        let [mut whole, mut part] = [(); 2].map(|()| prepared_in(&folder, given.clone()));
        let texts = texts(&TEXTS);
        let projection = gradient(TEXTS.len(), whole.info().unwrap().dim);
        let parameters = part.network_mut().parameters_mut().into_iter().zip(&frozen).enumerate();
        for (index, (parameter, frozen)) in parameters {
            parameter.trainable = index >= up_to && !frozen;
        }
        accumulate(&mut whole, &texts, &projection);
        accumulate(&mut part, &texts, &projection);
        for (whole, part) in whole.parameters().into_iter().zip(part.parameters()) {
            match part.trainable {
                true => prop_assert_eq!(whole.gradient(), part.gradient(), "{}", &part.name),
                false => prop_assert_eq!(part.gradient().rows(part.cols()).count(), 0),
            }
        }
    }

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
