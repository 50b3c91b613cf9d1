//! Reading a journal, which may be torn at its end and which somebody may be writing at this moment.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::line::{self, Fault};
use crate::{Error, Event, Result};

/// The end of a journal that is no whole event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// The torn line, counted from 1.
    pub line: u64,
    /// Where in the file it begins; what lies before is whole.
    pub offset: u64,
    /// How many bytes of it there are.
    pub bytes: u64,
}

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} is torn: its {} bytes are no whole event and are left out",
            self.line, self.bytes
        )
    }
}

/// A journal that was read to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// Every whole event, in order.
    pub events: Vec<Event>,
    /// What was left out at the end.
    pub torn: Option<Torn>,
}

/// Reads a whole journal, without changing it.
pub fn read(path: impl AsRef<Path>) -> Result<Read> {
    let mut reader = Events::open(path)?;
    let events = reader.by_ref().collect::<Result<_>>()?;
    Ok(Read { events, torn: reader.torn() })
}

/// The events of a journal, one by one; the first error is the last item.
#[derive(Debug)]
pub struct Events {
    path: PathBuf,
    reader: BufReader<File>,
    line: Vec<u8>,
    seq: u64,
    offset: u64,
    torn: Option<Torn>,
    ended: bool,
}

impl Events {
    /// Begins to read the journal at `path`, without changing it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(Error::io("open", path))?;
        Ok(Self::over(path, file))
    }

    /// Reads `file` from where it stands, which is its beginning.
    pub(crate) fn over(path: &Path, file: File) -> Self {
        Self {
            path: path.to_owned(),
            reader: BufReader::new(file),
            line: Vec::new(),
            seq: 0,
            offset: 0,
            torn: None,
            ended: false,
        }
    }

    /// What was left out at the end; known once the iterator has ended.
    pub fn torn(&self) -> Option<Torn> {
        self.torn
    }

    /// The number that the next event has or will have.
    pub(crate) fn next_seq(&self) -> u64 {
        self.seq
    }

    /// Where in the file the events so far end.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    fn step(&mut self) -> Result<Option<Event>> {
        self.line.clear();
        let bytes =
            self.reader.read_until(b'\n', &mut self.line).map_err(Error::io("read", &self.path))?
                as u64;
        if bytes == 0 {
            return Ok(None);
        }
        let torn = Torn { line: self.seq.saturating_add(1), offset: self.offset, bytes };
        let Some(line) = self.line.strip_suffix(b"\n") else {
            self.torn = Some(torn);
            return Ok(None);
        };
        match line::decode(line, self.seq) {
            Ok(event) => {
                self.seq += 1;
                self.offset += bytes;
                Ok(Some(event))
            }
            Err(Fault::Checksum(_)) if self.at_end()? => {
                self.torn = Some(torn);
                Ok(None)
            }
            Err(fault) => Err(Error::Damaged {
                path: self.path.clone(),
                line: torn.line,
                problem: fault.into_problem(),
            }),
        }
    }

    fn at_end(&mut self) -> Result<bool> {
        Ok(self.reader.fill_buf().map_err(Error::io("read", &self.path))?.is_empty())
    }
}

impl Iterator for Events {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Result<Event>> {
        if self.ended {
            return None;
        }
        let item = self.step().transpose();
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}

impl std::iter::FusedIterator for Events {}
