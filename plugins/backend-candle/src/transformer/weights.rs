//! The tensors of an encoder in a model.safetensors, by the names that checkpoints have had over the years.
//!
//! A checkpoint of a model with a head has the encoder under a prefix, and some releases had other names for the same
//! tensors; the family knows both.

use std::path::Path;

use triglot_sdk::Result;

use super::config::Config;
use super::family::Family;
use super::layout::Entry;
use crate::parameter::Parameter;
use crate::tensors::{self, Read};

/// The numbers 0, 1, 2, …, which earlier releases stored.
const POSITION_IDS: &str = "embeddings.position_ids";

/// A tensor that is carried along.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Carried {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// Reads the parameters in the order of the layout, with moments of zero, and what is carried along; a tensor that
/// belongs neither to the encoder nor to a known head is refused.
pub(crate) fn read(folder: &Path, config: &Config) -> Result<(Vec<Parameter>, Vec<Carried>)> {
    let mut file = tensors::open_weights(folder)?;
    let family = config.family;
    let repeated = family.repeated.iter().filter(|(name, _)| file.shape(name).is_some());
    let repeated: Vec<&str> = repeated.map(|(_, again)| *again).collect();
    file.leave_out(|name| {
        let inside = name.strip_prefix(family.prefix).unwrap_or(name);
        let of_head = family.heads.iter().any(|head| name.starts_with(head));
        inside == POSITION_IDS || of_head || repeated.contains(&name)
    });
    let mut parameters = Vec::new();
    for entry in config.layout.entries.iter().cloned() {
        let values = file.take_finite(&stored(&file, family, &entry.name), &entry.shape)?;
        parameters.push(entry.parameter(values));
    }
    let mut carried = Vec::new();
    let pooler = &config.layout.pooler;
    if pooler.iter().any(|entry| file.shape(&stored(&file, family, &entry.name)).is_some()) {
        for Entry { name, shape, .. } in pooler.iter().cloned() {
            let values = file.take_finite(&stored(&file, family, &name), &shape)?;
            carried.push(Carried { name, shape, values });
        }
    }
    file.finish()?;
    Ok((parameters, carried))
}

/// The name that the file has for a tensor; the tensor's own if it has none.
fn stored(file: &Read, family: &Family, name: &str) -> String {
    let earlier = family
        .renamed
        .iter()
        .find_map(|(now, earlier)| name.strip_suffix(now).map(|start| format!("{start}{earlier}")));
    [Some(name.to_owned()), earlier]
        .into_iter()
        .flatten()
        .flat_map(|name| [format!("{}{name}", family.prefix), name])
        .find(|name| file.shape(name).is_some())
        .unwrap_or_else(|| name.to_owned())
}
