//! Embeddings and gradients against sentence-transformers and PyTorch (tests/golden/make_head.py), and against finite
//! differences.

use candle_core::Device;
use serde::Deserialize;

use super::{Head, Stage};
use crate::dense::{Activation, Dense, Linear};
use crate::kernels::pack::Pack;
use crate::mat::Mat;
use crate::parameter::{Gradient, Parameter};
use crate::transformer::options::Pooling;

const HIDDEN: usize = 4;

#[derive(Deserialize)]
struct Golden {
    lengths: Vec<usize>,
    rows: Vec<f32>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    poolings: Vec<Pooling>,
    /// Dense layers; nothing stands for a normalisation.
    modules: Vec<Option<Layer>>,
    embeddings: Vec<f32>,
    upstream: Vec<f32>,
    rows_gradient: Vec<f32>,
}

#[derive(Deserialize)]
struct Layer {
    inputs: usize,
    outputs: usize,
    activation: Activation,
    weight: Vec<f32>,
    bias: Option<Vec<f32>>,
    weight_gradient: Vec<f32>,
    bias_gradient: Option<Vec<f32>>,
}

impl Golden {
    fn read() -> Self {
        serde_json::from_str(include_str!("../../../tests/golden/head.json")).unwrap()
    }

    fn pack(&self) -> Pack {
        let texts: Vec<Vec<u32>> = self.lengths.iter().map(|length| vec![0; *length]).collect();
        let keys = vec![0; texts.len()];
        Pack::new(texts, keys)
    }

    fn rows(&self) -> Mat {
        Mat::new(self.rows.clone(), HIDDEN)
    }
}

impl Case {
    fn head(&self) -> Head {
        let stage = |module: &Option<Layer>| match module {
            None => Stage::Normalize,
            Some(Layer { inputs, outputs, activation, weight, bias, .. }) => {
                let (weight, bias) = (weight.clone(), bias.clone());
                let linear = Linear { inputs: *inputs, outputs: *outputs, weight, bias };
                Stage::Dense(Dense::new("x", linear, *activation, &Device::Cpu).unwrap())
            }
        };
        let stages = self.modules.iter().map(stage).collect();
        Head { poolings: self.poolings.clone(), stages, hidden: HIDDEN }
    }

    /// The gradients of the head's parameters, in their order.
    fn gradients(&self) -> Vec<&[f32]> {
        let layers = self.modules.iter().flatten();
        let of_layers =
            layers.flat_map(|layer| [Some(&layer.weight_gradient), layer.bias_gradient.as_ref()]);
        of_layers.flatten().map(Vec::as_slice).collect()
    }
}

fn close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 2e-6, "{what}: {found} {expected}");
    }
}

fn whole(parameter: &Parameter) -> &[f32] {
    match parameter.gradient() {
        Gradient::Whole(values) => values,
        Gradient::Rows(_) => &[],
    }
}

#[test]
fn embeddings_and_gradients_are_those_of_sentence_transformers_ties_included() {
    let golden = Golden::read();
    for case in &golden.cases {
        let name = format!("{:?} and {} modules", case.poolings, case.modules.len());
        let (pack, mut head) = (golden.pack(), case.head());
        let (embeddings, tape) = head.forward(&pack, &golden.rows()).unwrap();
        assert_eq!(embeddings.len(), golden.lengths.len() * head.dim());
        close(&embeddings, &case.embeddings, &name);
        let of_rows = head.backward(&pack, &tape, &case.upstream).unwrap();
        close(of_rows.values(), &case.rows_gradient, &name);
        let expected = case.gradients();
        assert_eq!(head.parameters().count(), expected.len(), "{name}");
        for (parameter, expected) in head.parameters().zip(expected) {
            close(whole(parameter), expected, &name);
        }
    }
}

#[test]
fn gradients_agree_with_finite_differences_away_from_kinks() {
    let golden = Golden::read();
    for case in &golden.cases {
        let (pack, mut head) = (golden.pack(), case.head());
        // Ties are parted further than a step is wide.
        let mut rows: Vec<f32> = golden.rows.clone();
        rows.iter_mut().enumerate().for_each(|(i, value)| *value += 0.04 * (i / HIDDEN) as f32);
        let matrix = |rows: &[f32]| Mat::new(rows.to_vec(), HIDDEN);
        let (_, tape) = head.forward(&pack, &matrix(&rows)).unwrap();
        let found = head.backward(&pack, &tape, &case.upstream).unwrap();
        let held: Vec<Vec<f32>> = head.parameters().map(|p| whole(p).to_vec()).collect();
        let loss = |head: &Head, rows: &[f32]| -> f64 {
            let embeddings = head.forward(&pack, &matrix(rows)).unwrap().0;
            embeddings.iter().zip(&case.upstream).map(|(e, g)| f64::from(*e * *g)).sum()
        };
        let h = 1.0 / 128.0;
        let agrees = |found: f32, above: f64, below: f64| {
            let expected = (above - below) / f64::from(2.0 * h);
            let name = &case.poolings;
            assert!((f64::from(found) - expected).abs() < 1e-3, "{name:?}: {found} {expected}");
        };
        for (at, found) in found.values().iter().enumerate() {
            let moved = |by: f32| {
                let mut rows = rows.clone();
                rows[at] += by;
                loss(&head, &rows)
            };
            agrees(*found, moved(h), moved(-h));
        }
        for (index, held) in held.iter().enumerate() {
            for (at, found) in held.iter().enumerate() {
                let mut moved = |by: f32| {
                    head.parameters_mut().nth(index).unwrap().values[at] += by;
                    head.refresh().unwrap();
                    let loss = loss(&head, &rows);
                    head.parameters_mut().nth(index).unwrap().values[at] -= by;
                    loss
                };
                agrees(*found, moved(h), moved(-h));
            }
        }
    }
}

#[test]
fn a_text_has_the_same_embedding_to_the_bit_whatever_its_company() {
    let golden = Golden::read();
    for case in &golden.cases {
        let head = case.head();
        let (together, _) = head.forward(&golden.pack(), &golden.rows()).unwrap();
        let mut start = 0;
        for (length, together) in golden.lengths.iter().zip(together.chunks(head.dim())) {
            let rows = golden.rows[start * HIDDEN..(start + length) * HIDDEN].to_vec();
            let pack = Pack::new(vec![vec![0; *length]], vec![0]);
            let (alone, _) = head.forward(&pack, &Mat::new(rows, HIDDEN)).unwrap();
            assert_eq!(alone, together, "{:?}", case.poolings);
            start += length;
        }
    }
}

#[test]
fn a_row_that_is_no_number_is_seen_in_the_maximum() {
    let golden = Golden::read();
    let head = Head { poolings: vec![Pooling::Max], stages: Vec::new(), hidden: HIDDEN };
    let mut rows = golden.rows.clone();
    rows[HIDDEN] = f32::NAN;
    let rows = Mat::new(rows, HIDDEN);
    let (embeddings, _) = head.forward(&golden.pack(), &rows).unwrap();
    assert!(embeddings[0].is_nan() && embeddings[1..].iter().all(|value| value.is_finite()));
}
