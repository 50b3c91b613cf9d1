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

use super::options::{Options, Pooling};
use super::pretrained::{CONFIG, Defaults, Pretrained, Settings};
use crate::files;
use crate::sentence_transformers::{MODULES, Modules, Prompts};

pub(crate) const POOLING_CONFIG: &str = "config.json";
pub(crate) const TRANSFORMER_CONFIG: &str = "sentence_bert_config.json";
/// The flags of sentence-transformers, of which its release 6 made one word.
pub(crate) const POOLING_FLAGS: [(&str, &str); 6] = [
    ("pooling_mode_cls_token", "cls"),
    ("pooling_mode_mean_tokens", "mean"),
    ("pooling_mode_max_tokens", "max"),
    ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
    ("pooling_mode_weightedmean_tokens", "weightedmean"),
    ("pooling_mode_lasttoken", "lasttoken"),
];

/// Reads the folder that the option `weights` names.
pub(crate) fn import(folder: &Path, options: &Options) -> Result<Pretrained> {
    let pretrained = read(folder, options).map_err(|error| error.context("weights"))?;
    pretrained.check()?;
    Ok(pretrained)
}

fn read(folder: &Path, options: &Options) -> Result<Pretrained> {
    let (transformer, pooling) = modules(folder, options.pooling)?;
    let prompts = Prompts::read(folder)?;
    Pretrained::read(&transformer, |config| {
        let defaults = Defaults {
            pooling,
            query_prefix: prompts.query(),
            passage_prefix: prompts.passage(),
            hidden_dropout: config.dropout.hidden,
            attention_dropout: config.dropout.attention,
        };
        Ok(Settings::new(options, defaults))
    })
}

/// The folder of the model itself, and the pooling.
fn modules(folder: &Path, given: Option<Pooling>) -> Result<(PathBuf, Pooling)> {
    if !folder.join(MODULES).exists() {
        if !folder.join(CONFIG).is_file() {
            return Err(Error::invalid(format!(
                "{} is missing; expected is a folder in Hugging Face's layout: config.json, tokenizer.json and \
                 model.safetensors, or a modules.json that says where they lie",
                folder.join(CONFIG).display()
            )));
        }
        return Ok((folder.to_owned(), given.unwrap_or(Pooling::Mean)));
    }
    let modules = Modules::read(folder)?;
    let (transformer, pooling) = match modules.list() {
        [transformer, pooling, rest @ ..]
            if transformer.is("Transformer")
                && pooling.is("Pooling")
                && (rest.is_empty() || matches!(rest, [last] if last.is("Normalize"))) =>
        {
            (folder.join(&transformer.path), folder.join(&pooling.path))
        }
        _ => {
            return Err(modules.refused(
                "are a Transformer, after it a Pooling, and after that at most one Normalize",
            ));
        }
    };
    check_transformer(&transformer)?;
    Ok((transformer, read_pooling(&pooling, given)?))
}

/// Lower case is a matter of tokenizer.json; a second switch for it would be lost.
fn check_transformer(folder: &Path) -> Result<()> {
    if !folder.join(TRANSFORMER_CONFIG).exists() {
        return Ok(());
    }
    let (path, config): (_, Map<String, Value>) = files::read_json(folder, TRANSFORMER_CONFIG)?;
    match config.get("do_lower_case") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(()),
        Some(found) => Err(refused(&path, "do_lower_case", found, "false")),
    }
}

/// The pooling that is given, else the one that the folder asks for.
fn read_pooling(folder: &Path, given: Option<Pooling>) -> Result<Pooling> {
    let (path, config): (_, Map<String, Value>) = files::read_json(folder, POOLING_CONFIG)?;
    if let Some(found @ Value::Bool(false)) = config.get("include_prompt") {
        return Err(refused(&path, "include_prompt", found, "true"));
    }
    if let Some(given) = given {
        return Ok(given);
    }
    let modes: Vec<&str> = match config.get("pooling_mode") {
        Some(Value::Array(modes)) => modes.iter().filter_map(Value::as_str).collect(),
        Some(mode) => mode.as_str().into_iter().collect(),
        None => POOLING_FLAGS
            .iter()
            .filter(|(flag, _)| config.get(*flag) == Some(&Value::Bool(true)))
            .map(|(_, mode)| *mode)
            .collect(),
    };
    match modes.as_slice() {
        ["mean"] => Ok(Pooling::Mean),
        ["cls"] => Ok(Pooling::Cls),
        _ => Err(refused(
            &path,
            "pooling_mode",
            &format!("[{}]", modes.join(", ")).into(),
            "mean or cls; the option `pooling` goes before it",
        )),
    }
}

fn refused(path: &Path, key: &str, found: &Value, allowed: &str) -> Error {
    Error::invalid(format!("{}: `{key}`: found {found}, allowed is {allowed}", path.display()))
}
