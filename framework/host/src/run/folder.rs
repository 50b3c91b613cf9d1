//! The folder of a run, and finding runs again.

use std::path::{Path, PathBuf};

use crate::error::{Diagnostic, Result};
use crate::files;
use crate::train;

use super::record::RunRecord;

/// The folder of one run: `runs/<experiment>/<run id>`.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    id: String,
}

impl RunFolder {
    /// Makes a new folder under `parent`; its name is the time to the second and a few characters to tell apart what
    /// begins in the same one.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(parent: &Path) -> Result<Self> {
        files::create_dir_all(parent)?;
        let now = jiff::Timestamp::now();
        let stamp = now.strftime("%Y%m%d-%H%M%S").to_string();
        for attempt in 0u32.. {
            let entropy = (now.as_nanosecond(), std::process::id(), attempt);
            let hash = blake3::hash(format!("{entropy:?}").as_bytes()).to_hex();
            let id = format!("{stamp}-{}", &hash[..4]);
            let path = parent.join(&id);
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path, id }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(crate::Error::io("create", &path, &error)),
            }
        }
        unreachable!("some id is free");
    }

    /// The folder of a run that there is.
    pub(super) fn at(path: PathBuf, id: &str) -> Self {
        Self { path, id: id.to_owned() }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where its checkpoints go.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join(train::FOLDER)
    }
}

/// Every run under `runs_dir` with its folder, oldest first; a folder whose record cannot be read is left out, traced.
///
/// # Errors
/// If the folder itself cannot be read.
pub fn list(runs_dir: &Path) -> Result<Vec<(PathBuf, RunRecord)>> {
    let mut runs = Vec::new();
    if !runs_dir.is_dir() {
        return Ok(runs);
    }
    for experiment in files::list_dir(runs_dir)?.into_iter().filter(|path| path.is_dir()) {
        for folder in files::list_dir(&experiment)?.into_iter().filter(|path| path.is_dir()) {
            if !folder.join(RunRecord::FILE).is_file() {
                continue;
            }
            match RunRecord::read(&folder) {
                Ok(record) => runs.push((folder, record)),
                Err(error) => tracing::warn!("left out: {error}"),
            }
        }
    }
    runs.sort_by(|(_, a), (_, b)| (&a.started, &a.id).cmp(&(&b.started, &b.id)));
    Ok(runs)
}

/// The run that `named` means: a path to its folder, `experiment/id`, an id or the beginning of one, or `last`.
///
/// # Errors
/// If there is no such run, or several.
pub fn find(runs_dir: &Path, named: &str) -> Result<(PathBuf, RunRecord)> {
    for folder in [PathBuf::from(named), runs_dir.join(named)] {
        if folder.join(RunRecord::FILE).is_file() {
            let record = RunRecord::read(&folder)?;
            return Ok((folder, record));
        }
    }
    let mut runs = list(runs_dir)?;
    if named == "last"
        && let Some(last) = runs.pop()
    {
        return Ok(last);
    }
    let ids: Vec<String> = runs.iter().map(|(_, record)| record.id.clone()).collect();
    runs.retain(|(_, record)| record.id.starts_with(named));
    match runs.len() {
        1 => Ok(runs.swap_remove(0)),
        0 => Err(Diagnostic::new(format!("there is no run `{named}` in {}", runs_dir.display()))
            .nearest(named, ids.iter().map(String::as_str))
            .allowed("a run's folder, `experiment/id`, an id or its beginning, or `last`")
            .into()),
        n => Err(Diagnostic::new(format!("`{named}` is the beginning of {n} run ids")).into()),
    }
}
