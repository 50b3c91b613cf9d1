//! safetensors files of `f32` tensors: the same tensors give the same bytes, and reading checks everything.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use triglot_sdk::{Error, Result};

use crate::files;

/// A tensor to write, or one that is expected: name, shape, numbers.
pub(crate) struct Named<'a> {
    pub name: String,
    pub shape: &'a [usize],
    pub values: &'a [f32],
}

/// Writes tensors; at most one entry of `note` keeps the bytes the same, since the library writes them in hash order.
pub(crate) fn write(
    folder: &Path,
    file: &str,
    tensors: &[Named<'_>],
    note: Option<(&str, String)>,
) -> Result<()> {
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|t| to_bytes(t.values)).collect();
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .zip(&bytes)
        .map(|(tensor, bytes)| {
            let view = TensorView::new(Dtype::F32, tensor.shape.to_vec(), bytes)?;
            Ok((tensor.name.as_str(), view))
        })
        .collect::<Result<_>>()?;
    let note = note.map(|(key, value)| HashMap::from([(key.to_owned(), value)]));
    files::write(folder, file, &safetensors::serialize(views, note)?)
}

/// What a file holds.
pub(crate) struct Read {
    tensors: BTreeMap<String, Vec<f32>>,
    note: HashMap<String, String>,
    path: String,
}

impl Read {
    /// The numbers of a tensor that was expected.
    pub(crate) fn take(&mut self, name: &str) -> Result<Vec<f32>> {
        self.tensors
            .remove(name)
            .ok_or_else(|| Error::invalid(format!("{}: tensor `{name}` is missing", self.path)))
    }

    /// A number from the file's note.
    pub(crate) fn note(&self, key: &str) -> Result<u64> {
        let found = self.note.get(key).map(String::as_str);
        found.and_then(|text| text.parse().ok()).ok_or_else(|| {
            Error::invalid(format!(
                "{}: metadata `{key}`: found {}, allowed is a whole number",
                self.path,
                found.map_or("nothing".into(), |text| format!("`{text}`"))
            ))
        })
    }
}

/// Reads a file that must hold exactly the `expected` tensors.
pub(crate) fn read(folder: &Path, file: &str, expected: &[(String, &[usize])]) -> Result<Read> {
    let (path, bytes) = files::read(folder, file)?;
    let path = path.display().to_string();
    let bad = |what: String| Error::invalid(format!("{path}: {what}"));

    let (_, metadata) = SafeTensors::read_metadata(&bytes)
        .map_err(|error| bad(format!("not a safetensors file: {error}")))?;
    let content = SafeTensors::deserialize(&bytes)
        .map_err(|error| bad(format!("not a safetensors file: {error}")))?;
    let mut found: BTreeMap<String, TensorView<'_>> = content.tensors().into_iter().collect();
    let mut tensors = BTreeMap::new();
    for (name, shape) in expected {
        let view = found.remove(name).ok_or_else(|| bad(format!("tensor `{name}` is missing")))?;
        if view.dtype() != Dtype::F32 || view.shape() != *shape {
            return Err(bad(format!(
                "tensor `{name}`: found {:?} {:?}, expected F32 {shape:?}",
                view.dtype(),
                view.shape()
            )));
        }
        tensors.insert(name.clone(), from_bytes(view.data()));
    }
    if let Some(name) = found.keys().next() {
        return Err(bad(format!("tensor `{name}` is not one of this model")));
    }
    let note = metadata.metadata().clone().unwrap_or_default();
    Ok(Read { tensors, note, path })
}

/// The bytes of numbers in files: little-endian, as safetensors has them.
pub(crate) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|b| f32::from_le_bytes(*b)).collect()
}
