//! The families of encoders. Each has a file with all that is its own: the keys of its config.json, the names of its
//! tensors, its sites of dropout. What it reads there it tells in the words of [`Config`], and no other code asks which
//! family a model is of.

mod bert;
mod distilbert;
mod modernbert;
mod t5;

use std::fmt::{self, Debug, Formatter};

use serde_json::Value;
use triglot_sdk::Result;

use super::config::{Config, Fields};
use super::pass::Sites;

/// What the models of a family have in common.
pub(crate) struct Family {
    /// What `model_type` is in config.json.
    pub model_type: &'static str,
    /// The class of transformers that has the encoder and no head.
    pub class: &'static str,
    /// Reads config.json.
    pub read: fn(&'static Family, &Fields<'_>) -> Result<Config>,
    /// What stands before the names of tensors in a checkpoint of a model with a head.
    pub prefix: &'static str,
    /// How the names of tensors begin that are left out: those of heads.
    pub heads: &'static [&'static str],
    /// Ends of names, now and in earlier releases.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Tensors that checkpoints hold twice: a name, and the one that is left out beside it.
    pub repeated: &'static [(&'static str, &'static str)],
    /// The id of the padding where config.json says nothing of it, as in transformers.
    pub padding: u32,
    /// Whether a spiece.model is its tokenizer where there is no tokenizer.json.
    pub sentencepiece: bool,
    /// Where it drops out.
    pub sites: Sites,
}

const FAMILIES: [&Family; 7] = [
    &bert::BERT,
    &bert::ROBERTA,
    &bert::XLM_ROBERTA,
    &distilbert::DISTILBERT,
    &t5::T5,
    &t5::MT5,
    &modernbert::MODERNBERT,
];

/// The family that a config.json names.
pub(crate) fn of(fields: &Fields<'_>) -> Result<&'static Family> {
    let known: Vec<Value> = FAMILIES.iter().map(|family| family.model_type.into()).collect();
    let found = fields.one_of("model_type", &known)?;
    Ok(FAMILIES[found])
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.model_type == other.model_type
    }
}

impl Debug for Family {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.model_type)
    }
}
