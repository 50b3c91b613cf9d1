//! The config.json of a model, checked, and told in words that all families share.
//!
//! A value that this encoder would have to ignore is refused: the embeddings would silently be others than the
//! folder's. What does not matter to embeddings is kept as it was read, and written back by save and export.

use std::fmt::Display;
use std::path::Path;

use serde_json::{Map, Value};
use triglot_sdk::{Error, Result};

use super::embeddings::Positions;
use super::family::{self, Family};
use super::layout::Layout;
use super::pass::Probabilities;
use crate::kernels::activation::Activation;
use crate::kernels::attention::Shape;

/// Most positions, and so the longest text, of any model that is read.
pub(crate) const MAX_POSITIONS: usize = 1 << 20;
pub(super) const MAX_HIDDEN: usize = 16_384;
pub(super) const MAX_INTERMEDIATE: usize = 131_072;
pub(super) const MAX_LAYERS: usize = 1024;
pub(super) const MAX_TYPES: usize = 1024;

/// What a model is, whatever its family calls it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// What its family has in common: names of tensors, sites of dropout.
    pub family: &'static Family,
    /// Length of a token's hidden state.
    pub hidden_size: usize,
    pub vocab_size: usize,
    /// Most tokens of a text.
    pub max_tokens: usize,
    pub positions: Positions,
    pub heads: Shape,
    pub order: Order,
    pub activation: Activation,
    /// Whether the activation is multiplied by a linear map beside it.
    pub gated: bool,
    /// Added to a variance.
    pub epsilon: f64,
    /// Dropout in training, unless the options say otherwise.
    pub dropout: Probabilities,
    /// The token that fills batches up elsewhere; here nothing is filled up.
    pub pad_token_id: Option<u32>,
    /// The row of the table of words that has no gradient, as `padding_idx` of `torch.nn.Embedding`.
    pub still_word: Option<u32>,
    /// The parameters and their places.
    pub layout: Layout,
    /// All that the file says.
    pub raw: Map<String, Value>,
}

/// Where layers normalise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// After each residual sum, with scale and shift.
    PostNorm,
    /// Before attention and feed-forward network, with a scale alone; `centred` if the mean is subtracted.
    PreNorm { centred: bool },
}

/// The names of activations in config.json.
const ACTIVATIONS: [(&str, Activation); 5] = [
    ("gelu", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("relu", Activation::Relu),
    ("silu", Activation::Silu),
];

impl Config {
    /// Reads the content of the file `path`.
    pub(crate) fn from_json(path: &Path, bytes: &[u8]) -> Result<Self> {
        let raw: Map<String, Value> = serde_json::from_slice(bytes)
            .map_err(|error| Error::invalid(format!("{}: {error}", path.display())))?;
        let fields = Fields { path, raw: &raw };
        fields.one_of("quantization_config", &[Value::Null])?;
        let family = family::of(&fields)?;
        (family.read)(family, &fields)
    }

    /// Whether normalisations subtract the mean.
    pub(crate) fn centred(&self) -> bool {
        self.order != Order::PreNorm { centred: false }
    }
}

/// The fields of the file, with errors that name them.
pub(crate) struct Fields<'a> {
    path: &'a Path,
    pub raw: &'a Map<String, Value>,
}

impl Fields<'_> {
    pub(super) fn get(&self, key: &str) -> &Value {
        self.raw.get(key).unwrap_or(&Value::Null)
    }

    /// A value that must be one of these, and which; null stands for a key that is not there.
    pub(super) fn one_of(&self, key: &str, allowed: &[Value]) -> Result<usize> {
        if let Some(found) = allowed.iter().position(|value| value == self.get(key)) {
            return Ok(found);
        }
        let names: Vec<String> = allowed.iter().map(|value| shown(value).to_string()).collect();
        Err(self.refused(key, shown(self.get(key)), names.join(" or ")))
    }

    pub(super) fn size(&self, key: &str, max: usize) -> Result<usize> {
        self.size_from(key, 1, max)
    }

    /// A size that config.json need not have.
    pub(super) fn size_or(
        &self,
        key: &str,
        default: usize,
        min: usize,
        max: usize,
    ) -> Result<usize> {
        match self.get(key) {
            Value::Null => Ok(default),
            _ => self.size_from(key, min, max),
        }
    }

    fn size_from(&self, key: &str, min: usize, max: usize) -> Result<usize> {
        let found = self.get(key);
        let size = found.as_u64().and_then(|size| usize::try_from(size).ok());
        match size {
            Some(size) if (min..=max).contains(&size) => Ok(size),
            _ => Err(self.refused(key, shown(found), format_args!("{min} to {max}"))),
        }
    }

    /// An activation by its name; the exact GELU if none is named.
    pub(super) fn activation(&self, key: &str) -> Result<Activation> {
        let names = ACTIVATIONS.map(|(name, _)| Value::from(name));
        if self.get(key).is_null() {
            return Ok(Activation::Gelu);
        }
        Ok(ACTIVATIONS[self.one_of(key, &names)?].1)
    }

    /// A size that must divide that of another key.
    pub(super) fn divisor(&self, key: &str, of: &str, whole: usize) -> Result<usize> {
        let found = self.size(key, MAX_HIDDEN)?;
        match whole.is_multiple_of(found) {
            true => Ok(found),
            false => Err(self.refused(key, found, format_args!("a divisor of `{of}`, {whole}"))),
        }
    }

    pub(super) fn number(&self, key: &str, default: f64, min: f64, max: f64) -> Result<f64> {
        match self.get(key) {
            Value::Null => Ok(default),
            found => match found.as_f64() {
                Some(number) if (min..=max).contains(&number) => Ok(number),
                _ => Err(self.refused(key, shown(found), format_args!("{min:e} to {max:e}"))),
            },
        }
    }

    /// A probability of dropout.
    pub(super) fn probability(&self, key: &str, default: f64) -> Result<f64> {
        match self.get(key) {
            Value::Null => Ok(default),
            found => match found.as_f64() {
                Some(number) if (0.0..1.0).contains(&number) => Ok(number),
                _ => Err(self.refused(key, shown(found), "0 up to, but without, 1")),
            },
        }
    }

    /// The id of the padding: that of the family where the key is absent, none where it is null.
    pub(super) fn padding(&self, family: &Family, vocab_size: usize) -> Result<Option<u32>> {
        let key = "pad_token_id";
        let found = match self.raw.get(key) {
            Some(Value::Null) => return Ok(None),
            Some(found) => found.as_u64().and_then(|id| u32::try_from(id).ok()),
            None => Some(family.padding),
        };
        match found {
            Some(id) if (id as usize) < vocab_size => Ok(Some(id)),
            _ => {
                let allowed = format_args!("0 to {}, one less than `vocab_size`", vocab_size - 1);
                let absent = || format!("nothing, which stands for {}", family.padding);
                let found = self.raw.get(key).map_or_else(absent, Value::to_string);
                Err(self.refused(key, found, allowed))
            }
        }
    }

    pub(super) fn refused(&self, key: &str, found: impl Display, allowed: impl Display) -> Error {
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
