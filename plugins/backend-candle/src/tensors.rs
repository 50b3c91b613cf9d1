//! safetensors files of `f32` tensors: the same tensors give the same bytes, and reading checks everything.
//!
//! Tensors pass one by one in both directions: a file may be larger than what memory has left beside the model.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::fs::File;
use std::io::{Read as _, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, View};
use triglot_sdk::{Error, Result};

use crate::files;

/// Largest header that is read, as the format's own library has it.
const MAX_HEADER: u64 = 100_000_000;

/// A tensor to write: name, shape, numbers.
pub(crate) struct Named<'a> {
    pub name: String,
    pub shape: Cow<'a, [usize]>,
    pub values: Values<'a>,
}

/// The numbers of a tensor.
pub(crate) enum Values<'a> {
    /// Weights and the like.
    Floats(Cow<'a, [f32]>),
    /// Numbers of rows.
    Rows(Vec<u32>),
}

impl<'a> Named<'a> {
    /// One of numbers that lie elsewhere.
    pub(crate) fn new(name: impl Into<String>, shape: &'a [usize], values: &'a [f32]) -> Self {
        Self { name: name.into(), shape: shape.into(), values: Values::Floats(values.into()) }
    }
}

impl View for &Named<'_> {
    fn dtype(&self) -> Dtype {
        match self.values {
            Values::Floats(_) => Dtype::F32,
            Values::Rows(_) => Dtype::U32,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        match &self.values {
            Values::Floats(values) => to_bytes(values),
            Values::Rows(rows) => rows.iter().flat_map(|row| row.to_le_bytes()).collect(),
        }
    }

    fn data_len(&self) -> usize {
        match &self.values {
            Values::Floats(values) => size_of_val(values.as_ref()),
            Values::Rows(rows) => size_of_val(rows.as_slice()),
        }
    }
}

/// Writes tensors; at most one entry of `note` keeps the bytes the same, since the library writes them in hash order.
pub(crate) fn write(
    folder: &Path,
    file: &str,
    tensors: &[Named<'_>],
    note: Option<(&str, String)>,
) -> Result<()> {
    let path = folder.join(file);
    let failed =
        |error: &dyn Display| Error::failed(format!("cannot write {}: {error}", path.display()));
    // The library renames a file that nobody else may read; one that is made here has the mode that it should have.
    let made = File::create(&path).and_then(|file| file.metadata()).map_err(|e| failed(&e))?;
    let note = note.map(|(key, value)| HashMap::from([(key.to_owned(), value)]));
    let views = tensors.iter().map(|tensor| (tensor.name.as_str(), tensor));
    safetensors::serialize_to_file(views, note, &path).map_err(|e| failed(&e))?;
    std::fs::set_permissions(&path, made.permissions()).map_err(|e| failed(&e))
}

/// A file being read: every tensor is taken once, and [`Read::finish`] sees that none is left.
pub(crate) struct Read {
    path: PathBuf,
    file: File,
    /// Where the numbers begin.
    data: u64,
    tensors: BTreeMap<String, TensorInfo>,
    note: HashMap<String, String>,
}

/// Opens a file.
pub(crate) fn open(folder: &Path, file: &str) -> Result<Read> {
    let (path, mut file) = files::open(folder, file)?;
    let (data, metadata) = read_header(&mut file).map_err(|problem| {
        Error::invalid(format!("{}: not a safetensors file: {problem}", path.display()))
    })?;
    let tensors = metadata.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
    let note = metadata.metadata().clone().unwrap_or_default();
    Ok(Read { path, file, data, tensors, note })
}

/// Where the numbers begin, and what the header says; the file is as long as it says.
fn read_header(file: &mut File) -> std::result::Result<(u64, Metadata), String> {
    let failed = |error: std::io::Error| error.to_string();
    let length = file.metadata().map_err(failed)?.len();
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(failed)?;
    let size = u64::from_le_bytes(size);
    if size > MAX_HEADER.min(length) {
        return Err(format!("a header of {size} bytes in a file of {length}"));
    }
    let mut header = Vec::new();
    file.take(size).read_to_end(&mut header).map_err(failed)?;
    // This checks that every tensor is as long as its shape says and begins where the one before it ends.
    let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| error.to_string())?;
    let data = 8 + size;
    let end = metadata.tensors().values().map(|info| info.data_offsets.1 as u64).max();
    let end = data.saturating_add(end.unwrap_or(0));
    match end == length {
        true => Ok((data, metadata)),
        false => Err(format!("its tensors end at byte {end}, the file at byte {length}")),
    }
}

impl Read {
    /// The names of the tensors that were not taken yet, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor that is there.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|info| info.shape.as_slice())
    }

    /// Leaves out every tensor of such a name.
    pub(crate) fn leave_out(&mut self, unwanted: impl Fn(&str) -> bool) {
        self.tensors.retain(|name, _| !unwanted(name));
    }

    /// The numbers of a tensor that must have this shape.
    pub(crate) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let info = self.take_info(name)?;
        if info.dtype != Dtype::F32 || info.shape != shape {
            return Err(self.bad(format_args!(
                "tensor `{name}`: found {:?} {:?}, expected F32 {shape:?}",
                info.dtype, info.shape
            )));
        }
        let (start, end) = info.data_offsets;
        let mut values = vec![0.0f32; (end - start) / size_of::<f32>()];
        self.read_into(name, start, bytemuck::cast_slice_mut(&mut values))?;
        if cfg!(target_endian = "big") {
            values.iter_mut().for_each(|v| *v = f32::from_bits(v.to_bits().swap_bytes()));
        }
        Ok(values)
    }

    /// Some of the rows 0 to `rows`, ascending.
    pub(crate) fn take_rows(&mut self, name: &str, rows: usize) -> Result<Vec<u32>> {
        let info = self.take_info(name)?;
        let (start, end) = info.data_offsets;
        if info.dtype != Dtype::U32 || info.shape.len() != 1 {
            return Err(self.bad(format_args!(
                "tensor `{name}`: found {:?} {:?}, expected U32 of one dimension",
                info.dtype, info.shape
            )));
        }
        let mut bytes = vec![0; end - start];
        self.read_into(name, start, &mut bytes)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        let found: Vec<u32> = numbers.iter().map(|number| u32::from_le_bytes(*number)).collect();
        let ascending = found.is_sorted_by(|left, right| left < right);
        if !ascending || found.last().is_some_and(|last| *last as usize >= rows) {
            return Err(self.bad(format_args!(
                "tensor `{name}`: expected are rows below {rows}, each once and ascending"
            )));
        }
        Ok(found)
    }

    fn take_info(&mut self, name: &str) -> Result<TensorInfo> {
        let info = self.tensors.remove(name);
        info.ok_or_else(|| self.bad(format_args!("tensor `{name}` is missing")))
    }

    fn read_into(&mut self, name: &str, start: usize, bytes: &mut [u8]) -> Result<()> {
        self.file
            .seek(SeekFrom::Start(self.data + start as u64))
            .and_then(|_| self.file.read_exact(bytes))
            .map_err(|error| self.bad(format_args!("tensor `{name}`: cannot be read: {error}")))
    }

    /// As [`Read::take`], for numbers that must be finite.
    pub(crate) fn take_finite(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.take(name, shape)?;
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => Err(self
                .bad(format_args!("tensor `{name}`: found {value}, allowed are finite numbers"))),
        }
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
pub(crate) fn to_bytes(values: &[f32]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        return Cow::Borrowed(bytemuck::cast_slice(values));
    }
    Cow::Owned(values.iter().flat_map(|v| v.to_le_bytes()).collect())
}
