//! Every family held against transformers: tiny models whose weights follow from a hash.
//!
//! tests/golden/make_architectures.py made the values and says what stands in them.

use std::collections::BTreeSet;
use std::path::Path;

use candle_core::Device;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::import::{edit, imported, options};
use super::sketch::{Sketch, norm, of_gradient};
use super::tiny::{self, Weight};
use crate::checkpoint::WEIGHTS;
use crate::kernels::pack::Pack;
use crate::tensors;
use crate::transformer::config::Config;
use crate::transformer::import::import;
use crate::transformer::layout::Entry;
use crate::transformer::model::Model;
use crate::transformer::pass::Probabilities;
use crate::transformer::pretrained::{CONFIG, Pretrained};
use crate::transformer::relative::Buckets;

/// Largest difference of a number of an embedding; PyTorch's own float32 stays below 1e-6.
const EMBEDDING_TOLERANCE: f64 = 1e-5;
/// Largest norm of a difference, relative to the norm; PyTorch's own float32 stays below 5e-6.
const TOLERANCE: f64 = 1e-4;
/// Largest norm of what is zero but for rounding: the gradient of a key's bias.
const NOTHING: f64 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    buckets: Vec<GoldenBuckets>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct GoldenBuckets {
    number: usize,
    max_distance: usize,
    buckets: Vec<usize>,
}

/// A tiny model of some family.
#[derive(Deserialize)]
pub(super) struct Case {
    pub name: String,
    pub config: Value,
    pub texts: Vec<Vec<u32>>,
    embeddings: Vec<Vec<f64>>,
    parameters: Vec<GoldenParameter>,
}

#[derive(Deserialize)]
struct GoldenParameter {
    name: String,
    #[serde(flatten)]
    gradient: Sketch,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../tests/golden/architectures.json")).unwrap()
}

/// All models.
pub(super) fn cases() -> Vec<Case> {
    golden().cases
}

/// The tensors that both sides compute, by the names that the family's class has.
fn weights(config: &Config) -> Vec<Weight> {
    let entries = config.layout.entries.iter().chain(&config.layout.pooler);
    entries.map(|Entry { name, shape, .. }| weight(name, shape)).collect()
}

/// Numbers that follow from name and index alone: around 1 where they scale, else around 0.
pub(super) fn weight(name: &str, shape: &[usize]) -> Weight {
    // FNV-1a of the name, MurmurHash3's finaliser of the index.
    let add = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let seed = name.bytes().fold(0x811C_9DC5, add);
    let (centre, width) = match shape {
        [_] if name.ends_with("weight") => (1.0, 0.3),
        [_] => (0.0, 0.3),
        _ => (0.0, 0.4),
    };
    let number = |index: u32| {
        let hash = finalised(finalised(index).wrapping_add(seed));
        let unit = f64::from(hash >> 8) / f64::from(1 << 24);
        (centre + width * (2.0 * unit - 1.0)) as f32
    };
    let count: usize = shape.iter().product();
    (name.to_owned(), shape.to_vec(), (0..count as u32).map(number).collect())
}

/// MurmurHash3's finaliser (fmix32).
fn finalised(hash: u32) -> u32 {
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}

/// The folder of a case, its tensors changed as a checkpoint may have them.
pub(super) fn folder(config: &Value, change: impl FnOnce(&mut Vec<Weight>)) -> TempDir {
    let folder = tiny::of(config);
    let read = Config::from_json(Path::new(CONFIG), &serde_json::to_vec(config).unwrap()).unwrap();
    let mut weights = weights(&read);
    change(&mut weights);
    tensors::write(folder.path(), WEIGHTS, &tiny::named(&weights), None).unwrap();
    folder
}

/// Options that the shortest of the models allow.
pub(super) fn given() -> Value {
    json!({ "max_passage_tokens": 12 })
}

fn assert_as_in_transformers(case: &Case) {
    let folder = folder(&case.config, |_| ());
    let mut model = Model::new(imported(folder.path(), given()), &Device::Cpu).unwrap();
    let keys = (0..).take(case.texts.len()).collect();
    let pack = Pack::new(case.texts.clone(), keys);
    let (embeddings, tape) = model.forward(pack, Probabilities::NONE).unwrap();
    let name = &case.name;
    assert_eq!(embeddings.len(), case.embeddings.len() * case.embeddings[0].len());
    let pairs = embeddings.iter().zip(case.embeddings.iter().flatten());
    let off = pairs.map(|(found, expected)| (f64::from(*found) - expected).abs());
    let off = off.fold(0.0, f64::max);
    assert!(off < EMBEDDING_TOLERANCE, "{name}: embeddings are off by {off:.1e}");

    let upstream: Vec<f32> =
        (0..embeddings.len()).map(|i| (0.7 * i as f64 + 0.2).sin() as f32).collect();
    model.backward(tape, &upstream).unwrap();
    let parameters = &model.pretrained.parameters;
    let names: BTreeSet<&str> = parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, case.parameters.iter().map(|p| p.name.as_str()).collect(), "{name}");
    let mut worst = 0.0;
    for parameter in parameters {
        let golden = case.parameters.iter().find(|golden| golden.name == parameter.name).unwrap();
        let found = of_gradient(parameter);
        // A softmax does not change when all its inputs grow alike, so this gradient is zero but for rounding.
        if ["key.bias", "k_lin.bias"].iter().any(|end| parameter.name.ends_with(end)) {
            assert!(norm(&found) < NOTHING, "{name}: {}", parameter.name);
            continue;
        }
        let off = golden.gradient.distance(&found);
        assert!(off < TOLERANCE, "{name}: the gradient of {} is off by {off:.1e}", parameter.name);
        worst = off.max(worst);
    }
    println!("{name}: embeddings are off by {off:.1e}, gradients by {worst:.1e} at most");
}

#[test]
fn every_family_gives_the_embeddings_and_gradients_of_transformers() {
    let cases = cases();
    let families: BTreeSet<&str> =
        cases.iter().map(|case| case.config["model_type"].as_str().unwrap()).collect();
    assert_eq!(
        families.into_iter().collect::<Vec<_>>(),
        ["bert", "distilbert", "modernbert", "mt5", "roberta", "t5", "xlm-roberta"]
    );
    cases.iter().for_each(assert_as_in_transformers);
}

#[test]
fn distances_fall_into_the_buckets_of_transformers() {
    for GoldenBuckets { number, max_distance, buckets } in golden().buckets {
        let rule = Buckets { table: 0, number, max_distance };
        for (distance, expected) in (0..).zip(buckets) {
            assert_eq!(rule.of(-distance), expected, "{number} {max_distance}: -{distance}");
            if distance > 0 {
                assert_eq!(rule.of(distance), expected + number / 2);
            }
        }
    }
}

/// The first case of a family.
fn case(family: &str) -> Case {
    cases().into_iter().find(|case| case.config["model_type"] == family).unwrap()
}

fn same_parameters(left: &Pretrained, right: &Pretrained) {
    assert_eq!(left.parameters, right.parameters);
}

#[test]
fn a_checkpoint_with_a_head_begins_as_one_without() {
    // What the classes for masked language modelling save beside the encoder.
    let heads: [(&str, &str, &[&str]); 5] = [
        ("bert", "bert.", &["cls.predictions.bias", "cls.seq_relationship.weight"]),
        ("roberta", "roberta.", &["lm_head.dense.weight", "lm_head.decoder.weight"]),
        ("xlm-roberta", "roberta.", &["lm_head.bias", "roberta.embeddings.position_ids"]),
        (
            "distilbert",
            "distilbert.",
            &["vocab_transform.weight", "vocab_layer_norm.bias", "vocab_projector.weight"],
        ),
        ("modernbert", "model.", &["head.dense.weight", "head.norm.weight", "decoder.bias"]),
    ];
    for (family, prefix, others) in heads {
        let Case { config, .. } = case(family);
        let plain = folder(&config, |_| ());
        let with_head = folder(&config, |weights| {
            weights.retain(|(name, ..)| !name.starts_with("pooler."));
            weights.iter_mut().for_each(|(name, ..)| *name = format!("{prefix}{name}"));
            weights.extend(others.iter().map(|name| weight(name, &[2, 3])));
        });
        let model = imported(with_head.path(), given());
        same_parameters(&model, &imported(plain.path(), given()));
        assert!(model.carried.is_empty(), "{family}");
    }
}

#[test]
fn of_a_whole_t5_the_encoder_is_read_by_either_name_of_its_words() {
    for family in ["t5", "mt5"] {
        let Case { config, .. } = case(family);
        let plain = folder(&config, |_| ());
        let expected = imported(plain.path(), given());
        let decoder =
            ["decoder.block.0.layer.0.SelfAttention.q.weight", "decoder.embed_tokens.weight"];
        let whole = folder(&config, |weights| {
            let again = (weights[0].1.clone(), weights[0].2.clone());
            weights.push(("encoder.embed_tokens.weight".into(), again.0, again.1));
            weights.extend(
                decoder.iter().chain(&["lm_head.weight"]).map(|name| weight(name, &[2, 3])),
            );
        });
        same_parameters(&imported(whole.path(), given()), &expected);
        let renamed =
            folder(&config, |weights| weights[0].0 = "encoder.embed_tokens.weight".into());
        same_parameters(&imported(renamed.path(), given()), &expected);
    }
}

#[test]
fn a_text_is_as_long_as_the_positions_of_its_family_allow() {
    // A RoBERTa's positions begin after its padding's id.
    for (family, most) in
        [("bert", 14), ("distilbert", 14), ("roberta", 14), ("xlm-roberta", 14), ("modernbert", 40)]
    {
        let folder = folder(&case(family).config, |_| ());
        let of = |max: usize| {
            let given = json!({ "max_passage_tokens": max, "max_query_tokens": 4 });
            import(folder.path(), &options(folder.path(), given))
        };
        assert_eq!(of(most).unwrap().config.max_tokens, most, "{family}");
        let error = of(most + 1).err().unwrap();
        assert!(error.message().contains(&format!("allowed is 2 to {most}")), "{error:?}");
    }
    let folder = folder(&case("mt5").config, |_| ());
    imported(folder.path(), json!({ "max_passage_tokens": 100_000 }));
}

#[test]
fn earlier_configs_of_modernbert_mean_the_same_as_those_of_today() {
    let Case { config, .. } = case("modernbert");
    let now = folder(&config, |_| ());
    let earlier = folder(&config, |_| ());
    edit(&earlier.path().join(CONFIG), |config| {
        let config = config.as_object_mut().unwrap();
        for key in ["layer_types", "rope_parameters"] {
            config.remove(key).unwrap();
        }
        config.insert("global_attn_every_n_layers".into(), json!(3));
        config.insert("global_rope_theta".into(), json!(160_000.0));
        config.insert("local_rope_theta".into(), json!(10_000.0));
    });
    let [now, earlier] = [&now, &earlier].map(|folder| imported(folder.path(), json!({})));
    assert_eq!(now.config.layout, earlier.config.layout);
}

#[test]
fn variants_that_are_not_computed_here_are_refused_by_key() {
    for (family, key, value, expected) in [
        ("bert", "hidden_act", json!("gelu_fast"), "allowed is \"gelu\" or \"gelu_new\""),
        ("roberta", "is_decoder", json!(true), "allowed is false or nothing"),
        ("xlm-roberta", "max_position_embeddings", json!(2), "allowed is more than 2"),
        ("distilbert", "sinusoidal_pos_embds", json!(true), "allowed is false or nothing"),
        ("distilbert", "n_heads", json!(5), "a divisor of `dim`, 24"),
        ("t5", "feed_forward_proj", json!("gated-tanh"), "allowed is \"relu\" or \"gated-gelu\""),
        ("t5", "relative_attention_num_buckets", json!(3), "allowed is 4 to 65536"),
        ("mt5", "relative_attention_max_distance", json!(3), "allowed is 4 to "),
        ("mt5", "d_kv", json!(0), "allowed is 1 to 16384"),
        ("modernbert", "norm_bias", json!(true), "allowed is false or nothing"),
        ("modernbert", "layer_types", json!(["full_attention"]), "allowed is 4 of"),
        ("modernbert", "rope_scaling", json!({ "factor": 2.0 }), "allowed is nothing"),
        ("modernbert", "embedding_dropout", json!(0.1), "allowed is 0, as `mlp_dropout`"),
        ("modernbert", "num_attention_heads", json!(32), "an even width"),
    ] {
        let folder = tiny::of(&case(family).config);
        edit(&folder.path().join(CONFIG), |config| config[key] = value.clone());
        let error = import(folder.path(), &options(folder.path(), json!({}))).err().unwrap();
        let message = error.message();
        assert!(message.contains(&format!("config.json: `{key}`: found ")), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}
