//! Embeddings in a file, mapped into memory; one of the crate's two places of unsafe code.
//!
//! The system reads the pages of a mapped file when they are first looked at and drops them when it wants the memory
//! for something else. So a collection may be larger than the memory, and one that is not is read once.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::path::Path;

use half::f16;
use half::slice::HalfFloatSliceExt;
use memmap2::Mmap;

use crate::source::EmbeddingSource;

/// How the values of a file are written, little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Float {
    /// IEEE 754 with 32 bits.
    F32,
    /// IEEE 754 with 16 bits: half the size, three significant digits.
    F16,
}

impl Float {
    /// The bytes of a value.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }

    /// Appends `values` as they stand in a file.
    pub fn encode(self, values: &[f32], into: &mut Vec<u8>) {
        match self {
            Self::F32 => values.iter().for_each(|value| into.extend(value.to_le_bytes())),
            Self::F16 => {
                values.iter().for_each(|value| into.extend(f16::from_f32(*value).to_le_bytes()));
            }
        }
    }

    /// Reads as many values as `into` has room for and `bytes` hold.
    pub fn decode(self, bytes: &[u8], into: &mut [f32]) {
        match self {
            Self::F32 => {
                let values = bytes.as_chunks().0.iter();
                values.zip(into).for_each(|(bytes, value)| *value = f32::from_le_bytes(*bytes));
            }
            Self::F16 => {
                const AT_ONCE: usize = 128;
                let mut halves = [f16::ZERO; AT_ONCE];
                for (bytes, into) in bytes.chunks(2 * AT_ONCE).zip(into.chunks_mut(AT_ONCE)) {
                    let values = bytes.as_chunks().0.iter();
                    let count = values.len().min(into.len());
                    values.zip(&mut halves).for_each(|(b, half)| *half = f16::from_le_bytes(*b));
                    halves[..count].convert_to_f32_slice(&mut into[..count]);
                }
            }
        }
    }
}

/// A matrix in a file: from a first byte on one row after another, without gaps.
#[derive(Debug)]
pub struct MappedEmbeddings {
    map: Mmap,
    first: usize,
    rows: usize,
    dim: usize,
    float: Float,
}

impl MappedEmbeddings {
    /// Maps the file at `path`, in which `rows` rows of `dim` values begin at the byte `first`. Nobody may write to the
    /// file or cut it while it is mapped: publish such files by renaming, and never change them.
    ///
    /// Fails if the file cannot be mapped, or is shorter than that.
    pub fn open(
        path: &Path,
        first: usize,
        rows: usize,
        dim: usize,
        float: Float,
    ) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the map is only ever read, and as bytes, every pattern of which is valid. That nobody changes the
        // file is asked of the caller in the documentation; who breaks it reads other numbers, or, past the end of a
        // file that was cut, is ended by the system, but reaches no memory that is not the map's.
        let map = unsafe { Mmap::map(&file)? };
        let bytes = rows.checked_mul(dim).and_then(|values| values.checked_mul(float.bytes()));
        let end = bytes.and_then(|bytes| bytes.checked_add(first));
        if end.is_none_or(|end| end > map.len()) {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{} bytes are too few for {rows} rows of {dim} values", map.len()),
            ));
        }
        Ok(Self { map, first, rows, dim, float })
    }

    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }
}

impl EmbeddingSource for MappedEmbeddings {
    fn rows(&self) -> usize {
        self.rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read(&self, row: usize, into: &mut [f32]) {
        let bytes = self.dim * self.float.bytes();
        let start = self.first + row * bytes;
        self.float.decode(&self.map[start..start + bytes], into);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn rows_come_back_as_they_were_written(
            (rows, dim) in (0usize..5, prop_oneof![1usize..9, 120usize..300]),
            first in 0usize..9,
            bits in any::<u32>(),
        ) {
            let value = |i: usize| f32::from_bits((bits ^ i as u32).wrapping_mul(2_654_435_761));
            let values: Vec<f32> = (0..rows * dim).map(value).map(|v| if v.is_nan() { 0.5 } else { v }).collect();
            for float in [Float::F32, Float::F16] {
                let mut bytes = vec![7; first];
                float.encode(&values, &mut bytes);
                let file = file(&bytes);
                let map = MappedEmbeddings::open(file.path(), first, rows, dim, float).unwrap();
                prop_assert_eq!((map.rows(), map.dim(), map.bytes()), (rows, dim, &bytes[..]));
                let mut row = vec![0.0; dim];
                for (index, expected) in values.chunks(dim).enumerate() {
                    map.read(index, &mut row);
                    let as_kept = |v: &f32| match float {
                        Float::F32 => *v,
                        Float::F16 => f16::from_f32(*v).to_f32(),
                    };
                    prop_assert_eq!(&row, &expected.iter().map(as_kept).collect::<Vec<_>>());
                }
                prop_assert!(MappedEmbeddings::open(file.path(), first, rows + 1, dim, float).is_err());
            }
        }
    }

    #[test]
    fn a_shape_beyond_all_files_is_refused() {
        let file = file(&[0; 8]);
        let open = |rows, dim| MappedEmbeddings::open(file.path(), 0, rows, dim, Float::F32);
        assert!(open(usize::MAX, 2).is_err());
        assert_eq!(
            open(3, 1).unwrap_err().to_string(),
            "8 bytes are too few for 3 rows of 1 values"
        );
    }
}
