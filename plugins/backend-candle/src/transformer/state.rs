//! Saving a model with its optimiser, so that training goes on in the same bytes, and loading it.
//!
//! What is saved is whole: the folder that the model began from is not needed again.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use triglot_sdk::{Error, Result};

use super::head;
use super::layout::Layout;
use super::options::{Options, Pooling};
use super::pretrained::{CONFIG, Defaults, Pretrained, Settings, TOKENIZER};
use crate::checkpoint::{self, WEIGHTS};
use crate::{files, tensors};

const FORMAT: &str = "triglot candle/encoder 1";
const SETTINGS: &str = "encoder.json";

/// What [`SETTINGS`] holds.
#[derive(Serialize, Deserialize)]
struct Saved {
    format: String,
    #[serde(flatten)]
    settings: Settings,
}

/// Writes the model and how many steps it was trained.
pub(crate) fn save(folder: &Path, model: &Pretrained, steps: u64) -> Result<()> {
    let saved = Saved { format: FORMAT.into(), settings: model.settings.clone() };
    files::write_json(folder, SETTINGS, &saved)?;
    files::write_json(folder, CONFIG, &model.config.raw)?;
    files::write(folder, TOKENIZER, model.tokenizer.json())?;
    tensors::write(folder, WEIGHTS, &model.named(), None)?;
    head::save(folder, &model.head)?;
    checkpoint::save_moments(folder, model.all_parameters(), steps)
}

/// Reads what [`save`] wrote: the model, and how many steps it was trained.
pub(crate) fn load(folder: &Path, options: &Options) -> Result<(Pretrained, u64)> {
    let mut model = Pretrained::read(folder, |config| {
        let settings = settle(folder, options, &config.layout)?;
        let pooler = settings.pooling.contains(&Pooling::Pooler);
        let modules = head::load(folder, &settings.modules, pooler)?;
        Ok((settings, modules))
    })?;
    model.check()?;
    model.freeze()?;
    let steps = checkpoint::load_moments(folder, model.all_parameters_mut())?;
    Ok((model, steps))
}

/// The saved settings, held key by key against those options that are given.
fn settle(folder: &Path, options: &Options, layout: &Layout) -> Result<Settings> {
    let (path, found): (_, Value) = files::read_json(folder, SETTINGS)?;
    let Saved { format, settings } = Saved::deserialize(&found)
        .map_err(|error| Error::invalid(format!("{}: {error}", path.display())))?;
    if format != FORMAT {
        return Err(Error::invalid(format!(
            "{}: `format`: found {format:?}, allowed is {FORMAT:?}",
            path.display()
        )));
    }
    let saved_lora = settings.lora;
    let defaults = Defaults {
        pooling: settings.pooling,
        modules: settings.modules,
        query_prefix: settings.query_prefix,
        passage_prefix: settings.passage_prefix,
        hidden_dropout: settings.hidden_dropout,
        attention_dropout: settings.attention_dropout,
    };
    let mut settings = Settings::new(options, defaults);
    if let Some(lora) = &options.lora {
        settings.lora = Some(lora.settle_saved(layout, saved_lora.as_ref())?);
    }
    checkpoint::agree(&path, &found, &settings)?;
    Ok(settings)
}
