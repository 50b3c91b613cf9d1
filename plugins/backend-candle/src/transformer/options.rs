//! The options of `candle/encoder`.
//!
//! The host checks a manifest against the schema first, so that its error points into the manifest;
//! [`Options::check`] holds the same bounds for a caller that did not. Bounds that only the folder knows, such as how
//! many positions the model has, are held when it is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result};

use super::adapter::LoraOptions;
use super::config::MAX_POSITIONS;
use super::freeze::Freeze;
use crate::options::{OptimizerOptions, between};
use crate::tensors::Precision;

/// A special token before the text and one after it.
const MIN_TOKENS: usize = 2;

/// Options of a pretrained encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// A folder in Hugging Face's layout: config.json, tokenizer.json (a T5's may be spiece.model), and model.safetensors
    /// or pytorch_model.bin, whole or in shards; where it has a modules.json of sentence-transformers, that says where they
    /// lie and what follows on the model. The model is a BERT, RoBERTa, XLM-RoBERTa, DistilBERT or ModernBERT, or the
    /// encoder of a T5 or mT5.
    #[schemars(extend("format" = "path"), length(min = 1))]
    pub weights: String,
    /// How a text's tokens become one embedding; unless given, as the folder's pooling module does, else their mean.
    #[serde(default)]
    pub pooling: Option<Pooling>,
    /// Whether an embedding is brought to unit length.
    #[serde(default = "yes")]
    pub normalize: bool,
    /// What is put before every query, perhaps nothing; unless given, the folder's prompt.
    #[serde(default)]
    pub query_prefix: Option<String>,
    /// What is put before every passage, perhaps nothing; unless given, the folder's prompt.
    #[serde(default)]
    pub passage_prefix: Option<String>,
    /// Tokens of a query that count, special tokens and prefix included; the rest is cut off.
    #[serde(default = "query_tokens")]
    #[schemars(range(min = MIN_TOKENS, max = MAX_POSITIONS))]
    pub max_query_tokens: usize,
    /// Tokens of a passage that count, special tokens and prefix included; the rest is cut off.
    #[serde(default = "passage_tokens")]
    #[schemars(range(min = MIN_TOKENS, max = MAX_POSITIONS))]
    pub max_passage_tokens: usize,
    /// The probability of dropout in training, in place of both that the folder has.
    #[serde(default)]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub dropout: Option<f64>,
    /// What is not trained: `"encoder"`, all but what follows on the last layer; or a table of the embeddings and the
    /// number of the lowest layers, such as `{ embeddings = true, layers = 6 }`.
    #[serde(default)]
    pub freeze: Option<Freeze>,
    /// Trains low-rank adapters (LoRA) and leaves all other weights of the encoder as they are; `{}` is enough.
    #[serde(default)]
    pub lora: Option<LoraOptions>,
    /// Where the layers are computed: `auto`, `cpu` or `cuda:N`; with `auto` on the first GPU that a library built for
    /// GPUs finds, else on the CPU. Parameters and optimiser stay in main memory.
    #[serde(default = "auto")]
    #[schemars(regex(pattern = "^(auto|cpu|cuda:[0-9]{1,4})$"))]
    pub device: String,
    /// The precision of the weights in an exported folder, rounded to the nearest; training and its checkpoints are in
    /// `f32` whatever it is.
    #[serde(default)]
    pub export_dtype: Precision,
    /// The optimiser, AdamW; learning rate, weight decay and clipping belong to the stage.
    #[serde(default)]
    pub optimizer: OptimizerOptions,
}

/// How the last hidden states of a text's tokens become one embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Their mean, special tokens included.
    Mean,
    /// The first one, that of the special token before the text.
    Cls,
    /// The largest number of each column.
    Max,
    /// The last one, mostly that of the special token after the text.
    Last,
    /// The first one through the model's own pooler, a dense layer with tanh.
    Pooler,
    /// Their mean with weights 1, 2, 3, … from the first to the last.
    WeightedMean,
    /// Their sum, divided by the root of their number.
    MeanSqrtLen,
}

fn auto() -> String {
    "auto".into()
}

fn yes() -> bool {
    true
}

fn query_tokens() -> usize {
    64
}

fn passage_tokens() -> usize {
    256
}

impl Options {
    /// Holds every number against its bounds.
    pub(crate) fn check(&self) -> Result<()> {
        between("max_query_tokens", self.max_query_tokens, MIN_TOKENS, MAX_POSITIONS)?;
        between("max_passage_tokens", self.max_passage_tokens, MIN_TOKENS, MAX_POSITIONS)?;
        if let Some(dropout) = self.dropout {
            between("dropout", dropout, 0.0, 1.0 - f64::EPSILON)?;
        }
        if let Some(lora) = &self.lora {
            lora.check()?;
            if self.freeze.is_some() {
                return Err(Error::invalid(
                    "freeze: found beside `lora`, which leaves all weights of the encoder as they are; allowed is one of \
                     the two",
                ));
            }
        }
        self.optimizer.check()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn options(given: Value) -> Options {
        serde_json::from_value(given).unwrap()
    }

    #[test]
    fn a_folder_is_enough() {
        let options = options(json!({ "weights": "e5-small" }));
        options.check().unwrap();
        assert_eq!(options.pooling, None);
        assert!(options.normalize);
        assert_eq!((options.max_query_tokens, options.max_passage_tokens), (64, 256));
        assert!(serde_json::from_value::<Options>(json!({})).is_err());
        assert!(serde_json::from_value::<Options>(json!({ "weights": "a", "poling": 1 })).is_err());
    }

    #[test]
    fn the_schema_states_bounds_defaults_and_the_path() {
        let schema = serde_json::to_value(schemars::schema_for!(Options)).unwrap();
        let at = |pointer: &str| schema.pointer(pointer).cloned().unwrap_or(Value::Null);
        assert_eq!(at("/properties/weights/format"), json!("path"));
        assert_eq!(at("/required"), json!(["weights"]));
        assert_eq!(at("/properties/normalize/default"), json!(true));
        assert_eq!(at("/properties/max_query_tokens/default"), json!(64));
        assert_eq!(at("/properties/max_passage_tokens/minimum"), json!(2));
        assert_eq!(at("/properties/dropout/exclusiveMaximum"), json!(1.0));
        assert_eq!(at("/additionalProperties"), json!(false));
    }

    #[test]
    fn a_number_out_of_bounds_is_named_with_what_is_allowed() {
        let error = |given: Value| options(given).check().unwrap_err().message().to_owned();
        assert_eq!(
            error(json!({ "weights": "a", "max_query_tokens": 1 })),
            "max_query_tokens: found 1, allowed is 2 to 1048576"
        );
        assert!(error(json!({ "weights": "a", "dropout": 1.0 })).starts_with("dropout: found 1"));
        assert!(error(json!({ "weights": "a", "dropout": -0.1 })).contains("found -0.1"));
        assert!(error(json!({ "weights": "a", "max_passage_tokens": 1 })).contains("passage"));
    }
}
