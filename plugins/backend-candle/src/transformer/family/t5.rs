//! The encoder of T5 (Raffel et al.: Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer,
//! JMLR 21, 2020) and of mT5 (Xue et al., NAACL 2021).
//!
//! No bias anywhere, norms without a shift before each part, positions in attention alone, and products of queries and
//! keys that are not divided by the root of their width. Releases from 1.1 on have gated GELU where the first had ReLU.
//! A checkpoint is mostly of the whole model: its decoder is left out.

use serde_json::Value;
use triglot_sdk::Result;

use super::Family;
use crate::kernels::activation::Activation;
use crate::kernels::attention::Shape;
use crate::kernels::dropout::Site;
use crate::options::{MAX_VOCABULARY, MIN_EPSILON};
use crate::transformer::config::{
    Config, Fields, MAX_HIDDEN, MAX_INTERMEDIATE, MAX_LAYERS, MAX_POSITIONS, Order,
};
use crate::transformer::embeddings::Positions;
use crate::transformer::layout::{EmbeddingsAt, Entries, LayerAt, Layout};
use crate::transformer::pass::{Probabilities, Rate};
use crate::transformer::relative::Buckets;

/// Where config.json says nothing, transformers has these.
const DROPOUT: f64 = 0.1;
const EPSILON: f64 = 1e-6;
const BUCKETS: usize = 32;
const DISTANCE: usize = 128;

/// Most buckets of a table that is read.
const MAX_BUCKETS: usize = 1 << 16;
/// Fewest: one distance and one range, in either direction.
const MIN_BUCKETS: usize = 4;

pub(super) static T5: Family = Family {
    model_type: "t5",
    class: "T5EncoderModel",
    read: |family, fields| read(family, fields, "relu"),
    prefix: "transformer.",
    heads: &["decoder.", "lm_head."],
    renamed: &[(WORDS, WORDS_AGAIN)],
    repeated: &[(WORDS, WORDS_AGAIN)],
    padding: 0,
    sentencepiece: true,
    sites: &[
        (Site::Embeddings, Rate::Hidden),
        (Site::Attention, Rate::Attention),
        (Site::AttentionOutput, Rate::Hidden),
        (Site::Inner, Rate::Hidden),
        (Site::Output, Rate::Hidden),
        (Site::Final, Rate::Hidden),
    ],
};

pub(super) static MT5: Family = Family {
    model_type: "mt5",
    class: "MT5EncoderModel",
    read: |family, fields| read(family, fields, "gated-gelu"),
    ..T5
};

/// The table of words, which encoder and decoder share, and the encoder's name for it.
const WORDS: &str = "shared.weight";
const WORDS_AGAIN: &str = "encoder.embed_tokens.weight";

/// The names of feed-forward networks; the gated GELU is the approximation by tanh.
const FEED_FORWARD: [(&str, bool, Activation); 5] = [
    ("relu", false, Activation::Relu),
    ("gated-gelu", true, Activation::GeluTanh),
    ("gated-relu", true, Activation::Relu),
    ("gated-silu", true, Activation::Silu),
    ("gelu", false, Activation::Gelu),
];

fn read(family: &'static Family, fields: &Fields<'_>, feed_forward: &str) -> Result<Config> {
    let hidden = fields.size("d_model", MAX_HIDDEN)?;
    let (heads, width) = (fields.size("num_heads", MAX_HIDDEN)?, fields.size("d_kv", MAX_HIDDEN)?);
    let vocab_size = fields.size("vocab_size", MAX_VOCABULARY)?;
    let layers = fields.size("num_layers", MAX_LAYERS)?;
    let names = FEED_FORWARD.map(|(name, ..)| Value::from(name));
    let found = match fields.get("feed_forward_proj") {
        Value::Null => FEED_FORWARD.iter().position(|(name, ..)| *name == feed_forward),
        _ => Some(fields.one_of("feed_forward_proj", &names)?),
    };
    let (_, gated, activation) = FEED_FORWARD[found.unwrap_or(0)];
    let number =
        fields.size_or("relative_attention_num_buckets", BUCKETS, MIN_BUCKETS, MAX_BUCKETS)?;
    let nearest = number / 4 + 1;
    let max_distance =
        fields.size_or("relative_attention_max_distance", DISTANCE, nearest, MAX_POSITIONS)?;
    let dimensions = Dimensions {
        hidden,
        attention: heads * width,
        intermediate: fields.size("d_ff", MAX_INTERMEDIATE)?,
        gated,
    };

    let mut all = Entries::default();
    let word = all.table("shared", vocab_size, hidden);
    let mut buckets = None;
    let layers = (0..layers).map(|i| {
        let (layer, table) = dimensions.layer(&mut all, i, (i == 0).then_some([number, heads]));
        buckets = buckets.or(table.map(|table| Buckets { table, number, max_distance }));
        layer
    });
    let layers = layers.collect();
    let final_norm = Some(all.scale("encoder.final_layer_norm", hidden));
    let dropout = fields.probability("dropout_rate", DROPOUT)?;
    Ok(Config {
        family,
        hidden_size: hidden,
        vocab_size,
        max_tokens: MAX_POSITIONS,
        positions: Positions::None,
        heads: Shape { heads, width, scale: 1.0 },
        order: Order::PreNorm { centred: false },
        activation,
        gated,
        epsilon: fields.number("layer_norm_epsilon", EPSILON, MIN_EPSILON, 1.0)?,
        dropout: Probabilities { hidden: dropout, attention: dropout },
        pad_token_id: fields.padding(family, vocab_size)?,
        still_word: None,
        layout: Layout {
            entries: all.0,
            embeddings: EmbeddingsAt { word, position: None, token_type: None, norm: None },
            layers,
            final_norm,
            buckets,
            pooler: Vec::new(),
        },
        raw: fields.raw.clone(),
    })
}

/// The sizes that a layer follows from.
struct Dimensions {
    hidden: usize,
    /// All heads together.
    attention: usize,
    intermediate: usize,
    gated: bool,
}

impl Dimensions {
    /// The parameters of a layer, and the place of the table of buckets if it has one of this shape.
    fn layer(
        &self,
        all: &mut Entries,
        i: usize,
        buckets: Option<[usize; 2]>,
    ) -> (LayerAt, Option<usize>) {
        let name = |part: &str| format!("encoder.block.{i}.layer.{part}");
        let query_key_value = ["q", "k", "v"].map(|part| {
            all.weight(&name(&format!("0.SelfAttention.{part}")), self.attention, self.hidden)
        });
        let attention_output = all.weight(&name("0.SelfAttention.o"), self.hidden, self.attention);
        let table = buckets.map(|[rows, heads]| {
            all.weight(&name("0.SelfAttention.relative_attention_bias"), rows, heads).weight
        });
        let attention_norm = all.scale(&name("0.layer_norm"), self.hidden);
        let inner: &[&str] = if self.gated { &["wi_0", "wi_1"] } else { &["wi"] };
        let inner = inner.iter().map(|part| {
            all.weight(&name(&format!("1.DenseReluDense.{part}")), self.intermediate, self.hidden)
        });
        let inner = inner.collect();
        let layer = LayerAt {
            query_key_value: query_key_value.to_vec(),
            attention_output,
            attention_norm: Some(attention_norm),
            rotary: None,
            inner,
            outer: all.weight(&name("1.DenseReluDense.wo"), self.hidden, self.intermediate),
            output_norm: all.scale(&name("1.layer_norm"), self.hidden),
        };
        (layer, table)
    }
}
