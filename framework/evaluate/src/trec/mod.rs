//! TREC's files: what this crate writes of a run, and what it reads of anybody's.
//!
//! A [`TrecFile`] is the text of a run or of judgements, in memory. What is made of it ([`TrecRun`], [`TrecQrels`])
//! borrows every id from that text, so that a line costs no allocation; a [`Judge`] holds the two against each other.

mod error;
mod file;
mod judge;
mod table;
mod write;

#[cfg(test)]
mod judge_tests;
#[cfg(test)]
mod read_tests;

pub use error::{FileError, FileProblem};
pub use file::TrecFile;
pub use judge::{Judge, JudgedRun};
pub use table::{TrecQrels, TrecRun};
pub use write::{csv_cell, write_qrels, write_run, write_values};
