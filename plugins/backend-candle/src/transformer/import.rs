//! A folder in Hugging Face's layout, as a model to begin from: what [`super::export`] writes, and what others write
//! alike.
//!
//! Where there is a list of modules of sentence-transformers, it is honoured: a module or a setting that this encoder
//! lacks is refused rather than left out, since without it the embeddings would silently be others than the folder's.
//! Two are for the options alone, whatever the folder says: where texts are cut, and whether embeddings have unit
//! length.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use triglot_sdk::{Error, Result};

use super::head::{self, Found};
use super::options::{Options, Pooling};
use super::pretrained::{CONFIG, Defaults, Pretrained, Settings};
use crate::files;
use crate::sentence_transformers::{MODULES, Prompts};

pub(crate) const TRANSFORMER_CONFIG: &str = "sentence_bert_config.json";

/// Reads the folder that the option `weights` names.
pub(crate) fn import(folder: &Path, options: &Options) -> Result<Pretrained> {
    let pretrained = read(folder, options).map_err(|error| error.context("weights"))?;
    pretrained.check()?;
    Ok(pretrained)
}

fn read(folder: &Path, options: &Options) -> Result<Pretrained> {
    let (transformer, found) = modules(folder, options.pooling)?;
    let prompts = Prompts::read(folder)?;
    Pretrained::read(&transformer, |config| {
        let modules = found.read(config.hidden_size)?;
        let defaults = Defaults {
            modules: head::described(&modules),
            pooling: found.poolings,
            query_prefix: prompts.query(),
            passage_prefix: prompts.passage(),
            hidden_dropout: config.dropout.hidden,
            attention_dropout: config.dropout.attention,
        };
        Ok((Settings::new(options, defaults), modules))
    })
}

/// The folder of the model itself, and what follows on it.
fn modules(folder: &Path, given: Option<Pooling>) -> Result<(PathBuf, Found)> {
    if folder.join(MODULES).exists() {
        let (transformer, found) = head::find(folder, given)?;
        check_transformer(&transformer)?;
        return Ok((transformer, found));
    }
    if !folder.join(CONFIG).is_file() {
        return Err(Error::invalid(format!(
            "{} is missing; expected is a folder in Hugging Face's layout: config.json, tokenizer.json and \
             model.safetensors, or a modules.json that says where they lie",
            folder.join(CONFIG).display()
        )));
    }
    Ok((folder.to_owned(), Found::plain(given.unwrap_or(Pooling::Mean))))
}

/// Lower case is a matter of tokenizer.json; a second switch for it would be lost.
fn check_transformer(folder: &Path) -> Result<()> {
    if !folder.join(TRANSFORMER_CONFIG).exists() {
        return Ok(());
    }
    let (path, config): (_, Map<String, Value>) = files::read_json(folder, TRANSFORMER_CONFIG)?;
    match config.get("do_lower_case") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(()),
        Some(found) => Err(Error::invalid(format!(
            "{}: `do_lower_case`: found {found}, allowed is false",
            path.display()
        ))),
    }
}
