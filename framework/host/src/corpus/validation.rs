//! The pairs of a set that is never trained on: a validation loss of its own is computed over them.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::examples::Examples;
use super::read;
use super::shape::{Corpus, merged};
use super::source::Source;
use super::table::TextTable;
use super::training::{Part, limited, table};
use crate::error::Result;
use crate::manifest::Manifest;
use crate::manifest::types::ValidationSet;

/// The rows of a set for a validation loss.
#[derive(Debug)]
pub struct ValidationData {
    /// The rows, in languages that need not be those of training.
    pub table: TextTable,
    /// Every file that was read, with the BLAKE3 hash of its bytes in hexadecimal.
    pub files: Vec<(PathBuf, String)>,
    /// What the user should know of the data.
    pub warnings: Vec<String>,
}

/// Reads the set for a validation loss that stands at `address` in the manifest; paths resolve against `data_dir`.
///
/// # Errors
/// A diagnostic that names the file with its line or record, or the key of the manifest, if a file is missing or
/// malformed or a language has no data.
pub fn read_validation(
    manifest: &Manifest,
    address: &str,
    set: &ValidationSet,
    data_dir: &Path,
) -> Result<ValidationData> {
    let source = Source::validation(manifest, address, set);
    let Corpus { islands, files, warnings } = read::read(&source, data_dir)?;
    let languages = merged(islands);
    let examples = Rc::new(Examples::of(&languages));
    let chosen = limited(&examples, &source);
    let part = Part { languages: &languages, examples, chosen };
    let table = table(vec![set.name.clone()], &[part], false)?;
    Ok(ValidationData { table, files, warnings })
}
