//! What can be wrong with a TREC file, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A TREC file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The line at fault, counted from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong with it.
    #[source]
    pub problem: FileProblem,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// What is wrong with a TREC file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Io(#[from] io::Error),

    /// Its gzip data ends too early.
    #[error("the gzip data is truncated: the file ends in the midst of it")]
    Truncated,

    /// Its gzip data cannot be unpacked.
    #[error("the gzip data is damaged: {0}")]
    Damaged(#[source] io::Error),

    /// Its bytes are no text.
    #[error("the line is not UTF-8")]
    NotUtf8,

    /// Nothing is in it.
    #[error("the file holds no line")]
    Empty,

    /// A line with too few or too many columns.
    #[error("found {found} columns")]
    Columns {
        /// How many there are.
        found: usize,
        /// Those that there should be.
        allowed: &'static str,
    },

    /// A score that cannot be ordered, or that 32 bits cannot hold.
    #[error("the score `{found}` is not a finite number of 32 bits")]
    Score {
        /// The text found.
        found: String,
    },

    /// A grade that is no whole number.
    #[error("the grade `{found}` is not a whole number of 32 bits")]
    Grade {
        /// The text found.
        found: String,
    },

    /// A query names a document twice.
    #[error("query `{query}` names document `{document}` twice, first on line {first}")]
    Duplicate {
        /// The query.
        query: String,
        /// The document.
        document: String,
        /// The line that names it first.
        first: usize,
    },
}

impl FileProblem {
    /// What is allowed there.
    pub fn allowed(&self) -> Option<&'static str> {
        match self {
            Self::Io(_) | Self::Truncated | Self::Damaged(_) => None,
            Self::NotUtf8 => Some("UTF-8, gzipped or not"),
            Self::Empty => Some("one line or more"),
            Self::Columns { allowed, .. } => Some(allowed),
            Self::Score { .. } => {
                Some("a number such as 12.5 or -3e-2, and neither NaN nor infinity")
            }
            Self::Grade { .. } => Some("a whole number such as 0, 1 or -1; relevant above 0"),
            Self::Duplicate { .. } => Some("each document once a query"),
        }
    }
}
