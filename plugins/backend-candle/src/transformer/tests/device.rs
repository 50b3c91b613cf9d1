//! The layers on a device held against the kernels, for every family: two ways to the same numbers. The device is the
//! CPU here, through candle's operations, which are those of a GPU.

use std::collections::BTreeMap;

use candle_core::Device;
use serde_json::json;

use super::architectures::{Case, cases, folder, given};
use super::import::imported;
use super::sketch::{norm, of_gradient};
use crate::kernels::pack::Pack;
use crate::transformer::adapter;
use crate::transformer::device::DeviceLayers;
use crate::transformer::layers::Layers;
use crate::transformer::model::Model;
use crate::transformer::pass::Probabilities;
use crate::transformer::pretrained::Pretrained;

/// Largest difference of a number of an embedding.
const EMBEDDING_TOLERANCE: f32 = 1e-5;
/// Largest norm of a gradient's difference, relative to its norm. candle's derivatives of GELU have constants of five
/// to six digits.
const TOLERANCE: f64 = 1e-4;
/// Largest norm of what is zero but for rounding: the gradient of a key's bias.
const NOTHING: f64 = 1e-5;

const DROPOUT: Probabilities = Probabilities { hidden: 0.2, attention: 0.3 };

fn on_device(model: &mut Model) {
    let Pretrained { config, parameters, .. } = &model.pretrained;
    let layers = DeviceLayers::new(config, parameters, &Device::Cpu).unwrap();
    model.layers = Layers::Device(layers);
}

/// The embeddings of a case with dropout, the gradients then held.
fn pass(model: &mut Model, case: &Case) -> Vec<f32> {
    let keys = (100..).take(case.texts.len()).collect();
    let pack = Pack::new(case.texts.clone(), keys);
    let (embeddings, tape) = model.forward(pack, DROPOUT).unwrap();
    let upstream: Vec<f32> = (0..embeddings.len()).map(|i| (0.7 * i as f32 + 0.2).sin()).collect();
    model.backward(tape, &upstream).unwrap();
    embeddings
}

/// What two gradients differ by, in the rows that either has.
fn difference(one: &[(u32, Vec<f64>)], other: &[(u32, Vec<f64>)]) -> Vec<(u32, Vec<f64>)> {
    let mut rows = one.iter().cloned().collect::<BTreeMap<_, _>>();
    for (row, values) in other {
        let kept = rows.entry(*row).or_insert_with(|| vec![0.0; values.len()]);
        kept.iter_mut().zip(values).for_each(|(kept, value)| *kept -= value);
    }
    rows.into_iter().collect()
}

fn assert_same(case: &Case, kernels: &mut Model, device: &mut Model) {
    let name = &case.name;
    let (expected, found) = (pass(kernels, case), pass(device, case));
    for (expected, found) in expected.iter().zip(&found) {
        assert!((expected - found).abs() < EMBEDDING_TOLERANCE, "{name}: {found} for {expected}");
    }
    let pairs = kernels.pretrained.parameters.iter().zip(&device.pretrained.parameters);
    for (expected, found) in pairs {
        let (of, expected) = (&found.name, of_gradient(expected));
        let (off, length) = (norm(&difference(&expected, &of_gradient(found))), norm(&expected));
        assert!(off < NOTHING || off < TOLERANCE * length, "{name}: {of} off by {off} of {length}");
    }
}

#[test]
fn a_device_gives_the_embeddings_and_gradients_of_the_kernels_with_dropout() {
    for case in cases() {
        let folder = folder(&case.config, |_| ());
        let model = || Model::new(imported(folder.path(), given()), &Device::Cpu).unwrap();
        let (mut kernels, mut device) = (model(), model());
        on_device(&mut device);
        assert_same(&case, &mut kernels, &mut device);

        // Changed parameters count once they are brought there.
        for model in [&mut kernels, &mut device] {
            for parameter in &mut model.pretrained.parameters {
                parameter.values.iter_mut().for_each(|value| *value *= 0.9);
            }
            model.refresh().unwrap();
        }
        let pack = || Pack::new(case.texts.clone(), vec![7; case.texts.len()]);
        let [expected, found] =
            [&kernels, &device].map(|model| model.embed(&pack(), Probabilities::NONE).unwrap());
        for (expected, found) in expected.iter().zip(&found) {
            assert!((expected - found).abs() < EMBEDDING_TOLERANCE, "{}", case.name);
        }
    }
}

#[test]
fn a_frozen_parameter_has_no_gradient_from_a_device() {
    for case in cases() {
        let folder = folder(&case.config, |_| ());
        let model = || {
            let mut pretrained = imported(folder.path(), given());
            let parameters = pretrained.parameters.iter_mut().enumerate();
            parameters.for_each(|(at, parameter)| parameter.trainable = at % 3 != 0);
            Model::new(pretrained, &Device::Cpu).unwrap()
        };
        let (mut kernels, mut device) = (model(), model());
        on_device(&mut device);
        assert_same(&case, &mut kernels, &mut device);
        let frozen = device.pretrained.parameters.iter().filter(|parameter| !parameter.trainable);
        frozen.for_each(|parameter| assert_eq!(norm(&of_gradient(parameter)), 0.0));
    }
}

#[test]
fn a_device_trains_adapters_as_the_kernels_do() {
    for case in cases() {
        let folder = folder(&case.config, |_| ());
        let model = || {
            let mut pretrained = imported(folder.path(), given());
            adapter::begin(&mut pretrained, Some(&serde_json::from_value(json!({})).unwrap()), 5)
                .unwrap();
            pretrained.freeze().unwrap();
            // B is zero at first, and so would be the gradient of A.
            let adapters = pretrained.parameters.iter_mut().filter(|p| p.trainable);
            adapters.for_each(|p| p.values.iter_mut().for_each(|value| *value += 0.1));
            Model::new(pretrained, &Device::Cpu).unwrap()
        };
        let (mut kernels, mut device) = (model(), model());
        on_device(&mut device);
        assert!(device.pretrained.parameters.iter().any(|parameter| parameter.low_rank.is_some()));
        assert_same(&case, &mut kernels, &mut device);
    }
}
