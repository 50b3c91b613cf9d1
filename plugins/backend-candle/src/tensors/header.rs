//! The header of a safetensors file.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

use safetensors::tensor::Metadata;

use super::place::Place;

/// Largest header that is read, as the format's own library has it.
const MAX_HEADER: u64 = 100_000_000;

/// What a header says: the places of its tensors, and its note.
type Said = (Vec<(String, Place)>, HashMap<String, String>);

/// Reads the header; the file is as long as it says.
pub(super) fn read(file: &mut File) -> Result<Said, String> {
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
    let tensors = metadata.tensors();
    let end = tensors.values().map(|info| info.data_offsets.1 as u64).max();
    let end = data.saturating_add(end.unwrap_or(0));
    if end != length {
        return Err(format!("its tensors end at byte {end}, the file at byte {length}"));
    }
    let place = |info: &safetensors::tensor::TensorInfo| {
        Place::dense(info.dtype, info.shape.clone(), data + info.data_offsets.0 as u64)
    };
    let places = tensors.into_iter().map(|(name, info)| (name, place(info))).collect();
    Ok((places, metadata.metadata().clone().unwrap_or_default()))
}
