//! Folders that models begin from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::tiny::{self, Weight};
use crate::checkpoint::WEIGHTS;
use crate::files;
use crate::tensors;
use crate::transformer::config::Config;
use crate::transformer::import::import;
use crate::transformer::layout::{Entry, Kind};
use crate::transformer::options::{Options, Pooling};
use crate::transformer::pretrained::{CONFIG, Pretrained, TOKENIZER};

/// Parameters of a BERT before the first layer, and of each layer.
const EMBEDDING_PARAMETERS: usize = 5;
const LAYER_PARAMETERS: usize = 16;

/// Options for a tiny folder.
pub(super) fn options(folder: &Path, given: Value) -> Options {
    let mut options = json!({ "weights": folder, "max_query_tokens": 8, "max_passage_tokens": 16 });
    for (key, value) in given.as_object().unwrap() {
        options[key] = value.clone();
    }
    serde_json::from_value(options).unwrap()
}

pub(super) fn imported(folder: &Path, given: Value) -> Pretrained {
    import(folder, &options(folder, given)).unwrap()
}

pub(super) fn edit(file: &Path, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(file, value.to_string()).unwrap();
}

/// Writes other weights than a tiny folder's own.
pub(super) fn rewrite(folder: &Path, change: impl FnOnce(&mut Vec<Weight>)) {
    let (path, json) = files::read(folder, CONFIG).unwrap();
    let mut weights = tiny::weights(&Config::from_json(&path, &json).unwrap());
    change(&mut weights);
    tensors::write(folder, WEIGHTS, &tiny::named(&weights), None).unwrap();
}

/// Makes a folder one of sentence-transformers, with these classes after the transformer and this pooling.
pub(super) fn with_modules(folder: &Path, path: &str, classes: &[&str], pooling: &Value) {
    let module = |path: &str, class: &str| json!({ "path": path, "type": class });
    let mut modules = vec![module(path, "sentence_transformers.models.Transformer")];
    modules.extend(classes.iter().map(|class| {
        module("1_Pooling", &format!("sentence_transformers.sentence_transformer.modules.{class}"))
    }));
    files::write_json(folder, "modules.json", &modules).unwrap();
    let inside = files::make_folder(folder, "1_Pooling").unwrap();
    files::write_json(&inside, "config.json", pooling).unwrap();
}

#[test]
fn a_padding_that_config_json_does_not_name_is_that_of_transformers() {
    let start = tiny::folder(json!({}));
    let read = || {
        let (path, json) = files::read(start.path(), CONFIG).unwrap();
        let config = Config::from_json(&path, &json);
        config.map(|config| (config.pad_token_id, config.still_word))
    };
    edit(&start.path().join(CONFIG), |config| config["pad_token_id"] = Value::Null);
    assert_eq!(read(), Ok((None, None)));
    edit(&start.path().join(CONFIG), |config| {
        config.as_object_mut().unwrap().remove("pad_token_id");
    });
    assert_eq!(read(), Ok((Some(0), Some(0))));
    edit(&start.path().join(CONFIG), |config| {
        config["model_type"] = "xlm-roberta".into();
        config["vocab_size"] = 1.into();
    });
    let error = read().unwrap_err();
    let expected = "`pad_token_id`: found nothing, which stands for 1, allowed is 0 to 0";
    assert!(error.message().contains(expected), "{}", error.message());
}

#[test]
fn parameters_come_in_their_order_and_the_pooler_is_carried() {
    let folder = tiny::folder(json!({}));
    let model = imported(folder.path(), json!({}));
    let entries = &model.config.layout.entries;
    assert_eq!(entries.len(), EMBEDDING_PARAMETERS + 2 * LAYER_PARAMETERS);
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names.len(), entries.len());
    assert!(names.contains("encoder.layer.1.attention.output.LayerNorm.bias"));
    let weights = tiny::weights(&model.config);
    assert_eq!(model.parameters.len(), entries.len());
    for ((entry, parameter), (_, _, values)) in entries.iter().zip(&model.parameters).zip(&weights)
    {
        let Entry { name, shape, kind } = entry;
        assert_eq!((name, shape, values), (&parameter.name, &parameter.shape, &parameter.values));
        assert_eq!(parameter.decays, matches!(kind, Kind::Table | Kind::Weight), "{name}");
    }
    let carried: Vec<Weight> =
        model.carried.iter().map(|c| (c.name.clone(), c.shape.clone(), c.values.clone())).collect();
    assert_eq!(carried, weights[entries.len()..]);
}

#[test]
fn a_folder_without_modules_has_mean_pooling_no_prefixes_and_the_dropout_of_its_config() {
    let folder = tiny::folder(json!({ "hidden_dropout_prob": 0.2, "hidden_act": null }));
    edit(&folder.path().join(CONFIG), |config| {
        config.as_object_mut().unwrap().remove("attention_probs_dropout_prob");
    });
    let settings = imported(folder.path(), json!({})).settings;
    assert_eq!(settings.pooling, [Pooling::Mean]);
    assert!(settings.normalize);
    assert_eq!((settings.hidden_dropout, settings.attention_dropout), (0.2, 0.1));
    assert_eq!((settings.query_prefix.as_str(), settings.passage_prefix.as_str()), ("", ""));

    let given = json!({ "dropout": 0.0, "pooling": "cls", "query_prefix": "q: " });
    let settings = imported(folder.path(), given).settings;
    assert_eq!(settings.pooling, [Pooling::Cls]);
    assert_eq!((settings.hidden_dropout, settings.attention_dropout), (0.0, 0.0));
    assert_eq!(settings.query_prefix, "q: ");
}

#[test]
fn modules_say_where_the_model_lies_how_it_pools_and_what_goes_before_texts() {
    let prompts = json!({ "prompts": { "query": "query: ", "document": "passage: " } });
    let poolings = [
        (
            json!({ "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false }),
            Pooling::Cls,
        ),
        (json!({ "pooling_mode_mean_tokens": true, "include_prompt": true }), Pooling::Mean),
        (json!({ "pooling_mode": "cls", "embedding_dimension": 16 }), Pooling::Cls),
        (json!({ "pooling_mode": ["mean"] }), Pooling::Mean),
    ];
    for (config, pooling) in poolings {
        let folder = tiny::folder(json!({}));
        let inside = files::make_folder(folder.path(), "0_Transformer").unwrap();
        for file in [CONFIG, TOKENIZER, WEIGHTS] {
            std::fs::rename(folder.path().join(file), inside.join(file)).unwrap();
        }
        files::write_json(&inside, "sentence_bert_config.json", &json!({ "max_seq_length": 9 }))
            .unwrap();
        with_modules(folder.path(), "0_Transformer", &["Pooling", "Normalize"], &config);
        files::write_json(folder.path(), "config_sentence_transformers.json", &prompts).unwrap();
        let settings = imported(folder.path(), json!({ "passage_prefix": "p: " })).settings;
        assert_eq!(settings.pooling, [pooling]);
        assert_eq!(settings.query_prefix, "query: ");
        assert_eq!(settings.passage_prefix, "p: ");
        assert_eq!(settings.max_passage_tokens, 16);
        let none = imported(folder.path(), json!({ "query_prefix": "" })).settings;
        assert_eq!((none.query_prefix.as_str(), none.passage_prefix.as_str()), ("", "passage: "));
    }
}

#[test]
fn an_option_goes_before_a_pooling_that_is_not_known_here() {
    let folder = tiny::folder(json!({}));
    with_modules(folder.path(), "", &["Pooling"], &json!({ "pooling_mode": "median" }));
    let settings = imported(folder.path(), json!({ "pooling": "cls" })).settings;
    assert_eq!(settings.pooling, [Pooling::Cls]);
}

#[test]
fn earlier_names_of_tensors_are_read_and_heads_are_left_out() {
    let folder = tiny::folder(json!({}));
    let expected = imported(folder.path(), json!({}));
    rewrite(folder.path(), |weights| {
        weights.retain(|(name, ..)| !name.starts_with("pooler."));
        for (name, ..) in weights.iter_mut() {
            let earlier = name.replace("LayerNorm.weight", "LayerNorm.gamma");
            *name = format!("bert.{}", earlier.replace("LayerNorm.bias", "LayerNorm.beta"));
        }
        weights.push(("cls.predictions.bias".into(), vec![2], vec![f32::NAN, 0.0]));
        weights.push(("bert.embeddings.position_ids".into(), vec![1, 2], vec![0.0, 1.0]));
    });
    let model = imported(folder.path(), json!({}));
    assert_eq!(model.parameters, expected.parameters);
    assert_eq!(model.carried, []);
}

/// A real encoder's folder; without it this says so.
pub(super) fn real(name: &str) -> Option<PathBuf> {
    let models = std::env::var_os("TRIGLOT_TEST_MODELS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/models"),
        PathBuf::from,
    );
    let folder = models.join(name);
    if !folder.is_dir() {
        eprintln!("skipped: there is no encoder {}", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn real_encoders_are_read() {
    for (name, layers, carried) in [("minilm", 6, 2), ("e5-small", 12, 0), ("e5-small-32k", 12, 0)]
    {
        let Some(folder) = real(name) else { continue };
        let model = imported(&folder, json!({ "max_passage_tokens": 512 }));
        assert_eq!(model.config.layout.layers.len(), layers);
        assert_eq!(model.carried.len(), carried);
        assert_eq!(model.settings.pooling, [Pooling::Mean]);
        assert_eq!(model.parameters.len(), EMBEDDING_PARAMETERS + layers * LAYER_PARAMETERS);
    }
}

#[test]
fn the_config_keeps_every_key_that_it_was_read_with() {
    let folder: TempDir = tiny::folder(json!({ "some_note": [1, { "a": null }], "id2label": {} }));
    let config = imported(folder.path(), json!({})).config;
    let read: Map<String, Value> = files::read_json(folder.path(), CONFIG).unwrap().1;
    assert_eq!(config.raw, read);
    let pooler: Vec<_> = config.layout.pooler.iter().map(|entry| &*entry.shape).collect();
    assert_eq!(pooler, [&[16, 16][..], &[16]]);
}
