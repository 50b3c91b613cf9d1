//! The journal: what happened in a run or a sweep, in order, written so that nothing is lost and nothing is doubtful.
//!
//! A run may die at any instant, so the journal is append-only: one event a line, one write a line, and no line is
//! ever changed. A tracking server may be away, so the journal is also the spool from which the server is fed: the
//! time of an event is frozen when it is appended, and its sequence number names it for good, so that sending
//! it twice is recognised. This crate knows no experiment: an event is a kind and whatever JSON the caller gives.
//!
//! # The format
//!
//! One JSON object a line, its keys in this order, ended by a single `\n`:
//!
//! ```json
//! {"seq":0,"time":"2026-11-21T14:00:00.123Z","kind":"metric","data":{"key":"train/loss","step":1,"value":"NaN"},"crc":"5f13cc6c"}
//! ```
//!
//! * `seq` counts from 0 without a gap.
//! * `time` is UTC to the millisecond.
//! * `crc` is the CRC-32 (ISO-HDLC, the one of zlib, gzip and PNG) of the line's bytes before `,"crc":`,
//!   as eight lower-case hexadecimal digits. It is the last field, so these are all bytes but the last 18:
//!
//! ```python
//! import json, zlib
//!
//! for line in open("journal.jsonl", "rb").read().splitlines():
//!     assert b'%08x' % zlib.crc32(line[:-18]) == line[-10:-2]
//!     event = json.loads(line)
//! ```
//!
//! JSON has no number that is not finite; the values of metrics write `"NaN"`, `"Infinity"` and `"-Infinity"` instead.
//!
//! # Recovery
//!
//! A process that is killed, or a machine that loses power, can only spoil the end. A last line without its newline
//! or with a wrong checksum is therefore *torn*: readers leave it out and say so, and [`Journal::open`] cuts it off.
//! Anything wrong before the last line did not come from a kill, and is an error that names the line.
//!
//! # Example
//!
//! ```
//! use triglot_track::{Journal, Metric};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("journal.jsonl");
//!
//! let mut journal = Journal::create(&path)?;
//! journal.record(&Metric { key: "train/loss".into(), step: 1, value: 0.5 })?;
//! journal.append("note", "anything that serialises")?;
//!
//! let read = triglot_track::read(&path)?;
//! assert_eq!(read.events.len(), 2);
//! assert_eq!(read.events[0].decode::<Metric>().transpose()?.map(|metric| metric.value), Some(0.5));
//! assert_eq!(read.torn, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod event;
mod journal;
mod line;
mod number;
mod read;

pub use error::{Error, Result};
pub use event::{Artifact, Event, Metric, Metrics, Record, RunStarted, State, Status};
pub use journal::Journal;
pub use read::{Events, Read, Torn, read};
