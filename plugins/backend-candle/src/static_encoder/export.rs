//! A folder that sentence-transformers loads: a `StaticEmbedding` module, then perhaps a `Dense`.
//!
//! Tokens beyond `max_tokens` are cut by the truncation inside tokenizer.json.

use std::path::Path;

use serde_json::{Value, json};
use triglot_sdk::{Result, Role};

use super::dense::Dense;
use super::model::Model;
use super::options::{Activation, DenseOptions};
use crate::checkpoint::WEIGHTS;
use crate::files;
use crate::parameter::Parameter;
use crate::sentence_transformers::{write_modules, write_prompts};
use crate::tensors::{self, Named};

const STATIC: &str = "0_StaticEmbedding";
const DENSE: &str = "1_Dense";
pub(crate) const TOKENIZER: &str = "tokenizer.json";
pub(crate) const DENSE_CONFIG: &str = "config.json";
/// The activations by the names of their PyTorch classes.
pub(crate) const ACTIVATIONS: [(Activation, &str); 2] = [
    (Activation::Identity, "torch.nn.modules.linear.Identity"),
    (Activation::Tanh, "torch.nn.modules.activation.Tanh"),
];

/// Writes the folder.
pub(crate) fn export(folder: &Path, model: &Model) -> Result<()> {
    let options = &model.options;
    let inside = files::make_folder(folder, STATIC)?;
    files::write(&inside, TOKENIZER, model.tokenizer.json().as_bytes())?;
    write_weights(&inside, &[&model.table])?;
    let mut modules = vec![(STATIC, "StaticEmbedding")];
    if let (Some(dense), Some(dense_options)) = (&model.dense, &options.dense) {
        let inside = files::make_folder(folder, DENSE)?;
        write_weights(&inside, &[&dense.weight, &dense.bias])?;
        files::write_json(&inside, DENSE_CONFIG, &dense_config(dense, dense_options))?;
        modules.push((DENSE, "Dense"));
    }
    write_modules(folder, &modules)?;
    write_prompts(folder, options.prefix(Role::Query), options.prefix(Role::Passage))
}

fn dense_config(dense: &Dense, options: &DenseOptions) -> Value {
    let activation = ACTIVATIONS.iter().find(|(activation, _)| *activation == options.activation);
    json!({
        "in_features": dense.inputs(),
        "out_features": dense.outputs(),
        "bias": true,
        "activation_function": activation.map(|(_, class)| class),
    })
}

fn write_weights(folder: &Path, parameters: &[&Parameter]) -> Result<()> {
    let tensors: Vec<Named<'_>> = parameters.iter().map(|parameter| parameter.named()).collect();
    tensors::write(folder, WEIGHTS, &tensors, None)
}
