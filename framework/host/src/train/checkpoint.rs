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

/// The folder of a run's checkpoints.
pub const FOLDER: &str = "checkpoints";

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
    // By number and not by name: `step-1000000` comes after `step-999999`.
    let step = |path: &PathBuf| {
        let number = path.file_name()?.to_str()?.strip_prefix("step-")?.parse::<u64>().ok()?;
        path.join(STATE).is_file().then_some(number)
    };
    let whole = files::list_dir(checkpoints)?.into_iter();
    Ok(whole.filter_map(|path| Some((step(&path)?, path))).max().map(|(_, path)| path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_checkpoint_is_that_of_the_highest_step_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        for step in ["step-999999", "step-1000000", ".step-2000000.tmp-x", "step-old"] {
            std::fs::create_dir(folder.path().join(step)).unwrap();
            std::fs::write(folder.path().join(step).join(STATE), "{}").unwrap();
        }
        std::fs::create_dir(folder.path().join("step-3000000")).unwrap();
        assert_eq!(latest(folder.path()).unwrap(), Some(folder.path().join("step-1000000")));
        assert_eq!(latest(&folder.path().join("none")).unwrap(), None);
    }
}
