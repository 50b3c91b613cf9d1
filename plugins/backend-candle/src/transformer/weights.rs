//! The tensors of a `BertModel` in a model.safetensors, by the names that checkpoints have had over the years.
//!
//! A checkpoint of a model with a head has the encoder under `bert.`, and early ones call the two parts of a layer
//! normalisation gamma and beta, as TensorFlow does.

use std::path::Path;

use triglot_sdk::Result;

use super::config::Config;
use super::layout::{layout, pooler};
use crate::checkpoint::WEIGHTS;
use crate::parameter::Parameter;
use crate::tensors::{self, Read};

/// The prefix of the encoder in a model with a head.
const WITH_HEAD: &str = "bert.";
/// The heads of masked language modelling and next sentence prediction.
const HEADS: &str = "cls.";
/// The numbers 0, 1, 2, …, which earlier releases stored.
const POSITION_IDS: &str = "embeddings.position_ids";
/// The parts of a layer normalisation, now and earlier.
const RENAMED: [(&str, &str); 2] =
    [("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta")];

/// A tensor that is carried along.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Carried {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Reads the parameters in the order of [`layout`], with moments of zero, and what is carried along; a tensor that
/// belongs neither to the encoder nor to a known head is refused.
pub(crate) fn read(folder: &Path, config: &Config) -> Result<(Vec<Parameter>, Vec<Carried>)> {
    let mut file = tensors::open(folder, WEIGHTS)?;
    file.leave_out(|name| {
        name.starts_with(HEADS) || name.strip_prefix(WITH_HEAD).unwrap_or(name) == POSITION_IDS
    });
    let mut parameters = Vec::new();
    for entry in layout(config) {
        let values = file.take_finite(&stored(&file, &entry.name), &entry.shape)?;
        parameters.push(entry.parameter(values));
    }
    let mut carried = Vec::new();
    let pooler = pooler(config);
    if pooler.iter().any(|entry| file.shape(&stored(&file, &entry.name)).is_some()) {
        for entry in pooler {
            let values = file.take_finite(&stored(&file, &entry.name), &entry.shape)?;
            carried.push(Carried { name: entry.name, shape: entry.shape, values });
        }
    }
    file.finish()?;
    Ok((parameters, carried))
}

/// The name that the file has for a tensor; the tensor's own if it has none.
fn stored(file: &Read, name: &str) -> String {
    let earlier = RENAMED
        .iter()
        .find_map(|(now, earlier)| name.strip_suffix(now).map(|start| format!("{start}{earlier}")));
    [Some(name.to_owned()), earlier]
        .into_iter()
        .flatten()
        .flat_map(|name| [format!("{WITH_HEAD}{name}"), name])
        .find(|name| file.shape(name).is_some())
        .unwrap_or_else(|| name.to_owned())
}
