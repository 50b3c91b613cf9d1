//! A folder that sentence-transformers loads: a `StaticEmbedding` module, then perhaps a `Dense`.
//!
//! Tokens beyond `max_tokens` are cut by the truncation inside tokenizer.json.

use std::path::Path;

use triglot_sdk::{Result, Role};

use super::model::Model;
use crate::checkpoint::WEIGHTS;
use crate::files;
use crate::sentence_transformers::{write_modules, write_prompts};
use crate::tensors::{self, Precision};

const STATIC: &str = "0_StaticEmbedding";
const DENSE: &str = "1_Dense";
pub(crate) const TOKENIZER: &str = "tokenizer.json";

/// Writes the folder.
pub(crate) fn export(folder: &Path, model: &Model) -> Result<()> {
    let options = &model.options;
    let inside = files::make_folder(folder, STATIC)?;
    files::write(&inside, TOKENIZER, model.tokenizer.json().as_bytes())?;
    tensors::write(&inside, WEIGHTS, &[model.table.named()], None)?;
    let mut modules = vec![(STATIC, "StaticEmbedding")];
    if let Some(dense) = &model.dense {
        dense.write(&files::make_folder(folder, DENSE)?, Precision::F32)?;
        modules.push((DENSE, "Dense"));
    }
    write_modules(folder, &modules)?;
    write_prompts(folder, options.prefix(Role::Query), options.prefix(Role::Passage))
}
