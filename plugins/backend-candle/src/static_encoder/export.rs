//! A folder that sentence-transformers loads: a `StaticEmbedding` module, then perhaps a `Dense`.
//!
//! The types are written by the short paths that its releases from 3.2 on accept. Tokens beyond `max_tokens` are cut
//! by the truncation inside tokenizer.json, and prefixes become prompts, which `encode_query` and `encode_document`
//! apply.

use std::path::Path;

use serde_json::{Value, json};
use triglot_sdk::Result;

use super::dense::Dense;
use super::model::Model;
use super::options::{Activation, DenseOptions, Options};
use crate::files;
use crate::parameter::Parameter;
use crate::tensors::{self, Named};

const STATIC: &str = "0_StaticEmbedding";
const DENSE: &str = "1_Dense";
pub(crate) const MODULES: &str = "modules.json";
pub(crate) const PROMPTS: &str = "config_sentence_transformers.json";
pub(crate) const TOKENIZER: &str = "tokenizer.json";
pub(crate) const DENSE_CONFIG: &str = "config.json";
pub(crate) const WEIGHTS: &str = "model.safetensors";
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
    let mut modules = vec![module(0, STATIC, "StaticEmbedding")];
    if let (Some(dense), Some(dense_options)) = (&model.dense, &options.dense) {
        let inside = files::make_folder(folder, DENSE)?;
        write_weights(&inside, &[&dense.weight, &dense.bias])?;
        files::write_json(&inside, DENSE_CONFIG, &dense_config(dense, dense_options))?;
        modules.push(module(1, DENSE, "Dense"));
    }
    files::write_json(folder, MODULES, &modules)?;
    files::write_json(
        folder,
        PROMPTS,
        &json!({
            "model_type": "SentenceTransformer",
            "prompts": prompts(options),
            "default_prompt_name": null,
            "similarity_fn_name": "cosine",
        }),
    )
}

fn module(index: usize, path: &str, class: &str) -> Value {
    json!({
        "idx": index,
        "name": index.to_string(),
        "path": path,
        "type": format!("sentence_transformers.models.{class}"),
    })
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

/// A passage is a document there; the name `passage` stands beside it for those who look for ours.
fn prompts(options: &Options) -> Value {
    if options.query_prefix.is_empty() && options.passage_prefix.is_empty() {
        return json!({});
    }
    json!({
        "query": options.query_prefix,
        "document": options.passage_prefix,
        "passage": options.passage_prefix,
    })
}

fn write_weights(folder: &Path, parameters: &[&Parameter]) -> Result<()> {
    let tensors: Vec<Named<'_>> = parameters
        .iter()
        .map(|parameter| Named {
            name: parameter.name.clone(),
            shape: &parameter.shape,
            values: &parameter.values,
        })
        .collect();
    tensors::write(folder, WEIGHTS, &tensors, None)
}
