//! BERT (Devlin et al.: BERT, NAACL 2019), and RoBERTa and XLM-RoBERTa, which changed its training and the numbering
//! of its positions (Liu et al., arXiv 1907.11692; Conneau et al., ACL 2020).
//!
//! multilingual BERT, MiniLM, E5 and LaBSE are BERTs.

use serde_json::Value;
use triglot_sdk::Result;

use super::Family;
use crate::kernels::attention::Shape;
use crate::kernels::dropout::Site;
use crate::options::{MAX_VOCABULARY, MIN_EPSILON};
use crate::transformer::config::{
    Config, Fields, MAX_HIDDEN, MAX_INTERMEDIATE, MAX_LAYERS, MAX_POSITIONS, MAX_TYPES, Order,
};
use crate::transformer::embeddings::Positions;
use crate::transformer::layout::{EmbeddingsAt, Entries, LayerAt, Layout};
use crate::transformer::pass::{Probabilities, Rate, Sites};

/// The dropout of transformers where config.json says nothing.
const DROPOUT: f64 = 0.1;

const SITES: Sites = &[
    (Site::Embeddings, Rate::Hidden),
    (Site::Attention, Rate::Attention),
    (Site::AttentionOutput, Rate::Hidden),
    (Site::Output, Rate::Hidden),
];

pub(super) static BERT: Family = Family {
    model_type: "bert",
    class: "BertModel",
    read,
    prefix: "bert.",
    // Masked language modelling and next sentence prediction.
    heads: &["cls."],
    // As TensorFlow calls the parts of a layer normalisation.
    renamed: &[("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")],
    repeated: &[],
    padding: 0,
    sentencepiece: false,
    sites: SITES,
};

pub(super) static ROBERTA: Family = Family {
    model_type: "roberta",
    class: "RobertaModel",
    read: read_roberta,
    prefix: "roberta.",
    heads: &["lm_head."],
    renamed: &[],
    repeated: &[],
    padding: 1,
    sentencepiece: false,
    sites: SITES,
};

pub(super) static XLM_ROBERTA: Family =
    Family { model_type: "xlm-roberta", class: "XLMRobertaModel", ..ROBERTA };

fn read(family: &'static Family, fields: &Fields<'_>) -> Result<Config> {
    fields.one_of("position_embedding_type", &["absolute".into(), Value::Null])?;
    fields.one_of("is_decoder", &[false.into(), Value::Null])?;
    fields.one_of("add_cross_attention", &[false.into(), Value::Null])?;
    let hidden_size = fields.size("hidden_size", MAX_HIDDEN)?;
    let heads = fields.divisor("num_attention_heads", "hidden_size", hidden_size)?;
    let vocab_size = fields.size("vocab_size", MAX_VOCABULARY)?;
    let pad_token_id = fields.padding(family, vocab_size)?;
    let positions = fields.size("max_position_embeddings", MAX_POSITIONS)?;
    let dimensions = Dimensions {
        hidden: hidden_size,
        layers: fields.size("num_hidden_layers", MAX_LAYERS)?,
        intermediate: fields.size("intermediate_size", MAX_INTERMEDIATE)?,
        vocabulary: vocab_size,
        positions,
        types: fields.size("type_vocab_size", MAX_TYPES)?,
    };
    Ok(Config {
        family,
        hidden_size,
        vocab_size,
        max_tokens: positions,
        positions: Positions::FromZero,
        heads: Shape::scaled(heads, hidden_size / heads),
        order: Order::PostNorm,
        activation: fields.activation("hidden_act")?,
        gated: false,
        epsilon: fields.number("layer_norm_eps", 1e-12, MIN_EPSILON, 1.0)?,
        dropout: Probabilities {
            hidden: fields.probability("hidden_dropout_prob", DROPOUT)?,
            attention: fields.probability("attention_probs_dropout_prob", DROPOUT)?,
        },
        pad_token_id,
        still_word: pad_token_id,
        layout: dimensions.layout(),
        raw: fields.raw.clone(),
    })
}

/// As BERT, but positions are counted from the one after the padding's id.
fn read_roberta(family: &'static Family, fields: &Fields<'_>) -> Result<Config> {
    let config = read(family, fields)?;
    let padding = config.pad_token_id.unwrap_or(family.padding);
    let before = padding as usize + 1;
    if config.max_tokens <= before {
        return Err(fields.refused(
            "max_position_embeddings",
            config.max_tokens,
            format_args!("more than {before}, since positions begin after `pad_token_id`"),
        ));
    }
    Ok(Config {
        max_tokens: config.max_tokens - before,
        positions: Positions::AfterPadding(padding),
        pad_token_id: Some(padding),
        still_word: Some(padding),
        ..config
    })
}

/// The sizes that the layout follows from.
struct Dimensions {
    hidden: usize,
    layers: usize,
    intermediate: usize,
    vocabulary: usize,
    positions: usize,
    types: usize,
}

impl Dimensions {
    /// The parameters as `BertModel` lists them.
    fn layout(&self) -> Layout {
        let hidden = self.hidden;
        let mut all = Entries::default();
        let embeddings = EmbeddingsAt {
            word: all.table("embeddings.word_embeddings", self.vocabulary, hidden),
            position: Some(all.table("embeddings.position_embeddings", self.positions, hidden)),
            token_type: Some(all.table("embeddings.token_type_embeddings", self.types, hidden)),
            norm: Some(all.norm("embeddings.LayerNorm", hidden)),
        };
        let layers = (0..self.layers).map(|i| self.layer(&mut all, i)).collect();
        let mut pooler = Entries::default();
        pooler.linear("pooler.dense", hidden, hidden);
        Layout {
            entries: all.0,
            embeddings,
            layers,
            final_norm: None,
            buckets: None,
            pooler: pooler.0,
        }
    }

    fn layer(&self, all: &mut Entries, i: usize) -> LayerAt {
        let (hidden, intermediate) = (self.hidden, self.intermediate);
        let name = |part: &str| format!("encoder.layer.{i}.{part}");
        let query_key_value = ["query", "key", "value"]
            .map(|part| all.linear(&name(&format!("attention.self.{part}")), hidden, hidden));
        LayerAt {
            query_key_value: query_key_value.to_vec(),
            attention_output: all.linear(&name("attention.output.dense"), hidden, hidden),
            attention_norm: Some(all.norm(&name("attention.output.LayerNorm"), hidden)),
            rotary: None,
            inner: vec![all.linear(&name("intermediate.dense"), intermediate, hidden)],
            outer: all.linear(&name("output.dense"), hidden, intermediate),
            output_norm: all.norm(&name("output.LayerNorm"), hidden),
        }
    }
}
