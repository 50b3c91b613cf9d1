//! safetensors files: the same tensors give the same bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Display;
use std::fs::File;
use std::path::Path;

use half::{bf16, f16};
use safetensors::{Dtype, View};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result};

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

/// How exact written weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// As they were trained.
    #[default]
    F32,
    /// Half precision (IEEE 754 binary16): 11 bits of each number, up to 65,504.
    F16,
    /// Brain floating point: 8 bits of each number, as large as `f32`.
    Bf16,
}

impl Precision {
    /// The name that PyTorch has for it.
    pub(crate) fn torch_name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
        }
    }

    /// A number rounded to the nearest one of this precision, to the even one between two.
    fn rounded(self, value: f32) -> f32 {
        match self {
            Self::F32 => value,
            Self::F16 => f16::from_f32(value).to_f32(),
            Self::Bf16 => bf16::from_f32(value).to_f32(),
        }
    }
}

impl<'a> Named<'a> {
    /// One of numbers that lie elsewhere.
    pub(crate) fn new(name: impl Into<String>, shape: &'a [usize], values: &'a [f32]) -> Self {
        Self { name: name.into(), shape: shape.into(), values: Values::Floats(values.into()) }
    }

    /// The first number that is finite and would not be in this precision.
    fn overflow(&self, precision: Precision) -> Option<f32> {
        let Values::Floats(values) = &self.values else { return None };
        let finite = |value: &&f32| value.is_finite() && !precision.rounded(**value).is_finite();
        values.iter().find(finite).copied()
    }
}

/// A tensor as the format's library takes it.
struct Written<'a>(&'a Named<'a>, Precision);

impl View for Written<'_> {
    fn dtype(&self) -> Dtype {
        match (&self.0.values, self.1) {
            (Values::Rows(_), _) => Dtype::U32,
            (Values::Floats(_), Precision::F32) => Dtype::F32,
            (Values::Floats(_), Precision::F16) => Dtype::F16,
            (Values::Floats(_), Precision::Bf16) => Dtype::BF16,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        match (&self.0.values, self.1) {
            (Values::Rows(rows), _) => rows.iter().flat_map(|row| row.to_le_bytes()).collect(),
            (Values::Floats(values), Precision::F32) => to_bytes(values),
            (Values::Floats(values), Precision::F16) => {
                values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect()
            }
            (Values::Floats(values), Precision::Bf16) => {
                values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect()
            }
        }
    }

    fn data_len(&self) -> usize {
        let count = match &self.0.values {
            Values::Rows(rows) => rows.len(),
            Values::Floats(values) => values.len(),
        };
        count * self.dtype().bitsize() / 8
    }
}

/// Writes tensors; at most one entry of `note` keeps the bytes the same, since the library writes them in hash order.
pub(crate) fn write(
    folder: &Path,
    file: &str,
    tensors: &[Named<'_>],
    note: Option<(&str, String)>,
) -> Result<()> {
    write_as(folder, file, tensors, note, Precision::F32)
}

/// As [`write()`], in a precision of choice; a number too large for it is an error.
pub(crate) fn write_as(
    folder: &Path,
    file: &str,
    tensors: &[Named<'_>],
    note: Option<(&str, String)>,
    precision: Precision,
) -> Result<()> {
    let path = folder.join(file);
    let failed =
        |error: &dyn Display| Error::failed(format!("cannot write {}: {error}", path.display()));
    for tensor in tensors {
        if let Some(value) = tensor.overflow(precision) {
            let problem = format!(
                "tensor `{}`: {value:e} is too large for {}",
                tensor.name,
                precision.torch_name()
            );
            return Err(failed(&problem));
        }
    }
    // The library renames a file that nobody else may read; one that is made here has the mode that it should have.
    let made = File::create(&path).and_then(|file| file.metadata()).map_err(|e| failed(&e))?;
    let note = note.map(|(key, value)| HashMap::from([(key.to_owned(), value)]));
    let views = tensors.iter().map(|tensor| (tensor.name.as_str(), Written(tensor, precision)));
    safetensors::serialize_to_file(views, note, &path).map_err(|e| failed(&e))?;
    std::fs::set_permissions(&path, made.permissions()).map_err(|e| failed(&e))
}

/// The bytes of numbers in files: little-endian, as safetensors has them.
pub(crate) fn to_bytes(values: &[f32]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        return Cow::Borrowed(bytemuck::cast_slice(values));
    }
    Cow::Owned(values.iter().flat_map(|v| v.to_le_bytes()).collect())
}
