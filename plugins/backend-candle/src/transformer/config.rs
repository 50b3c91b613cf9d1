//! The config.json of a BERT, checked.
//!
//! A value that this encoder would have to ignore is refused: the embeddings would silently be others than the
//! folder's. What does not matter to embeddings is kept as it was read, and written back by save and export.

use std::fmt::Display;
use std::path::Path;

use serde_json::{Map, Value};
use triglot_sdk::{Error, Result};

use crate::options::{MAX_VOCABULARY, MIN_EPSILON};

/// Most positions, and so the longest text, of any model that is read.
pub(crate) const MAX_POSITIONS: usize = 1 << 20;
const MAX_HIDDEN: usize = 16_384;
const MAX_INTERMEDIATE: usize = 131_072;
const MAX_LAYERS: usize = 1024;
const MAX_TYPES: usize = 1024;

/// What a model is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// Length of a token's hidden state, and of an embedding.
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    /// Heads of the attention, each `hidden_size / num_attention_heads` wide.
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f64,
    pub hidden_dropout_prob: f64,
    pub attention_probs_dropout_prob: f64,
    /// The token that fills batches up elsewhere; here nothing is filled up.
    pub pad_token_id: Option<u32>,
    /// All that the file says.
    pub raw: Map<String, Value>,
}

impl Config {
    /// Reads the content of the file `path`.
    pub(crate) fn from_json(path: &Path, bytes: &[u8]) -> Result<Self> {
        let raw: Map<String, Value> = serde_json::from_slice(bytes)
            .map_err(|error| Error::invalid(format!("{}: {error}", path.display())))?;
        let fields = Fields { path, raw: &raw };

        fields.one_of("model_type", &["bert".into()])?;
        // The exact GELU, by the error function.
        fields.one_of("hidden_act", &["gelu".into(), Value::Null])?;
        fields.one_of("position_embedding_type", &["absolute".into(), Value::Null])?;
        fields.one_of("is_decoder", &[false.into(), Value::Null])?;
        fields.one_of("add_cross_attention", &[false.into(), Value::Null])?;
        fields.one_of("quantization_config", &[Value::Null])?;
        let hidden_size = fields.size("hidden_size", MAX_HIDDEN)?;
        let num_attention_heads = fields.size("num_attention_heads", MAX_HIDDEN)?;
        if !hidden_size.is_multiple_of(num_attention_heads) {
            return Err(fields.refused(
                "num_attention_heads",
                num_attention_heads,
                format_args!("a divisor of `hidden_size`, {hidden_size}"),
            ));
        }
        let vocab_size = fields.size("vocab_size", MAX_VOCABULARY)?;
        Ok(Self {
            hidden_size,
            num_hidden_layers: fields.size("num_hidden_layers", MAX_LAYERS)?,
            num_attention_heads,
            intermediate_size: fields.size("intermediate_size", MAX_INTERMEDIATE)?,
            vocab_size,
            max_position_embeddings: fields.size("max_position_embeddings", MAX_POSITIONS)?,
            type_vocab_size: fields.size("type_vocab_size", MAX_TYPES)?,
            layer_norm_eps: fields.number("layer_norm_eps", 1e-12, MIN_EPSILON, 1.0)?,
            hidden_dropout_prob: fields.probability("hidden_dropout_prob")?,
            attention_probs_dropout_prob: fields.probability("attention_probs_dropout_prob")?,
            pad_token_id: fields.token("pad_token_id", vocab_size)?,
            raw,
        })
    }
}

/// The fields of the file, with errors that name them.
struct Fields<'a> {
    path: &'a Path,
    raw: &'a Map<String, Value>,
}

impl Fields<'_> {
    fn get(&self, key: &str) -> &Value {
        self.raw.get(key).unwrap_or(&Value::Null)
    }

    /// A value that must be one of these; null stands for a key that is not there.
    fn one_of(&self, key: &str, allowed: &[Value]) -> Result<()> {
        if allowed.contains(self.get(key)) {
            return Ok(());
        }
        let names: Vec<String> = allowed.iter().map(|value| shown(value).to_string()).collect();
        Err(self.refused(key, shown(self.get(key)), names.join(" or ")))
    }

    fn size(&self, key: &str, max: usize) -> Result<usize> {
        let found = self.get(key);
        let size = found.as_u64().and_then(|size| usize::try_from(size).ok());
        match size {
            Some(size) if (1..=max).contains(&size) => Ok(size),
            _ => Err(self.refused(key, shown(found), format_args!("1 to {max}"))),
        }
    }

    fn number(&self, key: &str, default: f64, min: f64, max: f64) -> Result<f64> {
        match self.get(key) {
            Value::Null => Ok(default),
            found => match found.as_f64() {
                Some(number) if (min..=max).contains(&number) => Ok(number),
                _ => Err(self.refused(key, shown(found), format_args!("{min:e} to {max:e}"))),
            },
        }
    }

    /// A probability of dropout; the default is that of transformers.
    fn probability(&self, key: &str) -> Result<f64> {
        match self.get(key) {
            Value::Null => Ok(0.1),
            found => match found.as_f64() {
                Some(number) if (0.0..1.0).contains(&number) => Ok(number),
                _ => Err(self.refused(key, shown(found), "0 up to, but without, 1")),
            },
        }
    }

    fn token(&self, key: &str, vocab_size: usize) -> Result<Option<u32>> {
        match self.get(key) {
            Value::Null => Ok(None),
            found => match found.as_u64().and_then(|id| u32::try_from(id).ok()) {
                Some(id) if (id as usize) < vocab_size => Ok(Some(id)),
                _ => Err(self.refused(
                    key,
                    shown(found),
                    format_args!("0 to {}, one less than `vocab_size`", vocab_size - 1),
                )),
            },
        }
    }

    fn refused(&self, key: &str, found: impl Display, allowed: impl Display) -> Error {
        let path = self.path.display();
        Error::invalid(format!("{path}: `{key}`: found {found}, allowed is {allowed}"))
    }
}

fn shown(value: &Value) -> &dyn Display {
    match value {
        Value::Null => &"nothing",
        value => value,
    }
}
