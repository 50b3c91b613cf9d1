//! Folders that a reader sees whole or not at all: checkpoints, exported models, rankings.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{failed, parent_of, sorted_entries, sync_dir, waiting_prefix};
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

    /// Puts the folder in its place and says where that is; it is an error if something stands there already.
    pub fn commit(self) -> Result<PathBuf> {
        publish_dir(self.folder.path(), &self.target)?;
        // The folder has moved away: there is nothing left to remove under its old name.
        let _ = self.folder.keep();
        Ok(self.target)
    }
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
