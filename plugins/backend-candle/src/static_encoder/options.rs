//! The options of `candle/static`.
//!
//! The host checks a manifest against the schema first, so that its error points into the manifest;
//! [`Options::check`] holds the same bounds for a caller that did not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Result, Role};

use crate::dense::Activation;
use crate::options::{MAX_VOCABULARY, OptimizerOptions, between};

/// Longest row of the table and longest embedding.
const MAX_DIM: usize = 16_384;
/// The bytes: a vocabulary without them would have texts that it cannot spell.
const MIN_VOCABULARY: usize = 256;
const MAX_TOKENS: usize = 1 << 20;

/// Options of a static encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// A folder in the layout of sentence-transformers to begin from: a `StaticEmbedding`, then perhaps a `Dense`, as
    /// this backend exports it. What it holds decides: `dim`, `vocab_size`, `tokenizer`, `lowercase`, `dense` and
    /// `init_scale` describe new models only. A prefix that is not given is the folder's prompt.
    #[schemars(extend("format" = "path"))]
    pub weights: Option<String>,
    /// Length of a row of a new token table; without a dense layer also the length of an embedding.
    #[schemars(range(min = 1, max = MAX_DIM))]
    pub dim: usize,
    /// Largest vocabulary of the tokenizer that is trained on the training texts; the 256 bytes are in it.
    #[schemars(range(min = MIN_VOCABULARY, max = MAX_VOCABULARY))]
    pub vocab_size: usize,
    /// A tokenizer.json for a new model to use instead of training a tokenizer.
    #[schemars(extend("format" = "path"))]
    pub tokenizer: Option<String>,
    /// Whether the tokenizer that is trained reads all text in lower case.
    pub lowercase: bool,
    /// A dense layer after the mean of a new model; none unless given.
    pub dense: Option<DenseOptions>,
    /// What is put before every query.
    pub query_prefix: Option<String>,
    /// What is put before every passage.
    pub passage_prefix: Option<String>,
    /// Tokens of a text that count, its prefix included; the rest is cut off.
    #[schemars(range(min = 1, max = MAX_TOKENS))]
    pub max_tokens: usize,
    /// Standard deviation of the new table's numbers, which are drawn from a normal distribution.
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub init_scale: f64,
    /// Where the dense layer is computed: `auto`, `cpu` or `cuda:N`. The table stays in main memory, since a mean of
    /// rows waits for memory and not for arithmetic.
    #[schemars(regex(pattern = "^(auto|cpu|cuda:[0-9]{1,4})$"))]
    pub device: String,
    /// The optimiser, AdamW; learning rate, weight decay and clipping belong to the stage.
    pub optimizer: OptimizerOptions,
}

/// A dense layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DenseOptions {
    /// Length of an embedding.
    #[schemars(range(min = 1, max = MAX_DIM))]
    pub dim: usize,
    /// What follows the linear map.
    #[serde(default)]
    pub activation: Activation,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            weights: None,
            dim: 256,
            vocab_size: 16_384,
            tokenizer: None,
            lowercase: true,
            dense: None,
            query_prefix: None,
            passage_prefix: None,
            max_tokens: 256,
            init_scale: 0.05,
            device: "auto".into(),
            optimizer: OptimizerOptions::default(),
        }
    }
}

impl Options {
    /// Holds every number against its bounds.
    pub(crate) fn check(&self) -> Result<()> {
        between("dim", self.dim, 1, MAX_DIM)?;
        between("vocab_size", self.vocab_size, MIN_VOCABULARY, MAX_VOCABULARY)?;
        between("max_tokens", self.max_tokens, 1, MAX_TOKENS)?;
        between("init_scale", self.init_scale, 0.0, 1000.0)?;
        if let Some(dense) = &self.dense {
            between("dense.dim", dense.dim, 1, MAX_DIM)?;
        }
        self.optimizer.check()
    }

    /// These options for a model that is there already: its shapes rule, and its prefixes where none are given.
    pub(crate) fn of_existing(
        &self,
        dim: usize,
        dense: Option<DenseOptions>,
        query_prefix: String,
        passage_prefix: String,
    ) -> Result<Self> {
        let mut options = Self { dim, dense, ..self.clone() };
        options.query_prefix.get_or_insert(query_prefix);
        options.passage_prefix.get_or_insert(passage_prefix);
        options.check()?;
        Ok(options)
    }

    /// What is put before a text of this role.
    pub(crate) fn prefix(&self, role: Role) -> &str {
        match role {
            Role::Query => self.query_prefix.as_deref().unwrap_or_default(),
            Role::Passage => self.passage_prefix.as_deref().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_empty_table_of_options_gives_the_defaults_and_they_pass() {
        let options: Options = serde_json::from_value(json!({})).unwrap();
        assert_eq!(options, Options::default());
        options.check().unwrap();
    }

    #[test]
    fn the_schema_states_bounds_defaults_and_the_path() {
        let schema = serde_json::to_value(schemars::schema_for!(Options)).unwrap();
        let at = |pointer: &str| schema.pointer(pointer).cloned().unwrap_or(Value::Null);
        assert_eq!(at("/properties/dim/minimum"), json!(1));
        assert_eq!(at("/properties/dim/default"), json!(256));
        assert_eq!(at("/properties/vocab_size/minimum"), json!(256));
        assert_eq!(at("/properties/tokenizer/format"), json!("path"));
        assert_eq!(at("/properties/weights/format"), json!("path"));
        assert_eq!(at("/properties/device/default"), json!("auto"));
        assert!(at("/properties/device/pattern").as_str().unwrap().contains("cuda"));
        assert_eq!(at("/$defs/OptimizerOptions/properties/beta1/exclusiveMaximum"), json!(1.0));
        assert_eq!(at("/additionalProperties"), json!(false));
    }

    #[test]
    fn a_number_out_of_bounds_is_named_with_what_is_allowed() {
        let mut options = Options { dim: 0, ..Options::default() };
        let error = options.check().unwrap_err();
        assert_eq!(error.message(), "dim: found 0, allowed is 1 to 16384");
        options.dim = 1;
        options.optimizer.beta1 = f64::NAN;
        assert!(options.check().is_err());
    }
}
