//! Files that a reader sees whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{failed, parent_of, sync_dir, waiting_prefix};
use crate::error::Result;

/// Replaces the file at `path`, so that it holds `bytes` or, after a failure, what it held before.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomic_with(path, |writer| writer.write_all(bytes))
}

/// Replaces the file at `path` by what `write` writes, or leaves it as it was.
pub fn write_atomic_with(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    replace(path, write, File::sync_all)
        .and_then(|()| sync_dir(parent_of(path)))
        .map_err(failed("write", path))
}

/// Like [`write_atomic_with`], but without waiting for the disk: a loss of power may leave any bytes in the file.
/// For what carries its own checksum and can be had again.
pub(crate) fn write_undurable(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    replace(path, write, |_| Ok(())).map_err(failed("write", path))
}

fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    settle: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let prefix = waiting_prefix(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    // A temporary file is private unless told otherwise; this one is going to be an ordinary file, under the umask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut waiting = builder.tempfile_in(parent_of(path))?;

    let mut writer = BufWriter::new(waiting.as_file_mut());
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    settle(waiting.as_file())?;
    waiting.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::files::list_dir;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(list_dir(folder.path()).unwrap(), [path]);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        write_atomic(&path, b"old").unwrap();
        let error = write_atomic_with(&path, |writer| {
            writer.write_all(b"half of the new")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write {}: no storage space", path.display()));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(list_dir(folder.path()).unwrap(), [path]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_the_permissions_of_any_other_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
        write_atomic(&ours, b"").unwrap();
        fs::write(&theirs, b"").unwrap();
        assert_eq!(
            fs::metadata(ours).unwrap().permissions(),
            fs::metadata(theirs).unwrap().permissions()
        );
    }
}
