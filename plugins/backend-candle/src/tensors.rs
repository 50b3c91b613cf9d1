//! safetensors files of `f32` tensors: the same tensors give the same bytes, and reading checks everything.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::path::{Path, PathBuf};

use safetensors::tensor::{TensorInfo, TensorView};
use safetensors::{Dtype, SafeTensors};
use triglot_sdk::{Error, Result};

use crate::files;

/// A tensor to write: name, shape, numbers.
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

/// A file being read: every tensor is taken once, and [`Read::finish`] sees that none is left.
pub(crate) struct Read {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Where the numbers begin.
    data: usize,
    tensors: BTreeMap<String, TensorInfo>,
    note: HashMap<String, String>,
}

/// Opens a file.
pub(crate) fn open(folder: &Path, file: &str) -> Result<Read> {
    let (path, bytes) = files::read(folder, file)?;
    let (header, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| {
        Error::invalid(format!("{}: not a safetensors file: {error}", path.display()))
    })?;
    // The header stands after the eight bytes of its length.
    let data = 8 + header;
    let tensors = metadata.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
    let note = metadata.metadata().clone().unwrap_or_default();
    Ok(Read { path, bytes, data, tensors, note })
}

impl Read {
    /// The shape of a tensor that is there.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|info| info.shape.as_slice())
    }

    /// The numbers of a tensor that must have this shape.
    pub(crate) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let info = self
            .tensors
            .remove(name)
            .ok_or_else(|| self.bad(format_args!("tensor `{name}` is missing")))?;
        if info.dtype != Dtype::F32 || info.shape != shape {
            return Err(self.bad(format_args!(
                "tensor `{name}`: found {:?} {:?}, expected F32 {shape:?}",
                info.dtype, info.shape
            )));
        }
        let (start, end) = info.data_offsets;
        let bytes = self.bytes.get(self.data + start..self.data + end).unwrap_or_default();
        Ok(from_bytes(bytes))
    }

    /// Refuses what was not taken.
    pub(crate) fn finish(self) -> Result<()> {
        match self.tensors.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.bad(format_args!("tensor `{name}` is not one of this model"))),
        }
    }

    /// A number from the file's note.
    pub(crate) fn note(&self, key: &str) -> Result<u64> {
        let found = self.note.get(key).map(String::as_str);
        found.and_then(|text| text.parse().ok()).ok_or_else(|| {
            self.bad(format_args!(
                "metadata `{key}`: found {}, allowed is a whole number",
                found.map_or("nothing".into(), |text| format!("`{text}`"))
            ))
        })
    }

    /// An error of the file's content.
    pub(crate) fn bad(&self, what: impl Display) -> Error {
        Error::invalid(format!("{}: {what}", self.path.display()))
    }
}

/// The bytes of numbers in files: little-endian, as safetensors has them.
pub(crate) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|b| f32::from_le_bytes(*b)).collect()
}
