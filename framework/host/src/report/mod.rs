//! Tables of results, as data: the command line draws them, tests read them.

mod compare;
mod scope;
mod summary;

pub use compare::{compare_runs, list_runs, sweep_table};
pub use scope::Scope;
pub use summary::{describe_run, run_tables};

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

/// A value as tables write it: quality (0 to 1) with four digits, ranks with one; `–` where undefined.
pub fn number(value: Option<f64>, unit: bool) -> String {
    match value {
        None => "–".into(),
        Some(value) if unit => format!("{value:.4}"),
        Some(value) => format!("{value:.1}"),
    }
}
