//! The files of a data set, on disk or within archives, and what has been read of them.
//!
//! Where a path leads through an archive is decided here and nowhere else: readers and patterns ask for names and
//! texts. What was read is told with its hash, an archive once under its own path.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::archive::{self, Archive};
use super::{file, lines};
use crate::error::{Diagnostic, Result};

/// Opens the files of one data set, each archive once.
#[derive(Debug, Default)]
pub(super) struct DataFiles {
    archives: BTreeMap<PathBuf, Archive>,
    read: Vec<(PathBuf, String)>,
}

impl DataFiles {
    /// Whether there is a file at `path`.
    pub(super) fn is_file(&mut self, path: &Path) -> Result<bool> {
        match archive::through(path) {
            Some((archive, name)) => Ok(self.archive(archive)?.member(&name).is_some()),
            None => Ok(path.is_file()),
        }
    }

    /// The names of what lies in a folder; none where there is no such folder.
    pub(super) fn names(&mut self, folder: &Path) -> Result<Vec<String>> {
        if let Some((archive, name)) = archive::through(folder) {
            return Ok(self.archive(archive)?.list(&name));
        }
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        Ok(entries.filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    /// The text of a file, unpacked where it is gzip.
    pub(super) fn text(&mut self, path: &Path) -> Result<String> {
        let Some((archive, name)) = archive::through(path) else {
            let (bytes, hash) = file::read(path)?;
            let told = (path.to_owned(), hash);
            if !self.read.contains(&told) {
                self.read.push(told);
            }
            return file::text(bytes, path);
        };
        match self.archive(archive)?.member(&name) {
            Some(bytes) => file::text(file::unpacked(bytes.to_vec(), path)?, path),
            None => Err(self.missing(path)?.into()),
        }
    }

    /// Gives every line of a file to `take`, unpacked where it is gzip.
    pub(super) fn lines(&mut self, path: &Path, take: lines::Take<'_>) -> Result<()> {
        let Some((archive, name)) = archive::through(path) else {
            let hash = lines::of_file(path, take)?;
            self.read.push((path.to_owned(), hash));
            return Ok(());
        };
        match self.archive(archive)?.member(&name) {
            Some(bytes) => lines::of_bytes(bytes, path, take),
            None => Err(self.missing(path)?.into()),
        }
    }

    /// What to say of a path at which there is nothing.
    pub(super) fn missing(&mut self, path: &Path) -> Result<Diagnostic> {
        let shown = path.display();
        let Some((archive, name)) = archive::through(path) else {
            return Ok(Diagnostic::new(format!("there is no file {shown}")));
        };
        let archive = self.archive(archive)?;
        if name.is_empty() {
            let member = archive.members().next().unwrap_or("…");
            let problem = format!("{shown} is an archive, which a path leads through to a file");
            return Ok(Diagnostic::new(problem).allowed(format!("{shown}/{member}")));
        }
        let problem = format!("there is no file {shown}: the archive has no such member");
        Ok(Diagnostic::new(problem).nearest(&name, archive.members()))
    }

    /// Every file that was read, in the order of first reading, with the BLAKE3 hash of its bytes in hexadecimal.
    pub(super) fn into_read(self) -> Vec<(PathBuf, String)> {
        self.read
    }

    fn archive(&mut self, path: PathBuf) -> Result<&Archive> {
        use std::collections::btree_map::Entry;
        Ok(match self.archives.entry(path) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let (archive, hash) = Archive::read(entry.key())?;
                self.read.push((entry.key().clone(), hash));
                entry.insert(archive)
            }
        })
    }
}
