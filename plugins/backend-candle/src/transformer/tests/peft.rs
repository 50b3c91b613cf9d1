//! Low-rank adapters of every kind of layer held against PEFT: tests/golden/make_lora.py made the values and says what
//! stands in them.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::architectures::{self, folder, weight};
use super::import::{imported, options};
use super::sketch::{Sketch, of_gradient};
use super::tiny::{self, Weight};
use crate::kernels::pack::Pack;
use crate::tensors;
use crate::transformer::adapter;
use crate::transformer::model::Model;
use crate::transformer::pass::Probabilities;

const PREFIX: &str = "base_model.model.";

#[derive(Deserialize)]
struct Case {
    case: String,
    adapter: Value,
    texts: Vec<Vec<u32>>,
    embeddings: Vec<Vec<f64>>,
    parameters: Vec<GoldenParameter>,
}

#[derive(Deserialize)]
struct GoldenParameter {
    name: String,
    #[serde(flatten)]
    gradient: Sketch,
}

/// A folder in PEFT's layout.
fn peft_folder(config: &Value, weights: &[Weight]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("adapter_config.json"), config.to_string()).unwrap();
    tensors::write(folder.path(), "adapter_model.safetensors", &tiny::named(weights), None)
        .unwrap();
    folder
}

/// A model with the adapters of a folder.
fn adapted(base: &Path, given: Value) -> Model {
    let options = options(base, given.clone());
    let mut model = imported(base, given);
    adapter::begin(&mut model, options.lora.as_ref(), 7).unwrap();
    model.freeze().unwrap();
    Model::new(model, &candle_core::Device::Cpu).unwrap()
}

fn assert_as_in_peft(golden: &Case) {
    let name = &golden.case;
    let case = architectures::cases().into_iter().find(|case| case.name == *name).unwrap();
    let base = folder(&case.config, |_| ());
    let rank = golden.adapter["r"].as_u64().unwrap() as usize;
    // Which shapes there are follows from the adapters that new ones would get.
    let mut lora = json!({ "rank": rank, "targets": golden.adapter["target_modules"] });
    let new = adapted(base.path(), json!({ "max_passage_tokens": 12, "lora": lora }));
    let weights: Vec<Weight> = new
        .pretrained
        .parameters
        .iter()
        .filter(|parameter| parameter.trainable)
        .map(|parameter| weight(&format!("{PREFIX}{}", parameter.name), &parameter.shape))
        .collect();
    let folder = peft_folder(&golden.adapter, &weights);
    lora = json!({ "adapter": folder.path() });
    let mut model = adapted(base.path(), json!({ "max_passage_tokens": 12, "lora": lora }));

    let keys = (0..).take(golden.texts.len()).collect();
    let pack = Pack::new(golden.texts.clone(), keys);
    let (embeddings, tape) = model.forward(pack, Probabilities::NONE).unwrap();
    let pairs = embeddings.iter().zip(golden.embeddings.iter().flatten());
    let off = pairs.map(|(found, expected)| (f64::from(*found) - expected).abs());
    let off = off.fold(0.0, f64::max);
    assert!(off < 1e-5, "{name}: embeddings are off by {off:.1e}");

    let upstream: Vec<f32> =
        (0..embeddings.len()).map(|i| (0.7 * i as f64 + 0.2).sin() as f32).collect();
    model.backward(tape, &upstream).unwrap();
    let (trained, still): (Vec<_>, Vec<_>) =
        model.pretrained.parameters.iter().partition(|parameter| parameter.trainable);
    assert!(still.iter().all(|parameter| of_gradient(parameter).is_empty()));
    assert_eq!(trained.len(), golden.parameters.len(), "{name}");
    let mut worst = 0.0;
    for parameter in trained {
        let stored = format!("{PREFIX}{}", parameter.name);
        let expected = golden.parameters.iter().find(|golden| golden.name == stored).unwrap();
        let off = expected.gradient.distance(&of_gradient(parameter));
        assert!(off < 1e-4, "{name}: the gradient of {stored} is off by {off:.1e}");
        worst = off.max(worst);
    }
    println!("{name}: embeddings are off by {off:.1e}, gradients by {worst:.1e} at most");
}

#[test]
fn adapters_give_the_embeddings_and_gradients_of_peft() {
    let golden: Vec<Case> =
        serde_json::from_str(include_str!("../../../tests/golden/lora.json")).unwrap();
    golden.iter().for_each(assert_as_in_peft);
}
