//! ModernBERT (Warner et al.: Smarter, Better, Faster, Longer, arXiv 2412.13663): no biases, layer normalisation without
//! a shift before each part, gated GELU, rotary positions, and attention that reaches only near tokens in most layers.

use serde_json::Value;
use triglot_sdk::Result;

use super::Family;
use crate::kernels::attention::Shape;
use crate::kernels::dropout::Site;
use crate::options::{MAX_VOCABULARY, MIN_EPSILON};
use crate::transformer::config::{
    Config, Fields, MAX_HIDDEN, MAX_INTERMEDIATE, MAX_LAYERS, MAX_POSITIONS, Order,
};
use crate::transformer::embeddings::Positions;
use crate::transformer::layout::{EmbeddingsAt, Entries, LayerAt, Layout};
use crate::transformer::pass::{Probabilities, Rate};
use crate::transformer::relative::Rotary;

/// Where config.json says nothing, transformers has these.
const DROPOUT: f64 = 0.0;
const EPSILON: f64 = 1e-5;
const WINDOW: usize = 128;
const GLOBAL_EVERY: usize = 3;

/// A kind of attention: its name among `layer_types`, the key of its base in earlier configs, and the default.
type Kind = (&'static str, &'static str, f64);

const GLOBAL: Kind = ("full_attention", "global_rope_theta", 160_000.0);
const LOCAL: Kind = ("sliding_attention", "local_rope_theta", 10_000.0);

pub(super) static MODERNBERT: Family = Family {
    model_type: "modernbert",
    class: "ModernBertModel",
    read,
    prefix: "model.",
    // Masked language modelling.
    heads: &["head.", "decoder."],
    renamed: &[],
    repeated: &[],
    padding: 50_283,
    sentencepiece: false,
    sites: &[
        (Site::Embeddings, Rate::Hidden),
        (Site::Attention, Rate::Attention),
        (Site::AttentionOutput, Rate::Attention),
        (Site::Inner, Rate::Hidden),
    ],
};

fn read(family: &'static Family, fields: &Fields<'_>) -> Result<Config> {
    for key in ["norm_bias", "attention_bias", "mlp_bias"] {
        fields.one_of(key, &[false.into(), Value::Null])?;
    }
    let hidden = fields.size("hidden_size", MAX_HIDDEN)?;
    let heads = fields.divisor("num_attention_heads", "hidden_size", hidden)?;
    if !(hidden / heads).is_multiple_of(2) {
        let allowed = format_args!("one whose heads have an even width, of {hidden} together");
        return Err(fields.refused("num_attention_heads", heads, allowed));
    }
    let intermediate = fields.size("intermediate_size", MAX_INTERMEDIATE)?;
    let vocab_size = fields.size("vocab_size", MAX_VOCABULARY)?;
    let pad_token_id = fields.padding(family, vocab_size)?;
    let dropout = fields.probability("mlp_dropout", DROPOUT)?;
    let of_embeddings = fields.probability("embedding_dropout", DROPOUT)?;
    if of_embeddings != dropout {
        let allowed = format_args!("{dropout}, as `mlp_dropout`");
        return Err(fields.refused("embedding_dropout", of_embeddings, allowed));
    }

    let mut all = Entries::default();
    let embeddings = EmbeddingsAt {
        word: all.table("embeddings.tok_embeddings", vocab_size, hidden),
        position: None,
        token_type: None,
        norm: Some(all.scale("embeddings.norm", hidden)),
    };
    let rotaries = rotaries(fields)?.into_iter().enumerate();
    let layers = rotaries.map(|(i, rotary)| layer(&mut all, i, rotary, hidden, intermediate));
    let layers = layers.collect();
    let final_norm = Some(all.scale("final_norm", hidden));
    Ok(Config {
        family,
        hidden_size: hidden,
        vocab_size,
        max_tokens: fields.size("max_position_embeddings", MAX_POSITIONS)?,
        positions: Positions::None,
        heads: Shape::scaled(heads, hidden / heads),
        order: Order::PreNorm { centred: true },
        activation: fields.activation("hidden_activation")?,
        gated: true,
        epsilon: fields.number("norm_eps", EPSILON, MIN_EPSILON, 1.0)?,
        dropout: Probabilities {
            hidden: dropout,
            attention: fields.probability("attention_dropout", DROPOUT)?,
        },
        pad_token_id,
        still_word: pad_token_id,
        layout: Layout {
            entries: all.0,
            embeddings,
            layers,
            final_norm,
            buckets: None,
            pooler: Vec::new(),
        },
        raw: fields.raw.clone(),
    })
}

/// The positions of every layer.
fn rotaries(fields: &Fields<'_>) -> Result<Vec<Rotary>> {
    let layers = fields.size("num_hidden_layers", MAX_LAYERS)?;
    let window = fields.size_or("local_attention", WINDOW, 1, MAX_POSITIONS)?;
    let global = Rotary { theta: theta(fields, GLOBAL)?, reach: None };
    // A window is as wide as both directions together.
    let local = Rotary { theta: theta(fields, LOCAL)?, reach: Some(window / 2) };
    match fields.get("layer_types") {
        Value::Null => {
            let every =
                fields.size_or("global_attn_every_n_layers", GLOBAL_EVERY, 1, MAX_LAYERS)?;
            Ok((0..layers).map(|i| if i % every == 0 { global } else { local }).collect())
        }
        found => {
            let kind = |name: &Value| match name.as_str() {
                Some(name) if name == GLOBAL.0 => Some(global),
                Some(name) if name == LOCAL.0 => Some(local),
                _ => None,
            };
            let kinds = found.as_array().and_then(|names| names.iter().map(kind).collect());
            kinds.filter(|kinds: &Vec<Rotary>| kinds.len() == layers).ok_or_else(|| {
                let allowed = format_args!("{layers} of {:?} and {:?}", GLOBAL.0, LOCAL.0);
                fields.refused("layer_types", found, allowed)
            })
        }
    }
}

/// The base of a kind's angles, as configs have it now or had it earlier.
fn theta(fields: &Fields<'_>, (kind, key, default): Kind) -> Result<f64> {
    fields.one_of("rope_scaling", &[Value::Null])?;
    let Some(now) = fields.get("rope_parameters").get(kind) else {
        return fields.number(key, default, 1.0, f64::MAX);
    };
    let theta = now.get("rope_theta").map_or(Some(default), Value::as_f64);
    let plain = now.get("rope_type").is_none_or(|found| found == "default");
    theta.filter(|theta| plain && *theta >= 1.0).ok_or_else(|| {
        let allowed = "the `rope_type` \"default\" and a `rope_theta` of 1 or more";
        fields.refused("rope_parameters", now, allowed)
    })
}

fn layer(
    all: &mut Entries,
    i: usize,
    rotary: Rotary,
    hidden: usize,
    intermediate: usize,
) -> LayerAt {
    let name = |part: &str| format!("layers.{i}.{part}");
    LayerAt {
        // What enters the first layer is normalised already.
        attention_norm: (i > 0).then(|| all.scale(&name("attn_norm"), hidden)),
        query_key_value: vec![all.weight(&name("attn.Wqkv"), 3 * hidden, hidden)],
        attention_output: all.weight(&name("attn.Wo"), hidden, hidden),
        rotary: Some(rotary),
        output_norm: all.scale(&name("mlp_norm"), hidden),
        inner: vec![all.weight(&name("mlp.Wi"), 2 * intermediate, hidden)],
        outer: all.weight(&name("mlp.Wo"), hidden, intermediate),
    }
}
