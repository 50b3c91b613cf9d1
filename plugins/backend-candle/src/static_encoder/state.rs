//! Saving a model with its optimiser, so that training goes on in the same bytes, and loading it.

use std::path::Path;

use candle_core::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use triglot_sdk::{Error, Result, Role};

use super::model::Model;
use super::options::{DenseOptions, Options};
use super::tokenizer::TextTokenizer;
use crate::checkpoint::{self, WEIGHTS};
use crate::files;
use crate::tensors::{self, Named};

const FORMAT: &str = "triglot candle/static 1";
const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";

/// The options that a saved model cannot do without; others may differ from run to run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Config {
    format: String,
    dim: usize,
    dense: Option<DenseOptions>,
    query_prefix: String,
    passage_prefix: String,
    max_tokens: usize,
}

impl Config {
    /// Those of `options`.
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            format: FORMAT.into(),
            dim: options.dim,
            dense: options.dense.clone(),
            query_prefix: options.prefix(Role::Query).to_owned(),
            passage_prefix: options.prefix(Role::Passage).to_owned(),
            max_tokens: options.max_tokens,
        }
    }
}

/// Writes the model and how many steps it was trained.
pub(crate) fn save(folder: &Path, model: &Model, steps: u64) -> Result<()> {
    let parameters = model.parameters();
    let weights: Vec<Named<'_>> = parameters.iter().map(|parameter| parameter.named()).collect();
    files::write_json(folder, CONFIG, &Config::new(&model.options))?;
    files::write(folder, TOKENIZER, model.tokenizer.json().as_bytes())?;
    tensors::write(folder, WEIGHTS, &weights, None)?;
    checkpoint::save_moments(folder, parameters, steps)
}

/// Reads what [`save`] wrote: the model, and how many steps it was trained.
pub(crate) fn load(folder: &Path, options: &Options, device: &Device) -> Result<(Model, u64)> {
    let options = settle(folder, options)?;
    let (path, json) = files::read(folder, TOKENIZER)?;
    let tokenizer = TextTokenizer::from_json(&json, options.max_tokens)
        .map_err(|error| error.context(path.display()))?;
    let rows = tokenizer.rows();
    let mut model = Model::blank(tokenizer, &options, device)?;

    let mut weights = tensors::open(folder, WEIGHTS)?;
    for parameter in model.parameters_mut() {
        parameter.values = weights.take(&parameter.name, &parameter.shape).map_err(|error| {
            error.context(format_args!("weights for the {rows} ids of {}", path.display()))
        })?;
    }
    weights.finish()?;
    let steps = checkpoint::load_moments(folder, model.parameters_mut())?;
    model.refresh()?;
    Ok((model, steps))
}

/// The options of the saved model: those of this instance, held against the saved ones key by key.
///
/// A model that began from `weights` is described by what was saved, so the folder is not needed again.
fn settle(folder: &Path, options: &Options) -> Result<Options> {
    let (path, found): (_, Value) = files::read_json(folder, CONFIG)?;
    let options = if options.weights.is_some() {
        let saved = Config::deserialize(&found)
            .map_err(|error| Error::invalid(format!("{}: {error}", path.display())))?;
        let Config { dim, dense, query_prefix, passage_prefix, .. } = saved;
        options
            .of_existing(dim, dense, query_prefix, passage_prefix)
            .map_err(|error| error.context(path.display()))?
    } else {
        options.clone()
    };
    checkpoint::agree(&path, &found, &Config::new(&options))?;
    Ok(options)
}
