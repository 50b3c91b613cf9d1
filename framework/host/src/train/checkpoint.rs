//! Checkpoints: the state of a run at a step, in a folder that is whole or not there.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{self, StagedDir};
use crate::plugin::Backend;

/// What `checkpoint.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Steps taken, all stages together.
    pub step: u64,
    /// The stage that was running, and how many of its steps were taken.
    pub stage: String,
    /// Steps taken in that stage.
    pub stage_step: u64,
}

const STATE: &str = "checkpoint.json";
const BACKEND: &str = "backend";

impl Checkpoint {
    /// The name of its folder, for example `step-000100`.
    pub fn name(&self) -> String {
        format!("step-{:06}", self.step)
    }

    /// Saves the state in a folder of its name under `checkpoints/`.
    ///
    /// # Errors
    /// If the backend or the disk fails; then nothing is left behind.
    pub fn save(&self, checkpoints: &Path, backend: &mut Backend) -> Result<PathBuf> {
        let name = self.name();
        let target = checkpoints.join(&name);
        if target.exists() {
            return Ok(target);
        }
        files::create_dir_all(checkpoints)?;
        let staged = StagedDir::new(checkpoints, &name)?;
        let folder = staged.path().join(BACKEND);
        files::create_dir_all(&folder)?;
        backend.save(&folder)?;
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::failed(e.to_string()))?;
        files::write_atomic(&staged.path().join(STATE), text.as_bytes())?;
        staged.commit()
    }

    /// Reads a checkpoint, and the folder of the backend's state.
    ///
    /// # Errors
    /// If the folder is no whole checkpoint.
    pub fn read(folder: &Path) -> Result<(Self, PathBuf)> {
        let path = folder.join(STATE);
        let text = files::input_to_string(&path)?;
        let checkpoint = serde_json::from_str(&text).map_err(|source| {
            crate::Diagnostic::new(format!("is no checkpoint: {source}")).file(&path)
        })?;
        Ok((checkpoint, folder.join(BACKEND)))
    }
}

/// The newest checkpoint under `checkpoints/`, if there is one.
///
/// # Errors
/// If the folder cannot be read.
pub fn latest(checkpoints: &Path) -> Result<Option<PathBuf>> {
    if !checkpoints.is_dir() {
        return Ok(None);
    }
    let is_whole = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|n| n.starts_with("step-"))
            && path.join(STATE).is_file()
    };
    Ok(files::list_dir(checkpoints)?.into_iter().rfind(is_whole))
}
