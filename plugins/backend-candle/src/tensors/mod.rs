//! Tensors in files: what is written is safetensors; what is read may also be a checkpoint of PyTorch, whole or in shards.
//!
//! Whatever the file, a tensor in it comes down to a [`Place`], and that is checked against the file's length before
//! anything is allocated. Tensors pass one by one in both directions: a file may be larger than what memory has left
//! beside the model. Numbers of any precision become `f32` on the way.

mod folder;
mod header;
mod pickle;
mod place;
#[cfg(test)]
mod tests;
mod torch;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::fs::File;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use triglot_sdk::{Error, Result};

use crate::files;
use place::{FLOATS, Place};

pub(crate) use folder::open_weights;
pub(crate) use write::{Named, Precision, Values, to_bytes, write, write_as};

/// Files being read: every tensor is taken once, and [`Read::finish`] sees that none is left.
pub(crate) struct Read {
    /// The file, or the index where there are several.
    path: PathBuf,
    files: Vec<(PathBuf, File)>,
    /// Each tensor's file, and its place there.
    tensors: BTreeMap<String, (usize, Place)>,
    note: HashMap<String, String>,
}

/// Opens a safetensors file.
pub(crate) fn open(folder: &Path, file: &str) -> Result<Read> {
    let (path, mut file) = files::open(folder, file)?;
    let (places, note) = header::read(&mut file)
        .map_err(|problem| bad(&path, format_args!("not a safetensors file: {problem}")))?;
    let tensors = places.into_iter().map(|(name, place)| (name, (0, place))).collect();
    Ok(Read { files: vec![(path.clone(), file)], path, tensors, note })
}

/// Opens a file of `torch.save`.
fn open_torch(folder: &Path, file: &str) -> Result<Read> {
    let (path, mut file) = files::open(folder, file)?;
    let places = torch::read(&mut file)
        .map_err(|problem| bad(&path, format_args!("not a checkpoint of PyTorch: {problem}")))?;
    let tensors = places.into_iter().map(|(name, place)| (name, (0, place))).collect();
    Ok(Read { files: vec![(path.clone(), file)], path, tensors, note: HashMap::new() })
}

/// The error of a file's content.
fn bad(path: &Path, what: impl Display) -> Error {
    Error::invalid(format!("{}: {what}", path.display()))
}

impl Read {
    /// The names of the tensors that were not taken yet, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor that is there.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|(_, place)| place.shape.as_slice())
    }

    /// Leaves out every tensor of such a name.
    pub(crate) fn leave_out(&mut self, unwanted: impl Fn(&str) -> bool) {
        self.tensors.retain(|name, _| !unwanted(name));
    }

    /// The numbers of a tensor that must have this shape.
    pub(crate) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let (file, place) = self.take_place(name)?;
        let float = FLOATS.contains(&place.dtype);
        if !float || place.shape != shape {
            let allowed = match float {
                true => format!("{:?}", place.dtype),
                false => FLOATS.map(|float| format!("{float:?}")).join(", "),
            };
            return Err(self.bad_tensor(
                file,
                name,
                format_args!(
                    "found {:?} {:?}, expected {allowed} {shape:?}",
                    place.dtype, place.shape
                ),
            ));
        }
        self.read(file, name, |file| place.read_floats(file))
    }

    /// Some of the rows 0 to `rows`, ascending.
    pub(crate) fn take_rows(&mut self, name: &str, rows: usize) -> Result<Vec<u32>> {
        let (file, place) = self.take_place(name)?;
        if place.dtype != Dtype::U32 || place.shape.len() != 1 {
            let (dtype, shape) = (place.dtype, place.shape);
            let what = format_args!("found {dtype:?} {shape:?}, expected U32 of one dimension");
            return Err(self.bad_tensor(file, name, what));
        }
        let found = self.read(file, name, |file| place.read_numbers(file, u32::from_le_bytes))?;
        let ascending = found.is_sorted_by(|left, right| left < right);
        if !ascending || found.last().is_some_and(|last| *last as usize >= rows) {
            let what = format_args!("expected are rows below {rows}, each once and ascending");
            return Err(self.bad_tensor(file, name, what));
        }
        Ok(found)
    }

    fn take_place(&mut self, name: &str) -> Result<(usize, Place)> {
        let found = self.tensors.remove(name);
        found.ok_or_else(|| self.bad(format_args!("tensor `{name}` is missing")))
    }

    fn read<T>(
        &mut self,
        file: usize,
        name: &str,
        read: impl FnOnce(&mut File) -> std::io::Result<T>,
    ) -> Result<T> {
        let opened = self.files.get_mut(file).map(|(_, file)| read(file));
        match opened {
            Some(Ok(found)) => Ok(found),
            Some(Err(error)) => {
                Err(self.bad_tensor(file, name, format_args!("cannot be read: {error}")))
            }
            None => Err(self.bad(format_args!("tensor `{name}` is in no file"))),
        }
    }

    /// As [`Read::take`], for numbers that must be finite.
    pub(crate) fn take_finite(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let file = self.tensors.get(name).map_or(0, |(file, _)| *file);
        let values = self.take(name, shape)?;
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => {
                let what = format_args!("found {value}, allowed are finite numbers");
                Err(self.bad_tensor(file, name, what))
            }
        }
    }

    /// Refuses what was not taken.
    pub(crate) fn finish(self) -> Result<()> {
        match self.tensors.iter().next() {
            None => Ok(()),
            Some((name, (file, _))) => Err(bad(
                self.path_of(*file),
                format_args!("tensor `{name}` is not one of this model"),
            )),
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

    /// An error of the content as a whole.
    pub(crate) fn bad(&self, what: impl Display) -> Error {
        bad(&self.path, what)
    }

    fn bad_tensor(&self, file: usize, name: &str, what: impl Display) -> Error {
        bad(self.path_of(file), format_args!("tensor `{name}`: {what}"))
    }

    fn path_of(&self, file: usize) -> &Path {
        self.files.get(file).map_or(&self.path, |(path, _)| path)
    }
}
