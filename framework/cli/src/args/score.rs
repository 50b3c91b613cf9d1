//! Arguments of `score`.

use std::path::PathBuf;

use clap::Args as Group;

/// Arguments of `score`.
#[derive(Debug, Group)]
#[command(
    after_help = "Examples:\n  triglot score my.run --qrels test.qrels --metrics map,ndcg@10\n  \
    triglot score a.run b.run.gz --qrels test.qrels --json\n  \
    triglot score my.run --qrels test.qrels --all-queries      missing queries count as 0, as with trec_eval -c"
)]
pub struct Score {
    /// Run files, gzipped or not, lines of `query Q0 document rank score tag`; the order is that of the scores
    #[arg(required = true, value_name = "RUNFILE")]
    pub runs: Vec<PathBuf>,
    /// The judgements, gzipped or not, lines of `query iteration document grade`
    #[arg(long, value_name = "FILE")]
    pub qrels: PathBuf,
    /// Metrics, as a manifest writes them
    #[arg(
        long,
        value_name = "METRIC",
        value_delimiter = ',',
        default_value = "map,ndcg@10,mrr@10,recall@100"
    )]
    pub metrics: Vec<String>,
    /// Count a judged query that a run lacks as one for which it retrieved nothing
    #[arg(long)]
    pub all_queries: bool,
    /// Write the values of every query into a CSV file
    #[arg(long, value_name = "FILE.csv")]
    pub per_query: Option<PathBuf>,
}
