//! The weights of a folder, in whichever of the files that transformers looks for, and in its order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use triglot_sdk::{Error, Result};

use super::{Read, bad, open, open_torch};
use crate::checkpoint::WEIGHTS;
use crate::files;

const SHARDED: &str = "model.safetensors.index.json";
const TORCH: &str = "pytorch_model.bin";
const TORCH_SHARDED: &str = "pytorch_model.bin.index.json";

/// An index of shards.
#[derive(Deserialize)]
struct Index {
    /// The file of every tensor.
    weight_map: BTreeMap<String, String>,
}

/// Opens one file.
type Open = fn(&Path, &str) -> Result<Read>;

/// Opens the weights of a folder: safetensors, whole or in shards, else a checkpoint of PyTorch, whole or in shards.
pub(crate) fn open_weights(folder: &Path) -> Result<Read> {
    let found = [WEIGHTS, SHARDED, TORCH, TORCH_SHARDED];
    match found.into_iter().find(|file| folder.join(file).exists()) {
        Some(TORCH) => open_torch(folder, TORCH),
        Some(SHARDED) => open_shards(folder, SHARDED, open),
        Some(TORCH_SHARDED) => open_shards(folder, TORCH_SHARDED, open_torch),
        Some(file) => open(folder, file),
        None => Err(Error::invalid(format!(
            "cannot read the weights in {}: there is none of {}",
            folder.display(),
            found.join(", ")
        ))),
    }
}

fn open_shards(folder: &Path, index: &str, open: Open) -> Result<Read> {
    let (path, Index { weight_map }): (PathBuf, Index) = files::read_json(folder, index)?;
    let mut whole =
        Read { path, files: Vec::new(), tensors: BTreeMap::new(), note: Default::default() };
    for shard in weight_map.values().collect::<BTreeSet<_>>() {
        let mut parts = Path::new(shard).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None)) {
            return Err(bad(
                &whole.path,
                format_args!("`weight_map`: found {shard:?}, allowed are files beside the index"),
            ));
        }
        let read = open(folder, shard)?;
        let number = whole.files.len();
        whole.files.extend(read.files);
        // A tensor that stands in several shards is that of the shard which the index names.
        let here = |name: &str| weight_map.get(name).is_none_or(|named| named == shard);
        let here = read.tensors.into_iter().filter(|(name, _)| here(name));
        whole.tensors.extend(here.map(|(name, (_, place))| (name, (number, place))));
    }
    match weight_map.iter().find(|(name, _)| !whole.tensors.contains_key(*name)) {
        None => Ok(whole),
        Some((name, shard)) => {
            Err(bad(&whole.path, format_args!("`weight_map`: tensor `{name}` is not in {shard}")))
        }
    }
}
