//! Arguments of `report`.

use std::path::PathBuf;

use clap::{Args as Group, ValueEnum};

/// Arguments of `report`.
#[derive(Debug, Group)]
#[command(after_help = "Examples:\n  triglot report last\n  \
    triglot report SWEEP --out report.html --tables tables     the page, and every table as .md, .tex and .csv\n  \
    triglot report RUN RUN --format latex                      the tables on standard output")]
pub struct Report {
    /// Runs (a folder, `experiment/id`, the beginning of an id, `last`) and sweeps (a folder, `experiment/sweeps/id`, the
    /// beginning of an id), a sweep for all its trials
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<String>,
    /// The page to write [default: report.html, where nothing else is asked for]
    #[arg(long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,
    /// A folder to write every table into, as Markdown, LaTeX (booktabs) and CSV
    #[arg(long, value_name = "DIR")]
    pub tables: Option<PathBuf>,
    /// Print every table
    #[arg(long, value_enum, conflicts_with = "json")]
    pub format: Option<TableFormat>,
    /// Show ids in place of queries and passages, for data that may not be passed on
    #[arg(long)]
    pub no_texts: bool,
}

/// A format for tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Markdown.
    #[value(alias = "md")]
    Markdown,
    /// LaTeX with booktabs.
    #[value(alias = "tex")]
    Latex,
    /// Comma-separated values.
    Csv,
}
