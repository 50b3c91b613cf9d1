//! What came of runs, to look at: tables as data, which the command line draws, and the report, a page of its own.
//!
//! [`gather`](fn@gather) reads run folders into a typed [`Report`]; [`sheets`](mod@sheets) makes its tables, [`export`]
//! writes them for other programs, and [`page`](fn@page) draws the whole, with the pictures of [`chart`].

mod baseline;
mod chart;
mod compare;
mod export;
mod gather;
mod named;
mod page;
mod sheets;
mod significance;
mod summary;
pub mod values;

pub use crate::run::Scope;
pub use compare::{compare_runs, list_runs, sweep_table};
pub use export::{Format, Sheet, write_sheets};
pub use gather::{Report, Texts, gather};
pub use named::Runs;
pub use page::page;
pub use sheets::sheets;
pub use significance::{
    BM25, Compared, Contest, Question, Scores, Significance, System, choose, significance,
    significance_tables,
};
pub use summary::{augmented, describe_run, run_tables};

pub use triglot_evaluate::significance::{Correction, Test};

use crate::run::ColumnRecord;

/// A table to draw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// A line above it.
    pub title: String,
    /// The names of its columns; the first column names the rows.
    pub header: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
    /// Lines below it.
    pub notes: Vec<String>,
}

/// What a table of gaps says of their sign.
const GAP_NOTE: &str = "Differences of macro means over the same languages, each over the queries that have something to find; above 0, retrieval within a language has the larger value";

/// A value of a column as tables write it: four digits where values lie in [0, 1], else one; `–` where undefined.
fn number(value: Option<f64>, column: &ColumnRecord) -> String {
    let unit = column.highest.is_some_and(|highest| highest <= 1.0);
    match value {
        None => "–".into(),
        Some(value) if unit => format!("{value:.4}"),
        Some(value) => format!("{value:.1}"),
    }
}

/// A time of a record (RFC 3339, UTC) as tables write it.
fn to_the_minute(time: &str) -> String {
    time.get(..16).map_or_else(|| time.to_owned(), |time| format!("{} UTC", time.replace('T', " ")))
}
