//! The file of a saved model: a line that says what it is, then the weights, 4 bytes each.

use std::path::Path;

use triglot_sdk::{Error, Result};

use crate::Options;

const FILE: &str = "table.bin";

fn first_line(options: Options) -> String {
    format!("trigrams {} x {}\n", options.rows, options.dim)
}

/// Writes the weights.
pub fn write(folder: &Path, options: Options, table: &[f32]) -> Result<()> {
    let mut bytes = first_line(options).into_bytes();
    bytes.extend(table.iter().flat_map(|weight| weight.to_le_bytes()));
    Ok(std::fs::write(folder.join(FILE), bytes)?)
}

/// Reads weights of these options.
pub fn read(folder: &Path, options: Options) -> Result<Vec<f32>> {
    let path = folder.join(FILE);
    let refused = |problem: &str| Error::invalid(format!("{}: {problem}", path.display()));
    let bytes = std::fs::read(&path).map_err(|source| refused(&source.to_string()))?;
    let first_line = first_line(options);
    let weights = bytes
        .strip_prefix(first_line.as_bytes())
        .ok_or_else(|| refused(&format!("does not begin with `{}`", first_line.trim_end())))?;
    let (weights, rest) = weights.as_chunks::<4>();
    if weights.len() != options.rows * options.dim || !rest.is_empty() {
        return Err(refused("is too short or too long"));
    }
    Ok(weights
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect())
}
