//! DistilBERT (Sanh et al.: DistilBERT, arXiv 1910.01108): a BERT without token types and pooler, and with names of its
//! own. What attention gives is not dropped out of.

use serde_json::Value;
use triglot_sdk::Result;

use super::Family;
use crate::kernels::attention::Shape;
use crate::kernels::dropout::Site;
use crate::options::MAX_VOCABULARY;
use crate::transformer::config::{
    Config, Fields, MAX_HIDDEN, MAX_INTERMEDIATE, MAX_LAYERS, MAX_POSITIONS, Order,
};
use crate::transformer::embeddings::Positions;
use crate::transformer::layout::{EmbeddingsAt, Entries, LayerAt, Layout};
use crate::transformer::pass::{Probabilities, Rate};

/// The dropout of transformers where config.json says nothing.
const DROPOUT: f64 = 0.1;
/// A constant in transformers too.
const EPSILON: f64 = 1e-12;

pub(super) static DISTILBERT: Family = Family {
    model_type: "distilbert",
    class: "DistilBertModel",
    read,
    prefix: "distilbert.",
    // Masked language modelling.
    heads: &["vocab_transform.", "vocab_layer_norm.", "vocab_projector."],
    renamed: &[],
    repeated: &[],
    padding: 0,
    sentencepiece: false,
    sites: &[
        (Site::Embeddings, Rate::Hidden),
        (Site::Attention, Rate::Attention),
        (Site::Output, Rate::Hidden),
    ],
};

fn read(family: &'static Family, fields: &Fields<'_>) -> Result<Config> {
    fields.one_of("sinusoidal_pos_embds", &[false.into(), Value::Null])?;
    let hidden = fields.size("dim", MAX_HIDDEN)?;
    let heads = fields.divisor("n_heads", "dim", hidden)?;
    let vocab_size = fields.size("vocab_size", MAX_VOCABULARY)?;
    let max_tokens = fields.size("max_position_embeddings", MAX_POSITIONS)?;
    let layers = fields.size("n_layers", MAX_LAYERS)?;
    let intermediate = fields.size("hidden_dim", MAX_INTERMEDIATE)?;
    let pad_token_id = fields.padding(family, vocab_size)?;

    let mut all = Entries::default();
    let embeddings = EmbeddingsAt {
        word: all.table("embeddings.word_embeddings", vocab_size, hidden),
        position: Some(all.table("embeddings.position_embeddings", max_tokens, hidden)),
        token_type: None,
        norm: Some(all.norm("embeddings.LayerNorm", hidden)),
    };
    let layers = (0..layers).map(|i| layer(&mut all, i, hidden, intermediate)).collect();
    Ok(Config {
        family,
        hidden_size: hidden,
        vocab_size,
        max_tokens,
        positions: Positions::FromZero,
        heads: Shape::scaled(heads, hidden / heads),
        order: Order::PostNorm,
        activation: fields.activation("activation")?,
        gated: false,
        epsilon: EPSILON,
        dropout: Probabilities {
            hidden: fields.probability("dropout", DROPOUT)?,
            attention: fields.probability("attention_dropout", DROPOUT)?,
        },
        pad_token_id,
        still_word: pad_token_id,
        layout: Layout {
            entries: all.0,
            embeddings,
            layers,
            final_norm: None,
            buckets: None,
            pooler: Vec::new(),
        },
        raw: fields.raw.clone(),
    })
}

fn layer(all: &mut Entries, i: usize, hidden: usize, intermediate: usize) -> LayerAt {
    let name = |part: &str| format!("transformer.layer.{i}.{part}");
    let query_key_value = ["attention.q_lin", "attention.k_lin", "attention.v_lin"]
        .map(|part| all.linear(&name(part), hidden, hidden));
    LayerAt {
        query_key_value: query_key_value.to_vec(),
        attention_output: all.linear(&name("attention.out_lin"), hidden, hidden),
        attention_norm: Some(all.norm(&name("sa_layer_norm"), hidden)),
        rotary: None,
        inner: vec![all.linear(&name("ffn.lin1"), intermediate, hidden)],
        outer: all.linear(&name("ffn.lin2"), hidden, intermediate),
        output_norm: all.norm(&name("output_layer_norm"), hidden),
    }
}
