//! `triglot score`.

use std::path::PathBuf;

use triglot_host::score::{self, Scorer};
use triglot_host::{Result, files};

use crate::args::Score;
use crate::context::Context;
use crate::terminal;

/// Scores run files against judgements.
///
/// # Errors
/// If a file or a metric is wrong.
pub fn score(context: &Context, args: &Score) -> Result<()> {
    let registry = context.registry()?;
    let mut scorer = Scorer::new(&args.metrics, args.all_queries, &registry, &context.services)?;
    let scores = scorer.score_files(&args.runs, &args.qrels)?;
    let runs: Vec<(PathBuf, _)> = args.runs.iter().cloned().zip(scores).collect();
    if let Some(path) = &args.per_query {
        files::write_atomic_with(path, |out| score::per_query(out, &runs))?;
    }
    if context.common.json {
        return terminal::print_json(&score::record(&runs, &args.qrels, args.all_queries));
    }
    terminal::print_table(&score::table(&runs, args.all_queries))
}
