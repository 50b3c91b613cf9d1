//! A TREC file in memory, and its lines in columns.
//!
//! Columns are parted by blanks as C's `isspace` has them: one or many, spaces or tabs, mixed as the authors of runs mix
//! them. So a carriage return before the end of a line belongs to no column, and an empty line is none. A byte order mark
//! is dropped. Letters and blanks beyond ASCII are part of an id.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::error::{FileError, FileProblem};

/// The first bytes of a gzip member (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The text of a run or of judgements.
#[derive(Debug)]
pub struct TrecFile {
    path: PathBuf,
    text: String,
}

impl TrecFile {
    /// Reads a file, gzipped or not, whatever its name.
    ///
    /// # Errors
    /// If it cannot be read or unpacked, or is not UTF-8.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, FileError> {
        let path = path.into();
        match bytes(&path).map_err(|source| (None, source.into())).and_then(unpacked) {
            Ok(bytes) => Self::from_bytes(path, bytes),
            Err((line, problem)) => Err(FileError { path, line, problem }),
        }
    }

    /// The same for bytes that are already in memory.
    ///
    /// # Errors
    /// If they are not UTF-8.
    pub fn from_bytes(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Self, FileError> {
        let path = path.into();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { path, text }),
            Err(error) => {
                let sound = error.utf8_error().valid_up_to();
                let line = 1 + newlines(error.as_bytes().iter().take(sound));
                Err(FileError { path, line: Some(line), problem: FileProblem::NotUtf8 })
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes its text has; no line is shorter than its columns and the blanks between them.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The lines that hold something.
    pub(super) fn lines(&self) -> Lines<'_> {
        let mark = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Lines { text: &self.text, at: mark }
    }

    /// The error of a line, that on which `part` of the text stands.
    pub(super) fn error(&self, part: &str, problem: FileProblem) -> FileError {
        FileError { path: self.path.clone(), line: Some(self.line_of(part)), problem }
    }

    /// The error of the file as a whole.
    pub(super) fn whole(&self, problem: FileProblem) -> FileError {
        FileError { path: self.path.clone(), line: None, problem }
    }

    /// The line, counted from 1, on which `part` of the text stands.
    pub(super) fn line_of(&self, part: &str) -> usize {
        let before = part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        1 + newlines(self.text.as_bytes().iter().take(before))
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes, unpacked where they are gzip; else what is wrong with them, and the line that was reached.
fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>, (Option<usize>, FileProblem)> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    match MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked) {
        Ok(_) => Ok(unpacked),
        Err(source) => {
            // What was unpacked before the mistake is kept.
            let line = Some(1 + newlines(unpacked.iter()));
            Err(match source.kind() {
                ErrorKind::UnexpectedEof => (line, FileProblem::Truncated),
                _ => (line, FileProblem::Damaged(source)),
            })
        }
    }
}

fn newlines<'a>(bytes: impl Iterator<Item = &'a u8>) -> usize {
    bytes.filter(|byte| **byte == b'\n').count()
}

/// The lines of a text that hold something.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    /// The columns of the next line, of which there must be `N`; none after the last line.
    ///
    /// # Errors
    /// The first column of a line that has another number of them, and that number.
    pub(super) fn columns<const N: usize>(
        &mut self,
    ) -> Result<Option<[&'a str; N]>, (&'a str, usize)> {
        let bytes = self.text.as_bytes();
        let mut columns = [""; N];
        let mut found = 0;
        while let Some(byte) = bytes.get(self.at) {
            if *byte == b'\n' {
                self.at += 1;
                if found > 0 {
                    break;
                }
            } else if is_blank(*byte) {
                self.at += 1;
            } else {
                let start = self.at;
                let rest = bytes.get(start..).unwrap_or_default();
                let length = rest.iter().position(|b| is_blank(*b)).unwrap_or(rest.len());
                self.at += length;
                if let Some(column) = columns.get_mut(found) {
                    // A blank is of ASCII, so a column ends where a character does.
                    *column = self.text.get(start..self.at).unwrap_or_default();
                }
                found += 1;
            }
        }
        match found {
            0 => Ok(None),
            found if found == N => Ok(Some(columns)),
            found => Err((columns.first().copied().unwrap_or_default(), found)),
        }
    }
}

/// C's `isspace`, which is Rust's and the vertical tab.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
