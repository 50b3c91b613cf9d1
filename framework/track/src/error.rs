//! What can go wrong with a journal; every error names the file.

use std::io;
use std::path::{Path, PathBuf};

/// What this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A new journal was asked for where a file stands already.
    #[error("cannot create the journal {path}: the file exists already", path = path.display())]
    Exists {
        /// The journal.
        path: PathBuf,
    },
    /// Another process, or another part of this one, is writing the journal.
    #[error("cannot write the journal {path}: another process is writing it", path = path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// A line that no kill can have spoilt is wrong.
    #[error("{path}:{line}: the journal is damaged: {problem}", path = path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What was found, and what should stand there.
        problem: String,
    },
    /// An event does not fit on a line that could be read back. Nothing was written.
    #[error("cannot write an event of kind `{kind}` to the journal {path}: {problem}", path = path.display())]
    Unwritable {
        /// The journal.
        path: PathBuf,
        /// The kind of the event.
        kind: String,
        /// Why the event cannot be written.
        problem: String,
    },
    /// An earlier write failed half-way and could not be undone; opening the journal again mends it.
    #[error("cannot write the journal {path}: an earlier write broke off within a line", path = path.display())]
    Broken {
        /// The journal.
        path: PathBuf,
    },
    /// The file system refused: a full disk ([`io::ErrorKind::StorageFull`]), a missing folder, a lacking permission.
    #[error("cannot {doing} the journal {path}: {source}", path = path.display())]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// The journal.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: an error of the file system while `doing` something to the journal at `path`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    /// Whether the disk was full, or the quota used up.
    pub fn is_storage_full(&self) -> bool {
        matches!(
            self,
            Self::Io { source, .. }
                if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        )
    }
}
