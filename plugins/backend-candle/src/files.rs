//! Files of a model's folder, with errors that name the path.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use triglot_sdk::{Error, Result};

/// Writes a whole file.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, bytes)
        .map_err(|error| Error::failed(format!("cannot write {}: {error}", path.display())))
}

/// Writes a value as indented JSON.
pub(crate) fn write_json(folder: &Path, name: &str, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write(folder, name, text.as_bytes())
}

/// Reads a whole file; returns its path too, for later errors about its content.
pub(crate) fn read(folder: &Path, name: &str) -> Result<(PathBuf, Vec<u8>)> {
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) => Err(Error::invalid(format!("cannot read {}: {error}", path.display()))),
    }
}

/// Opens a file to be read in parts; returns its path too, for later errors about its content.
pub(crate) fn open(folder: &Path, name: &str) -> Result<(PathBuf, File)> {
    let path = folder.join(name);
    match File::open(&path) {
        Ok(file) => Ok((path, file)),
        Err(error) => Err(Error::invalid(format!("cannot read {}: {error}", path.display()))),
    }
}

/// Reads JSON; returns its path too, for later errors about its content.
pub(crate) fn read_json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<(PathBuf, T)> {
    let (path, bytes) = read(folder, name)?;
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok((path, value)),
        Err(error) => Err(Error::invalid(format!("{}: {error}", path.display()))),
    }
}

/// Makes a folder inside one.
pub(crate) fn make_folder(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    match std::fs::create_dir_all(&path) {
        Ok(()) => Ok(path),
        Err(error) => Err(Error::failed(format!("cannot make {}: {error}", path.display()))),
    }
}
