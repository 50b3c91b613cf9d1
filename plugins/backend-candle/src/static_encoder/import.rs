//! A folder in the layout of sentence-transformers, as a model to begin from: what [`super::export`] writes, and what
//! others write alike.
//!
//! A module, a setting or a tensor that this encoder lacks is refused rather than left out: without it the embeddings
//! would silently be others than the folder's.

use std::path::{Path, PathBuf};

use candle_core::Device;
use triglot_sdk::{Error, Result};

use super::export::TOKENIZER;
use super::model::Model;
use super::options::{DenseOptions, Options};
use super::tokenizer::TextTokenizer;
use crate::checkpoint::WEIGHTS;
use crate::dense::{DENSE_CONFIG, Dense};
use crate::files;
use crate::sentence_transformers::{Modules, Prompts};
use crate::tensors;

/// The table by the names of sentence-transformers and of model2vec.
const TABLES: [&str; 2] = ["embedding.weight", "embeddings"];

/// Reads the folder.
pub(crate) fn import(folder: &Path, options: &Options, device: &Device) -> Result<Model> {
    let (embedding, dense) = modules(folder)?;
    let (path, json) = files::read(&embedding, TOKENIZER)?;
    let tokenizer = TextTokenizer::from_json(&json, options.max_tokens)
        .map_err(|error| error.context(path.display()))?;

    let (dim, table) = table(&embedding, &tokenizer)?;
    let mut values = vec![table];
    let mut dense_options = None;
    if let Some(dense) = &dense {
        let (options, weight, bias) = read_dense(dense, dim)?;
        dense_options = Some(options);
        values.extend([weight, bias]);
    }
    let prompts = Prompts::read(folder)?;
    let options = options
        .of_existing(dim, dense_options, prompts.query(), prompts.passage())
        .map_err(|error| error.context(folder.display()))?;
    let mut model = Model::blank(tokenizer, &options, device)?;
    for (parameter, values) in model.parameters_mut().into_iter().zip(values) {
        parameter.values = values;
    }
    model.refresh()?;
    Ok(model)
}

/// The folders of the table and of the dense layer.
fn modules(folder: &Path) -> Result<(PathBuf, Option<PathBuf>)> {
    let modules = Modules::read(folder)?;
    match modules.list() {
        [table] if table.is("StaticEmbedding") => Ok((folder.join(&table.path), None)),
        [table, dense] if table.is("StaticEmbedding") && dense.is("Dense") => {
            Ok((folder.join(&table.path), Some(folder.join(&dense.path))))
        }
        _ => Err(modules.refused("are a StaticEmbedding and after it at most one Dense")),
    }
}

/// Length of a row, and the numbers.
fn table(folder: &Path, tokenizer: &TextTokenizer) -> Result<(usize, Vec<f32>)> {
    let mut file = tensors::open(folder, WEIGHTS)?;
    let present = TABLES.iter().find_map(|name| Some((*name, file.shape(name)?)));
    let (name, shape) = present.ok_or_else(|| {
        file.bad(format_args!("found neither of the tensors `{}`", TABLES.join("` and `")))
    })?;
    let dim = shape.last().copied().unwrap_or(0);
    let rows = tokenizer.rows();
    let values = file.take_finite(name, &[rows, dim]).map_err(|error| {
        error.context(format_args!("weights for the {rows} ids of {TOKENIZER}"))
    })?;
    file.finish()?;
    Ok((dim, values))
}

/// What the layer is, its weight and its bias.
fn read_dense(folder: &Path, inputs: usize) -> Result<(DenseOptions, Vec<f32>, Vec<f32>)> {
    let dense = Dense::read(folder, inputs, "linear", &Device::Cpu)?;
    let options = DenseOptions { dim: dense.outputs(), activation: dense.activation };
    let Some(bias) = dense.bias else {
        return Err(Error::invalid(format!(
            "{}: `bias`: found false, allowed is true",
            folder.join(DENSE_CONFIG).display()
        )));
    };
    Ok((options, dense.weight.values, bias.values))
}
