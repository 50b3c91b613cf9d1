//! Arguments of `data`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::limits;

/// Commands about data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Count queries, passages and judgements by language, and look for what is trained on and tested on alike
    #[command(after_help = "Examples:\n  triglot data inspect M.toml --data-dir DATA\n  \
        triglot data inspect M.toml --threshold 0.6 --json")]
    Inspect {
        /// The manifest
        manifest: PathBuf,
        /// From which similarity on, in (0, 1], texts that differ are nearly the same: the share of the runs of five
        /// characters of either text that both have
        #[arg(long, default_value_t = 0.8, value_name = "SHARE", value_parser = limits::share)]
        threshold: f64,
    },
}
