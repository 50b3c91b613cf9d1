//! Where a tensor lies in its file, and how its numbers are read from there.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use half::{bf16, f16};
use safetensors::Dtype;

/// The types that weights may have; each becomes `f32`, the widest of them rounded.
pub(super) const FLOATS: [Dtype; 4] = [Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::F64];

/// Numbers that are converted at once.
const AT_ONCE: usize = 1 << 16;

/// A tensor in a file that was held against the file's length.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// The byte at which its first number begins.
    pub start: u64,
    /// Numbers of the file from its first to its last.
    pub span: usize,
    /// How far neighbours lie apart along each dimension; unless given, row by row.
    pub strides: Option<Vec<usize>>,
}

impl Place {
    /// A tensor that lies row by row.
    pub(super) fn dense(dtype: Dtype, shape: Vec<usize>, start: u64) -> Self {
        Self { dtype, span: shape.iter().product(), shape, start, strides: None }
    }

    /// The numbers row by row; none if their type is not of [`FLOATS`].
    pub(super) fn read_floats(&self, file: &mut File) -> io::Result<Vec<f32>> {
        let values = match self.dtype {
            Dtype::F32 => self.read_numbers(file, f32::from_le_bytes),
            Dtype::F16 => self.read_numbers(file, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Dtype::BF16 => self.read_numbers(file, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Dtype::F64 => self.read_numbers(file, |bytes| f64::from_le_bytes(bytes) as f32),
            _ => return Ok(Vec::new()),
        }?;
        Ok(match &self.strides {
            None => values,
            Some(strides) => gathered(&values, &self.shape, strides),
        })
    }

    /// The numbers of the whole span, as the file has them.
    pub(super) fn read_numbers<T, const BYTES: usize>(
        &self,
        file: &mut File,
        number: impl Fn([u8; BYTES]) -> T,
    ) -> io::Result<Vec<T>> {
        file.seek(SeekFrom::Start(self.start))?;
        let mut values = Vec::with_capacity(self.span);
        let mut bytes = vec![0; self.span.min(AT_ONCE) * BYTES];
        while values.len() < self.span {
            let count = (self.span - values.len()).min(AT_ONCE);
            let bytes = &mut bytes[..count * BYTES];
            file.read_exact(bytes)?;
            values.extend(bytes.as_chunks::<BYTES>().0.iter().map(|bytes| number(*bytes)));
        }
        Ok(values)
    }
}

/// The numbers of a tensor row by row, of which neighbours lie `strides` apart in `values`.
fn gathered(values: &[f32], shape: &[usize], strides: &[usize]) -> Vec<f32> {
    let mut out = Vec::with_capacity(shape.iter().product());
    let mut index = vec![0; shape.len()];
    loop {
        let at: usize = index.iter().zip(strides).map(|(index, stride)| index * stride).sum();
        match values.get(at) {
            Some(value) => out.push(*value),
            None => return out,
        }
        // The next index, the last dimension first.
        let mut dimension = shape.len();
        loop {
            let Some(earlier) = dimension.checked_sub(1) else { return out };
            dimension = earlier;
            index[dimension] += 1;
            if index[dimension] < shape[dimension] {
                break;
            }
            index[dimension] = 0;
        }
    }
}
