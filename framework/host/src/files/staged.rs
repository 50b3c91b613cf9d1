//! Folders that a reader sees whole or not at all: checkpoints, exported models, rankings.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{WAITING, failed, list_dir, parent_of, sorted_entries, sync_dir, waiting_prefix};
use crate::error::{Error, Result};

/// A folder that is being filled beside its place. Dropped without a [`commit`](Self::commit), it is removed.
///
/// A process that is killed leaves it behind as `.name.tmp-…`, which nobody takes for `name`.
#[derive(Debug)]
pub struct StagedDir {
    folder: TempDir,
    target: PathBuf,
}

impl StagedDir {
    /// Makes an empty folder that will become `parent/name`.
    pub fn new(parent: &Path, name: &str) -> Result<Self> {
        let target = parent.join(name);
        let prefix = waiting_prefix(&target);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix);
        // A temporary folder is private unless told otherwise; this one is going to be an ordinary one, under the umask.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let folder = builder.tempdir_in(parent).map_err(failed("create the folder", &target))?;
        Ok(Self { folder, target })
    }

    /// Where to write until the commit.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts the folder in its place, instead of what stands there, and says where that is.
    pub fn replace(self) -> Result<PathBuf> {
        if self.target.symlink_metadata().is_ok() {
            remove_dir(&self.target)?;
        }
        self.commit()
    }

    /// Puts the folder in its place and says where that is; it is an error if something stands there already.
    pub fn commit(self) -> Result<PathBuf> {
        publish_dir(self.folder.path(), &self.target)?;
        // The folder has moved away: there is nothing left to remove under its old name.
        let _ = self.folder.keep();
        Ok(self.target)
    }
}

/// Removes a folder. It loses its name first, so that one of which a part is left is taken for nothing.
pub fn remove_dir(folder: &Path) -> Result<()> {
    let removing = failed("remove", folder);
    put_aside(folder).and_then(TempDir::close).map_err(removing)
}

/// Moves a folder to a hidden name beside its place.
fn put_aside(folder: &Path) -> io::Result<TempDir> {
    let parent = parent_of(folder);
    let aside = tempfile::Builder::new().prefix(&waiting_prefix(folder)).tempdir_in(parent)?;
    // On Unix a folder replaces an empty one; elsewhere the name has to be free.
    if cfg!(not(unix)) {
        fs::remove_dir(aside.path())?;
    }
    fs::rename(folder, aside.path())?;
    sync_dir(parent)?;
    Ok(aside)
}

/// Removes what a process that was killed left in a folder under the hidden names of this module. Only the one that
/// writes there may call this.
pub fn clear_leftovers(folder: &Path) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let hidden = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with('.') && name.contains(WAITING)
    };
    for path in list_dir(folder)?.into_iter().filter(hidden) {
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        removed.map_err(failed("remove", &path))?;
    }
    Ok(())
}

/// Renames a finished folder into its place on the same file system, with all that it holds on the disk first.
pub fn publish_dir(finished: &Path, target: &Path) -> Result<()> {
    if target.symlink_metadata().is_ok() {
        return Err(Error::failed(format!("cannot write {}: it exists already", target.display())));
    }
    sync_tree(finished)
        .and_then(|()| fs::rename(finished, target))
        .and_then(|()| sync_dir(parent_of(target)))
        .map_err(failed("write", target))
}

fn sync_tree(folder: &Path) -> io::Result<()> {
    for path in sorted_entries(folder)? {
        let kind = path.symlink_metadata()?.file_type();
        if kind.is_dir() {
            sync_tree(&path)?;
        } else if kind.is_file() {
            File::open(&path)?.sync_all()?;
        }
    }
    sync_dir(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::list_dir;

    #[test]
    fn a_folder_appears_with_its_commit() {
        let parent = tempfile::tempdir().unwrap();
        let staged = StagedDir::new(parent.path(), "step-000100").unwrap();
        let name = staged.path().file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(".step-000100.tmp-"), "{name}");
        fs::create_dir(staged.path().join("model")).unwrap();
        fs::write(staged.path().join("model/weights"), "123").unwrap();

        let target = staged.commit().unwrap();
        assert_eq!(target, parent.path().join("step-000100"));
        assert_eq!(fs::read(target.join("model/weights")).unwrap(), b"123");
        assert_eq!(list_dir(parent.path()).unwrap(), [target]);
    }

    #[test]
    fn a_folder_that_is_given_up_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let staged = StagedDir::new(parent.path(), "step-000100").unwrap();
        fs::write(staged.path().join("half"), "1").unwrap();
        drop(staged);
        assert!(list_dir(parent.path()).unwrap().is_empty());
    }

    #[test]
    fn a_commit_never_touches_what_stands_in_its_place() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("step-000100");
        fs::create_dir(&target).unwrap();
        let staged = StagedDir::new(parent.path(), "step-000100").unwrap();
        let error = staged.commit().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot write {}: it exists already", target.display())
        );
        assert_eq!(list_dir(parent.path()).unwrap(), [target]);
    }

    #[test]
    fn a_folder_is_replaced_as_a_whole_and_leaves_nothing_beside_it() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("model");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("old"), "1").unwrap();
        let staged = StagedDir::new(parent.path(), "model").unwrap();
        fs::write(staged.path().join("new"), "2").unwrap();
        assert_eq!(staged.replace().unwrap(), target);
        assert_eq!(list_dir(&target).unwrap(), [target.join("new")]);
        remove_dir(&target).unwrap();
        assert!(list_dir(parent.path()).unwrap().is_empty());
    }

    #[test]
    fn what_a_killed_process_left_is_cleared_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let kept = ["step-000100", ".hidden", "model.tmp-1"].map(|name| parent.path().join(name));
        let left = [".step-000200.tmp-a1", ".run.json.tmp-b2"].map(|name| parent.path().join(name));
        kept.iter().for_each(|path| fs::create_dir(path).unwrap());
        fs::create_dir(&left[0]).unwrap();
        fs::write(left[0].join("half"), "1").unwrap();
        fs::write(&left[1], "{").unwrap();
        clear_leftovers(parent.path()).unwrap();
        let mut kept = kept.to_vec();
        kept.sort();
        assert_eq!(list_dir(parent.path()).unwrap(), kept);
        clear_leftovers(&parent.path().join("none")).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_has_the_permissions_of_any_other_new_folder() {
        let parent = tempfile::tempdir().unwrap();
        let other = parent.path().join("other");
        fs::create_dir(&other).unwrap();
        let target = StagedDir::new(parent.path(), "ours").unwrap().commit().unwrap();
        assert_eq!(
            fs::metadata(target).unwrap().permissions(),
            fs::metadata(other).unwrap().permissions()
        );
    }
}
