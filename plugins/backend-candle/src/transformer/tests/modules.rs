//! Folders of sentence-transformers with more than a pooling: they are read, train, go on and go out whole.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use triglot_sdk::{Backend, Context, Mode, Random};

use super::import::{imported, options};
use super::tiny;
use crate::checkpoint::WEIGHTS;
use crate::files;
use crate::tensors::{self, Named};
use crate::testing::{SENTENCES, encode, files as all_files, saved, texts, train};
use crate::transformer::TransformerEncoder;
use crate::transformer::import::import;

/// A module's class and its config.json.
type Follows<'a> = (&'a str, Value);

/// The classes of PyTorch.
pub(super) const TANH: &str = "torch.nn.modules.activation.Tanh";
pub(super) const IDENTITY: &str = "torch.nn.modules.linear.Identity";

pub(super) fn dense(inputs: usize, outputs: usize, bias: bool, activation: &str) -> Follows<'_> {
    let config = json!({
        "in_features": inputs, "out_features": outputs, "bias": bias, "activation_function": activation,
    });
    ("Dense", config)
}

/// Makes a folder one of sentence-transformers: the transformer, a pooling, and what follows on it.
pub(super) fn follow(folder: &Path, pooling: &Value, modules: &[Follows<'_>]) {
    // The names of three releases.
    let list = [("Transformer", ""), ("Pooling", "1_Pooling")].map(|(class, path)| {
        json!({ "path": path, "type": format!("sentence_transformers.models.{class}") })
    });
    let mut list = list.to_vec();
    let inside = files::make_folder(folder, "1_Pooling").unwrap();
    files::write_json(&inside, "config.json", pooling).unwrap();
    for (number, (class, config)) in (2..).zip(modules) {
        let path = format!("{number}_{class}");
        let below = ["base.modules.dense", "models", "sentence_transformer.modules"][number % 3];
        list.push(
            json!({ "path": path, "type": format!("sentence_transformers.{below}.{class}") }),
        );
        let inside = files::make_folder(folder, &path).unwrap();
        files::write_json(&inside, "config.json", config).unwrap();
        if *class == "Dense" {
            write_weights(&inside, config, number as u64);
        }
    }
    files::write_json(folder, "modules.json", &list).unwrap();
}

fn write_weights(folder: &Path, config: &Value, seed: u64) {
    let size = |key: &str| config[key].as_u64().unwrap_or(1).clamp(1, 64) as usize;
    let (inputs, outputs) = (size("in_features"), size("out_features"));
    let mut random = Random::new(&[seed]);
    let mut draw =
        |count| -> Vec<f32> { (0..count).map(|_| (random.unit() - 0.5) as f32).collect() };
    let (weight, bias) = (draw(inputs * outputs), draw(outputs));
    let (matrix, row) = ([outputs, inputs], [outputs]);
    let mut named = vec![Named::new("linear.weight", &matrix, &weight)];
    if config["bias"] == true {
        named.push(Named::new("linear.bias", &row, &bias));
    }
    tensors::write(folder, WEIGHTS, &named, None).unwrap();
}

/// LaBSE as it was published, but for its size: the first token through a dense layer with tanh, to unit length.
pub(super) fn labse(changes: Value) -> TempDir {
    let folder = tiny::folder(changes);
    let cls = json!({ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false });
    follow(folder.path(), &cls, &[dense(16, 16, true, TANH), ("Normalize", json!({}))]);
    folder
}

pub(super) fn prepared(folder: &Path, given: Value) -> TransformerEncoder {
    let context = Context::detached(7);
    let mut encoder = TransformerEncoder::create(options(folder, given), &context).unwrap();
    encoder.prepare(None).unwrap();
    encoder
}

fn names(encoder: &TransformerEncoder) -> Vec<String> {
    let skipped = encoder.parameters().into_iter().map(|parameter| parameter.name.clone());
    skipped.filter(|name| !name.starts_with("e")).collect()
}

#[test]
fn a_dense_layer_moves_goes_on_after_a_save_and_begins_again_from_an_export() {
    let texts = texts(&SENTENCES);
    let several = tiny::folder(json!({}));
    follow(
        several.path(),
        &json!({ "pooling_mode": ["weightedmean", "max"] }),
        &[
            ("Normalize", json!({ "module_input_name": "sentence_embedding" })),
            dense(32, 12, true, "torch.nn.modules.activation.GELU"),
            ("Dropout", json!({ "dropout": 0.5 })),
            dense(12, 7, false, "torch.nn.modules.activation.Sigmoid"),
        ],
    );
    let plain = tiny::folder(json!({}));
    let cases = [
        (labse(json!({})), json!({}), vec!["2_Dense.linear.weight", "2_Dense.linear.bias"], 16),
        (
            several,
            json!({ "normalize": false }),
            vec!["3_Dense.linear.weight", "3_Dense.linear.bias", "4_Dense.linear.weight"],
            7,
        ),
        (
            plain,
            json!({ "pooling": "pooler" }),
            vec!["pooler.dense.weight", "pooler.dense.bias"],
            16,
        ),
    ];
    for (start, given, expected, dim) in cases {
        let mut original = prepared(start.path(), given.clone());
        assert_eq!(original.info().unwrap().dim, dim);
        assert_eq!(names(&original), expected);
        let before: Vec<Vec<f32>> =
            original.parameters().into_iter().map(|p| p.values.clone()).collect();
        train(&mut original, &texts, 2);
        for (parameter, before) in original.parameters().iter().zip(&before) {
            assert_ne!(&parameter.values, before, "{}", parameter.name);
        }

        let state = tempfile::tempdir().unwrap();
        original.save(state.path()).unwrap();
        let options = options(start.path(), given.clone());
        let mut resumed = TransformerEncoder::create(options, &Context::detached(7)).unwrap();
        resumed.load(state.path()).unwrap();
        assert_eq!(resumed.fingerprint().unwrap(), original.fingerprint().unwrap());
        train(&mut original, &texts, 2);
        train(&mut resumed, &texts, 2);
        assert!(saved(&mut resumed) == saved(&mut original));

        let exported = tempfile::tempdir().unwrap();
        original.export(exported.path()).unwrap();
        let mut again =
            prepared(exported.path(), json!({ "normalize": given["normalize"] != false }));
        let embeddings = encode(&mut again, Mode::Inference, &texts);
        assert!(embeddings == encode(&mut original, Mode::Inference, &texts));
        let second = tempfile::tempdir().unwrap();
        again.export(second.path()).unwrap();
        let (first, second) = (all_files(exported.path()), all_files(second.path()));
        assert!(first.keys().eq(second.keys()));
        // The pooler that a model began with stays among the transformer's tensors.
        assert!(first.iter().all(|(name, bytes)| second[name] == *bytes));
    }
}

#[test]
fn the_pooler_is_the_dense_layer_that_its_tensors_make() {
    let start = tiny::folder(json!({}));
    let model = imported(start.path(), json!({}));
    let [weight, bias] = &model.carried[..] else { panic!() };
    let cls = json!({ "pooling_mode": "cls" });
    let by_pooler = &mut prepared(start.path(), json!({ "pooling": "pooler" }));
    follow(start.path(), &cls, &[dense(16, 16, true, TANH)]);
    let named = [
        Named::new("linear.weight", &weight.shape, &weight.values),
        Named::new("linear.bias", &bias.shape, &bias.values),
    ];
    tensors::write(&start.path().join("2_Dense"), WEIGHTS, &named, None).unwrap();
    let by_modules = &mut prepared(start.path(), json!({}));
    let texts = texts(&SENTENCES);
    let embeddings = encode(by_pooler, Mode::Inference, &texts);
    assert_eq!(embeddings, encode(by_modules, Mode::Inference, &texts));
}

#[test]
fn a_module_that_cannot_be_read_as_it_was_meant_is_refused_by_file_and_key() {
    let changed = |key: &str, value: Value| {
        let (class, mut config) = dense(16, 8, true, TANH);
        config[key] = value;
        (class, config)
    };
    let cases: [(Follows<'_>, &[&str]); 9] = [
        (
            changed("in_features", json!(9)),
            &["2_Dense/config.json: `in_features`: found 9, allowed is 16"],
        ),
        (changed("out_features", json!(0)), &["`out_features`: found 0, allowed is 1 to 16384"]),
        (changed("out_features", json!(7.5)), &["`out_features`: found 7.5"]),
        (
            changed("activation_function", json!("mine.Swish")),
            &["found \"mine.Swish\"", "activation.ReLU"],
        ),
        (changed("use_residual", json!(true)), &["`use_residual`: found true, allowed is false"]),
        (changed("module_input_name", json!("token_embeddings")), &["found \"token_embeddings\""]),
        (
            changed("bias", json!(false)),
            &["2_Dense/model.safetensors: tensor `linear.bias` is not one"],
        ),
        (
            ("LayerNorm", json!({ "dimension": 16 })),
            &["modules.json: `type`", "LayerNorm]", "Dropout"],
        ),
        (
            ("Normalize", json!({ "module_input_name": "token_embeddings" })),
            &["2_Normalize/config.json: `module_input_name`", "allowed is sentence_embedding"],
        ),
    ];
    for ((class, config), expected) in cases {
        let folder = tiny::folder(json!({}));
        let mean = json!({ "pooling_mode": "mean" });
        follow(folder.path(), &mean, &[(class, config.clone())]);
        if config["bias"] == false {
            write_weights(&folder.path().join("2_Dense"), &dense(16, 8, true, TANH).1, 1);
        }
        let error = import(folder.path(), &options(folder.path(), json!({}))).err().unwrap();
        for expected in expected {
            assert!(error.message().contains(expected), "{}", error.message());
        }
    }
}

#[test]
fn a_pooler_that_the_weights_lack_is_refused() {
    let folder = tiny::folder(json!({}));
    super::import::rewrite(folder.path(), |weights| {
        weights.retain(|(name, ..)| !name.starts_with("pooler."));
    });
    let given = options(folder.path(), json!({ "pooling": "pooler" }));
    let error = import(folder.path(), &given).err().unwrap();
    let expected = "pooling: found \"pooler\", but the weights have no `pooler.dense.weight`";
    assert!(error.message().contains(expected), "{}", error.message());
}
