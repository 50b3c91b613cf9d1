//! Checkpoints: the state of a run at a step, in a folder that is whole or not there.
//!
//! A folder gets its name with everything in it on the disk, yet a disk may lose what it has confirmed, and a copy may be
//! cut short. So `checkpoint.json` lists the other files with lengths and hashes: what does not match is damaged, and the
//! checkpoint before it counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Diagnostic, Error, Result};
use crate::files::{self, FileMark, StagedDir};
use crate::plugin::Backend;

use super::reached::Reached;

/// What `checkpoint.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Steps taken, all stages together.
    pub step: u64,
    /// The stage that was running.
    pub stage: String,
    /// Steps taken in that stage.
    pub stage_step: u64,
    /// The number of the journal's next event: what the run had told by then lies before it.
    pub journal: u64,
    /// What training had come to.
    pub reached: Reached,
    /// Every other file of the folder.
    pub files: BTreeMap<String, FileMark>,
}

/// The folder of a run's checkpoints.
pub const FOLDER: &str = "checkpoints";

const STATE: &str = "checkpoint.json";
const BACKEND: &str = "backend";
const OBJECTIVES: &str = "objectives";

/// A checkpoint that is whole, with its folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Its folder.
    pub folder: PathBuf,
}

impl Saved {
    /// The folder of the backend's state.
    pub fn backend(&self) -> PathBuf {
        self.folder.join(BACKEND)
    }

    /// The folder of the objectives' parameters.
    pub fn objectives(&self) -> PathBuf {
        self.folder.join(OBJECTIVES)
    }
}

/// What is asked of the files of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// That they are there, in their lengths.
    Quick,
    /// That they hold what was written.
    Thorough,
}

impl Checkpoint {
    /// The name of its folder, for example `step-000100`.
    pub fn name(&self) -> String {
        name(self.step)
    }

    /// Saves the state in a folder of its name under `checkpoints/`; `objectives` saves theirs into a folder. One of the
    /// same step that is there already stays, unless it is damaged, or was saved before all that came after the step was
    /// done.
    ///
    /// # Errors
    /// If the backend, an objective or the disk fails; then nothing is left behind.
    pub fn save(
        mut self,
        checkpoints: &Path,
        backend: &mut Backend,
        objectives: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let name = self.name();
        let target = checkpoints.join(&name);
        let same = |saved: Saved| saved.checkpoint.reached == self.reached;
        if target.is_dir() && read(&target, Look::Thorough).is_ok_and(same) {
            return Ok(target);
        }
        files::create_dir_all(checkpoints)?;
        let staged = StagedDir::new(checkpoints, &name)?;
        for folder in [BACKEND, OBJECTIVES] {
            files::create_dir_all(&staged.path().join(folder))?;
        }
        backend.save(&staged.path().join(BACKEND))?;
        objectives(&staged.path().join(OBJECTIVES))?;
        self.files = files::inventory(staged.path())?;
        let text = serde_json::to_string_pretty(&self).map_err(|e| Error::failed(e.to_string()))?;
        files::write_atomic(&staged.path().join(STATE), text.as_bytes())?;
        staged.replace()
    }
}

fn name(step: u64) -> String {
    format!("step-{step:06}")
}

/// The checkpoint of a step under `checkpoints/`, every byte verified.
///
/// # Errors
/// If it is not there, or damaged.
pub(super) fn at(checkpoints: &Path, step: u64) -> Result<Saved> {
    read(&checkpoints.join(name(step)), Look::Thorough)
}

/// Reads a checkpoint, and looks at its files.
fn read(folder: &Path, look: Look) -> Result<Saved> {
    let path = folder.join(STATE);
    let text = files::input_to_string(&path)?;
    let checkpoint: Checkpoint = serde_json::from_str(&text).map_err(|source| {
        Diagnostic::new(format!("the checkpoint is damaged: {source}")).file(&path)
    })?;
    let (taken, all) = (checkpoint.stage_step, checkpoint.reached.summary.steps);
    if taken > all {
        let problem = format!(
            "the checkpoint is damaged: {taken} steps of stage `{}`, {all} of the run",
            checkpoint.stage
        );
        return Err(Diagnostic::new(problem).file(&path).into());
    }
    for (name, mark) in &checkpoint.files {
        let path = folder.join(name);
        let damaged = |problem: String| Diagnostic::new(problem).file(&path);
        let bytes = path.metadata().map_err(|source| files::input_error(&path, &source))?.len();
        if bytes != mark.bytes {
            let problem = format!("the checkpoint is damaged: {bytes} bytes of {}", mark.bytes);
            return Err(damaged(problem).into());
        }
        if look == Look::Thorough && files::hash_file(&path)? != mark.hash {
            let problem = "the checkpoint is damaged: the file is not what was written";
            return Err(damaged(problem.to_owned()).into());
        }
    }
    Ok(Saved { checkpoint, folder: folder.to_path_buf() })
}

/// The newest checkpoint under `checkpoints/` that seems whole, if there is one: for telling, not for loading.
///
/// # Errors
/// If the folder cannot be read.
pub fn latest(checkpoints: &Path) -> Result<Option<PathBuf>> {
    let all = by_age(checkpoints)?.into_iter().map(|(_, folder)| folder);
    Ok(all.rev().find(|folder| read(folder, Look::Quick).is_ok()))
}

/// The newest whole checkpoint under `checkpoints/`, every byte verified. Newer ones that are damaged are passed over
/// with a warning.
///
/// # Errors
/// If the folder cannot be read.
pub fn newest(checkpoints: &Path) -> Result<Option<Saved>> {
    for (_, folder) in by_age(checkpoints)?.into_iter().rev() {
        match read(&folder, Look::Thorough) {
            Ok(saved) => return Ok(Some(saved)),
            Err(error) => tracing::warn!("{} is passed over: {error}", folder.display()),
        }
    }
    Ok(None)
}

/// The folders named as checkpoints with their steps, by step.
pub(super) fn by_age(checkpoints: &Path) -> Result<Vec<(u64, PathBuf)>> {
    if !checkpoints.is_dir() {
        return Ok(Vec::new());
    }
    // By number and not by name: `step-1000000` comes after `step-999999`.
    let step = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix("step-")?.parse::<u64>().ok().filter(|_| path.is_dir())
    };
    let all = files::list_dir(checkpoints)?.into_iter();
    let mut all: Vec<_> = all.filter_map(|path| Some((step(&path)?, path))).collect();
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::reached::Summary;
    use super::*;

    fn reached(steps: u64) -> Reached {
        Reached { summary: Summary { steps, ..Summary::default() }, ..Reached::default() }
    }

    /// A checkpoint of some bytes at a step, as `save` leaves it.
    fn checkpoint(checkpoints: &Path, step: u64) -> PathBuf {
        let folder = checkpoints.join(format!("step-{step:06}"));
        std::fs::create_dir_all(folder.join(BACKEND)).unwrap();
        std::fs::write(folder.join(BACKEND).join("weights"), format!("weights {step}")).unwrap();
        let checkpoint = Checkpoint {
            step,
            stage: "main".into(),
            stage_step: step,
            journal: 3,
            reached: reached(step),
            files: files::inventory(&folder).unwrap(),
        };
        let text = serde_json::to_string(&checkpoint).unwrap();
        std::fs::write(folder.join(STATE), text).unwrap();
        folder
    }

    #[test]
    fn the_newest_checkpoint_is_that_of_the_highest_step() {
        let folder = tempfile::tempdir().unwrap();
        let newest_step =
            [999_999, 1_000_000].map(|step| checkpoint(folder.path(), step))[1].clone();
        for other in [".step-2000000.tmp-x", "step-old"] {
            std::fs::create_dir(folder.path().join(other)).unwrap();
        }
        assert_eq!(latest(folder.path()).unwrap().as_ref(), Some(&newest_step));
        assert_eq!(newest(folder.path()).unwrap().unwrap().folder, newest_step);
        assert_eq!(latest(&folder.path().join("none")).unwrap(), None);
    }

    #[test]
    fn a_checkpoint_that_counts_more_steps_of_its_stage_than_of_the_run_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let saved = checkpoint(folder.path(), 2);
        let whole = read(&saved, Look::Thorough).unwrap().checkpoint;
        let miscounted = Checkpoint { reached: reached(1), ..whole };
        std::fs::write(saved.join(STATE), serde_json::to_string(&miscounted).unwrap()).unwrap();
        let error = read(&saved, Look::Thorough).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let problem = "the checkpoint is damaged: 2 steps of stage `main`, 1 of the run";
        assert!(error.to_string().contains(problem), "{error}");
    }

    #[test]
    fn a_checkpoint_of_which_anything_is_missing_or_altered_is_passed_over() {
        type Damage = fn(&Path);
        let damages: [(Damage, bool); 5] = [
            (|folder| std::fs::remove_file(folder.join(STATE)).unwrap(), true),
            (|folder| std::fs::write(folder.join(STATE), "{\"step\": 2").unwrap(), true),
            (|folder| std::fs::remove_file(folder.join("backend/weights")).unwrap(), true),
            (|folder| std::fs::write(folder.join("backend/weights"), "weigh").unwrap(), true),
            (|folder| std::fs::write(folder.join("backend/weights"), "weights 3").unwrap(), false),
        ];
        for (damage, seen_quickly) in damages {
            let folder = tempfile::tempdir().unwrap();
            let (older, newer) = (checkpoint(folder.path(), 1), checkpoint(folder.path(), 2));
            damage(&newer);
            assert_eq!(newest(folder.path()).unwrap().unwrap().folder, older);
            assert_eq!(latest(folder.path()).unwrap() == Some(older), seen_quickly);
        }
    }
}
