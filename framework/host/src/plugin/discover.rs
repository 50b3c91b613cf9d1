//! Where plugin libraries are looked for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Diagnostic, Result};

/// The folders that are searched, in this order; of two libraries with one name the first wins.
#[derive(Debug, Clone, Default)]
pub struct SearchPath {
    /// `--plugin-dir`: every library in the folder; a file is taken as it is.
    pub given: Vec<PathBuf>,
    /// `TRIGLOT_PLUGIN_PATH`, like `PATH`: every library in each folder.
    pub variable: Option<std::ffi::OsString>,
    /// The folder of the executable: the libraries whose name begins with `triglot_`.
    pub beside: Option<PathBuf>,
}

impl SearchPath {
    /// The search path of this process, with the folders that the user gave.
    pub fn of_process(given: Vec<PathBuf>) -> Self {
        Self {
            given,
            variable: std::env::var_os("TRIGLOT_PLUGIN_PATH"),
            beside: std::env::current_exe()
                .ok()
                .and_then(|exe| exe.parent().map(Path::to_path_buf)),
        }
    }

    /// The library files found, each once.
    pub(super) fn libraries(&self) -> Result<Vec<PathBuf>> {
        let mut found: Vec<PathBuf> = Vec::new();
        for place in &self.given {
            found.extend(named(place, "--plugin-dir")?);
        }
        if let Some(variable) = &self.variable {
            for place in std::env::split_paths(variable).filter(|p| !p.as_os_str().is_empty()) {
                found.extend(named(&place, "TRIGLOT_PLUGIN_PATH")?);
            }
        }
        if let Some(beside) = &self.beside {
            let ours = format!("{}triglot_", std::env::consts::DLL_PREFIX);
            let all = in_folder(beside).unwrap_or_default();
            found.extend(all.into_iter().filter(|path| {
                path.file_name().and_then(OsStr::to_str).is_some_and(|n| n.starts_with(&ours))
            }));
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
        Ok(found)
    }
}

/// The libraries at a place that `from` names: the file itself, or all in a folder.
pub(super) fn named(place: &Path, from: &str) -> Result<Vec<PathBuf>> {
    if place.is_file() {
        return Ok(vec![place.to_path_buf()]);
    }
    in_folder(place).map_err(|source| {
        Diagnostic::new(format!("the plugin folder that {from} names cannot be read: {source}"))
            .file(place)
            .allowed("a folder with plugin libraries, or one library file")
            .into()
    })
}

fn in_folder(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let library = path.extension() == Some(OsStr::new(std::env::consts::DLL_EXTENSION));
        if library && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
