//! Writing a journal: one writer, one write a line, and never a line behind a broken one.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use crate::{Error, Events, Record, Result, Torn, line};

/// A journal that is open for appending. It is locked until dropped; the lock ends with its process, however that ends.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    next_seq: u64,
    /// The length of the file up to the last whole line.
    length: u64,
    recovered: Option<Torn>,
    broken: bool,
}

impl Journal {
    /// Begins a new journal; a file that exists is never touched.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file =
            File::options().append(true).create_new(true).open(path).map_err(
                |source| match source.kind() {
                    io::ErrorKind::AlreadyExists => Error::Exists { path: path.to_owned() },
                    _ => Error::io("create", path)(source),
                },
            )?;
        lock(&file, path)?;
        sync_parent(path).map_err(Error::io("create", path))?;
        Ok(Self::new(path, file))
    }

    /// Goes on with a journal; a torn last line is cut off and reported by [`recovered`](Self::recovered).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file =
            File::options().read(true).append(true).open(path).map_err(Error::io("open", path))?;
        lock(&file, path)?;

        let mut events = Events::over(path, file.try_clone().map_err(Error::io("open", path))?);
        events.by_ref().try_for_each(|event| event.map(drop))?;
        if let Some(torn) = events.torn() {
            file.set_len(torn.offset)
                .and_then(|()| file.sync_all())
                .map_err(Error::io("mend", path))?;
        }
        Ok(Self {
            next_seq: events.next_seq(),
            length: events.offset(),
            recovered: events.torn(),
            ..Self::new(path, file)
        })
    }

    fn new(path: &Path, file: File) -> Self {
        Self { path: path.to_owned(), file, next_seq: 0, length: 0, recovered: None, broken: false }
    }

    /// Where the journal lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the event that comes next, which is how many there are.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// What was cut off when the journal was opened.
    pub fn recovered(&self) -> Option<Torn> {
        self.recovered
    }

    /// Appends an event and returns its number.
    ///
    /// The event survives the end of this process from here on, but not a loss of power: for that there are
    /// [`sync`](Self::sync) and [`append_durable`](Self::append_durable). After an error the journal ends
    /// where it ended before, and may be appended to again.
    pub fn append<T: Serialize + ?Sized>(&mut self, kind: &str, data: &T) -> Result<u64> {
        if self.broken {
            return Err(Error::Broken { path: self.path.clone() });
        }
        let seq = self.next_seq;
        let line = line::encode(seq, Timestamp::now(), kind, data).map_err(|problem| {
            Error::Unwritable { path: self.path.clone(), kind: kind.to_owned(), problem }
        })?;
        if let Err(source) = self.file.write_all(&line) {
            self.broken = self.file.set_len(self.length).is_err();
            return Err(Error::io("write", &self.path)(source));
        }
        self.next_seq += 1;
        self.length += line.len() as u64;
        Ok(seq)
    }

    /// Appends an event that survives a loss of power once this returns, as do all events before it.
    pub fn append_durable<T: Serialize + ?Sized>(&mut self, kind: &str, data: &T) -> Result<u64> {
        let seq = self.append(kind, data)?;
        self.sync()?;
        Ok(seq)
    }

    /// Appends an event of a fixed kind, durably where the kind asks for it.
    pub fn record<R: Record>(&mut self, record: &R) -> Result<u64> {
        if R::DURABLE { self.append_durable(R::KIND, record) } else { self.append(R::KIND, record) }
    }

    /// Waits until every event so far is on the disk itself.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(Error::io("sync", &self.path))
    }
}

/// A file system may have no locks; then it is the caller's word that there is one writer.
fn lock(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) if source.kind() != io::ErrorKind::Unsupported => {
            Err(Error::io("lock", path)(source))
        }
        _ => Ok(()),
    }
}

/// Makes the name of a new file as durable as its bytes.
fn sync_parent(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_an_error_that_names_the_journal_and_breaks_nothing_silently() {
        // Writes to this device always find the disk full; it cannot be cut to a length either.
        let path = Path::new("/dev/full");
        let Ok(file) = File::options().append(true).open(path) else {
            eprintln!("skipped: this system has no /dev/full");
            return;
        };
        let mut journal = Journal::new(path, file);
        let error = journal.append("metric", &1).unwrap_err();
        assert!(error.is_storage_full());
        assert!(error.to_string().starts_with("cannot write the journal /dev/full: "), "{error}");
        assert!(matches!(journal.append("metric", &1), Err(Error::Broken { .. })));
        assert_eq!(journal.next_seq(), 0);
    }
}
