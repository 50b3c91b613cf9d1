//! What a folder gives: a checked config, a tokenizer that fits it, parameters in their order, and how embeddings are
//! made of them.

use serde::{Deserialize, Serialize};
use triglot_sdk::Role;

use super::config::Config;
use super::options::Pooling;
use super::tokenizer::TextTokenizer;
use crate::parameter::Parameter;

/// An encoder as import and load give it, and as export and save take it.
#[derive(Debug)]
pub(crate) struct Pretrained {
    pub config: Config,
    pub tokenizer: TextTokenizer,
    /// In the order of [`super::layout::layout`].
    pub parameters: Vec<Parameter>,
    /// Tensors that `BertModel` has and embeddings do not need; they go out as they came.
    pub carried: Vec<Carried>,
    pub settings: Settings,
}

/// A tensor that is carried along.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Carried {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// How texts become embeddings: options and folder, settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub pooling: Pooling,
    pub normalize: bool,
    pub query_prefix: String,
    pub passage_prefix: String,
    pub max_query_tokens: usize,
    pub max_passage_tokens: usize,
    pub hidden_dropout: f64,
    pub attention_dropout: f64,
}

impl Settings {
    /// What is put before a text of this role.
    pub(crate) fn prefix(&self, role: Role) -> &str {
        match role {
            Role::Query => &self.query_prefix,
            Role::Passage => &self.passage_prefix,
        }
    }

    /// Tokens of a text of this role that count.
    pub(crate) fn max_tokens(&self, role: Role) -> usize {
        match role {
            Role::Query => self.max_query_tokens,
            Role::Passage => self.max_passage_tokens,
        }
    }
}
