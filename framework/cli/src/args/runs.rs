//! Arguments of `runs`.

use clap::{Args as Group, Subcommand};
use triglot_host::manifest::types::Setting;
use triglot_host::report::{Correction, Test};

use super::one_of;
use crate::limits;

/// Commands about runs.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// All runs, oldest first
    List,
    /// The record and results of a run
    Show {
        /// The run
        run: String,
    },
    /// Metrics of several runs side by side; of one metric, whether the runs differ in it, query by query
    Compare(Compare),
}

/// Which runs to compare, and how.
#[derive(Debug, Group)]
#[command(
    after_help = "Examples:\n  triglot runs compare RUN RUN                      metrics side by side\n  \
    triglot runs compare SWEEP --metric map           differences, intervals, p-values and marks\n  \
    triglot runs compare A B C --metric map,ndcg@10 --setting multilingual --baseline A\n\n\
    Trials that differ in their seed alone are one system. framework/evaluate/SIGNIFICANCE.md says what is tested."
)]
pub struct Compare {
    /// The runs; a sweep stands for all its trials, `bm25` for the baseline that the runs measured
    #[arg(required = true, value_name = "RUN|SWEEP")]
    pub runs: Vec<String>,
    /// Compare the runs on these columns, query by query
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub metric: Vec<String>,
    /// On this data set alone [default: every one that all runs were measured on]
    #[arg(long, value_name = "NAME", requires = "metric")]
    pub data_set: Option<String>,
    /// In this setting alone [default: every one]
    #[arg(long, requires = "metric", value_parser = one_of(&Setting::ALL, Setting::as_str))]
    pub setting: Option<Setting>,
    /// The test of paired differences
    #[arg(long, requires = "metric", default_value = "t", value_parser = one_of(&Test::ALL, Test::as_str))]
    pub test: Test,
    /// The correction of the p-values of one metric in one setting
    #[arg(long, requires = "metric", default_value = "holm",
          value_parser = one_of(&Correction::ALL, Correction::as_str))]
    pub correction: Correction,
    /// The level of significance; intervals have the confidence 1 − α
    #[arg(long, requires = "metric", default_value_t = 0.05, value_parser = limits::level)]
    pub alpha: f64,
    /// Compare with this run's system alone, or with `bm25`, and not each with each
    #[arg(long, requires = "metric", value_name = "RUN")]
    pub baseline: Option<String>,
}
