//! The file system, with a path in every error.
//!
//! Two families, because a failure is somebody's to mend. What a *user* named is read by the `input_*`
//! functions: a file that is missing, may not be read or is not text becomes a [`Diagnostic`](crate::Diagnostic),
//! exit code 2. What the *host* keeps for itself is read and written by all the others: there a failure is an
//! [`Error::Failed`], exit code 1, the full disk among them.
//!
//! Whatever the host writes appears whole or not at all, and stays once a function has returned: written beside its
//! place, synchronised to the disk, renamed, and the folder synchronised too.

mod atomic;
mod hash;
mod input;
mod staged;

pub(crate) use atomic::write_undurable;
pub use atomic::{write_atomic, write_atomic_with};
pub use hash::{FileMark, check_input, hash_file, hash_files, hash_input, inventory};
pub use input::{input_error, input_open, input_read, input_to_string};
pub use staged::{StagedDir, clear_leftovers, publish_dir, remove_dir};

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// For `map_err`: a failure of the file system while `doing` something to `path`.
fn failed(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::io(doing, path, &source)
}

/// Reads a file of the host's own as text.
pub fn read_to_string(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(failed("read", path))
}

/// Reads a file of the host's own.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(failed("read", path))
}

/// Makes a folder and those above it, unless they exist.
pub fn create_dir_all(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(failed("create the folder", path))
}

/// The paths of what lies in a folder, sorted by name.
pub fn list_dir(path: &Path) -> Result<Vec<PathBuf>> {
    sorted_entries(path).map_err(failed("list the folder", path))
}

fn sorted_entries(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable();
    Ok(entries)
}

/// The folder that holds `path`, as something that can be opened.
fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The beginning of the name under which something waits beside its place: hidden, and telling what it will be.
fn waiting_prefix(path: &Path) -> String {
    format!(".{}{WAITING}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// What stands in the name of everything that waits beside its place, or was put aside to be removed.
const WAITING: &str = ".tmp-";

/// Makes the names in a folder as durable as what they name. Only Unix lets a folder be opened for that.
fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_path_and_what_was_being_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent");
        let shown = path.display();
        for (error, doing) in [
            (read(&path).unwrap_err(), "read"),
            (read_to_string(&path).unwrap_err(), "read"),
            (list_dir(&path).unwrap_err(), "list the folder"),
            (hash_file(&path).unwrap_err(), "read"),
            (write_atomic(&path.join("file"), b"").unwrap_err(), "write"),
        ] {
            assert!(error.to_string().starts_with(&format!("cannot {doing} {shown}")), "{error}");
            assert_eq!(error.exit_code(), 1);
        }
    }

    #[test]
    fn folders_are_listed_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["step-000200", "step-000010", "step-000100"] {
            create_dir_all(&folder.path().join(name)).unwrap();
        }
        let names =
            ["step-000010", "step-000100", "step-000200"].map(|name| folder.path().join(name));
        assert_eq!(list_dir(folder.path()).unwrap(), names);
    }
}
