//! What can be asked of the command.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use triglot_host::manifest::types::Setting;
use triglot_host::plugin::Kind;
use triglot_host::report::{Correction, Test};

use crate::limits;

/// Train and compare multilingual retrievers.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command understands.
    #[command(flatten)]
    pub common: Common,
}

const EXAMPLES: &str = "\
Examples:
  triglot sweep experiments/quickstart.toml          three strategies, two seeds, one table
  triglot plan experiments/quickstart.toml           what would be done, and where each value comes from
  triglot run M.toml --set seed=7 --set train.stage.main.mix.monolingual.share=0.3
  triglot evaluate last --on M.toml                  the model of the newest run on other data
  triglot runs compare RUN RUN                       metrics side by side";

/// Arguments that every command understands.
#[derive(Debug, Clone, Group)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Override a key of the manifest; entries of an array go by name or index
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Lay `[profile.NAME]` of the manifest over it
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where runs are kept
    #[arg(
        long,
        global = true,
        env = "TRIGLOT_RUNS_DIR",
        default_value = "runs",
        value_name = "DIR"
    )]
    pub runs_dir: PathBuf,
    /// Where paths start that are not a model's [default: the manifest's folder]
    #[arg(long, global = true, env = "TRIGLOT_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where model paths start that are not hf:owner/name@revision, a model of the hub [default: the manifest's folder]
    #[arg(long, global = true, env = "TRIGLOT_MODEL_DIR", value_name = "DIR")]
    pub model_dir: Option<PathBuf>,
    /// A folder of plugin libraries, or one library; before TRIGLOT_PLUGIN_PATH and the executable's folder
    #[arg(long, global = true, value_name = "PATH")]
    pub plugin_dir: Vec<PathBuf>,
    /// Where embeddings are cached [default: triglot in the user's cache folder]
    #[arg(long, global = true, env = "TRIGLOT_CACHE_DIR", value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Threads to use [default: all processors]
    #[arg(long, global = true, env = "TRIGLOT_THREADS", value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: Option<u32>,
    /// Memory that the process may hold, such as 12GiB [default: what the machine has left]
    #[arg(long, global = true, env = "TRIGLOT_MEMORY_LIMIT", value_name = "SIZE",
          value_parser = limits::size)]
    pub memory_limit: Option<u64>,
    /// Seconds that one call of a plugin may take, 0 for any; no step takes an hour, and a call that hangs takes longer
    #[arg(
        long,
        global = true,
        env = "TRIGLOT_CALL_LIMIT",
        default_value_t = 3600,
        value_name = "SECONDS"
    )]
    pub call_limit: u64,
    /// Seconds that a call of a plugin may take to come back once you have asked to stop
    #[arg(
        long,
        global = true,
        env = "TRIGLOT_CALL_GRACE",
        default_value_t = 30,
        value_name = "SECONDS"
    )]
    pub call_grace: u64,
    /// One JSON document on standard output, all else on standard error
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress, no tables
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment: train, measure, record; or go on with a run that did not come to its end
    #[command(
        after_help = "Examples:\n  triglot run experiments/xquad/static-hybrid.toml --data-dir DATA\n  \
        triglot run --resume last                          from its newest checkpoint, as if it had never stopped\n  \
        triglot run M.toml --resume RUN --allow-changed    under a manifest that has changed since"
    )]
    Run {
        /// The manifest [default with --resume: the one that the run was made with]
        #[arg(required_unless_present = "resume")]
        manifest: Option<PathBuf>,
        /// Go on with a run that was killed or interrupted, or that failed (its folder, `experiment/id`, the beginning of
        /// an id, `last`)
        #[arg(long, value_name = "RUN")]
        resume: Option<String>,
        /// Go on even though the manifest, a plugin or a file is not what it was; what has changed is recorded
        #[arg(long, requires = "resume")]
        allow_changed: bool,
    },
    /// Resolve and check an experiment without training
    #[command(after_help = "Examples:\n  triglot plan M.toml --data --set seed=3\n  \
        triglot plan M.toml --batches 200                  what training will see, before it does\n  \
        triglot plan M.toml --batches 200 --write B.jsonl  the same batches, for the sampler replay/file\n  \
        triglot plan M.toml --estimate                     hours, gigabytes, before they are spent")]
    Plan {
        /// The manifest
        manifest: PathBuf,
        /// Open the data too, and count it
        #[arg(long)]
        data: bool,
        /// Open the data, take a few steps, encode some texts, and estimate time, memory and disk; nothing is kept
        #[arg(long)]
        estimate: bool,
        /// Draw the first N batches of every stage, and show what they hold; nothing is trained
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        batches: Option<u64>,
        /// Write these batches into a file, a line of JSON each
        #[arg(long, value_name = "FILE", requires = "batches")]
        write: Option<PathBuf>,
    },
    /// Run every trial of an experiment's sweep, then compare them
    #[command(after_help = "Example: triglot sweep experiments/quickstart.toml")]
    Sweep {
        /// The manifest
        manifest: PathBuf,
    },
    /// Measure a trained model on the data sets of a manifest
    #[command(after_help = "Examples:\n  triglot evaluate last --on M.toml\n  \
        triglot evaluate ./my-exported-model --on M.toml\n  \
        triglot evaluate hf:intfloat/multilingual-e5-small --on M.toml")]
    Evaluate {
        /// A run (its folder, `experiment/id`, the beginning of an id, `last`), a model's folder, or a model of the hub
        /// (`hf:owner/name@revision`)
        model: String,
        /// The manifest whose data sets to measure on
        #[arg(long, value_name = "MANIFEST")]
        on: PathBuf,
    },
    /// Encode texts, one a line, with a run's model, into a NumPy file
    #[command(
        after_help = "Example: triglot encode last --input texts.txt --output texts.npy --role query"
    )]
    Encode {
        /// A run (its folder, `experiment/id`, the beginning of an id, `last`)
        run: String,
        /// The texts, one a line; `-` for standard input
        #[arg(long, default_value = "-", value_name = "FILE")]
        input: PathBuf,
        /// Where to write the embeddings [texts × dim], f32
        #[arg(long, value_name = "FILE.npy")]
        output: PathBuf,
        /// What the texts are
        #[arg(long, value_enum, default_value_t = Role::Passage)]
        role: Role,
        /// Their language code
        #[arg(long, default_value = "und")]
        language: String,
    },
    /// Score TREC run files, anybody's, against judgements
    Score(Score),
    /// Look at the data of a manifest
    Data {
        /// What to do with it
        #[command(subcommand)]
        command: DataCommand,
    },
    /// Put runs side by side on one page that opens in any browser, offline
    Report(Report),
    /// List, show and compare runs
    Runs {
        /// What to do with them
        #[command(subcommand)]
        command: Runs,
    },
    /// List, show, begin and check plugins, and print their C header
    Plugins {
        /// What to do with them
        #[command(subcommand)]
        command: Plugins,
    },
    /// Print the completion script of a shell
    #[command(after_help = "Example: triglot completions bash > /etc/bash_completion.d/triglot")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print a generated JSON Schema
    #[command(hide = true)]
    Schema {
        /// Which one
        which: Schema,
    },
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// A query.
    Query,
    /// A passage.
    Passage,
}

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

/// Takes one of some values by its name.
fn one_of<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|value| name(*value))).try_map(move |named| {
        all.iter().copied().find(|value| name(*value) == named).ok_or("unknown")
    })
}

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

/// Commands about plugins.
#[derive(Debug, Subcommand)]
pub enum Plugins {
    /// Every component found
    List,
    /// One component and its options
    Show {
        /// `library/component`
        name: String,
    },
    /// Write a small crate to begin a plugin with
    #[command(after_help = "Example: triglot plugins new sampler mine")]
    New(NewPlugin),
    /// The C header that a plugin in C or C++ is written against
    #[command(after_help = "Example: triglot plugins header > triglot_plugin.h")]
    Header,
    /// Ask a library whether it keeps to the contract, each question in a process of its own
    Check(Check),
    /// Ask one question in this process
    #[command(hide = true)]
    CheckCase {
        /// What to ask, as JSON
        request: String,
    },
}

/// What a new plugin is to be.
#[derive(Debug, Clone, Group)]
pub struct NewPlugin {
    /// What its component is
    #[arg(value_parser = kind())]
    pub kind: Kind,
    /// The library's name, the part of `use` before the slash
    pub name: String,
    /// The folder to write [default: the name, in the current folder]
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// The plugin SDK, framework/sdk of triglot's source [default: the source that this triglot was built from]
    #[arg(long, value_name = "DIR")]
    pub sdk: Option<PathBuf>,
}

fn kind() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::as_str))
        .try_map(|name| Kind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or("unknown"))
}

/// The generated schemas.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Schema {
    /// Of an experiment manifest.
    Experiment,
    /// Of a component's description.
    Plugin,
    /// Of `run.json`.
    Run,
}

/// Arguments of `plugins check`.
#[derive(Debug, Group)]
#[command(after_help = "Examples:\n  triglot plugins check target/debug/libmine.so\n  \
    triglot plugins check libmine.so --only same-key-same-result\n  \
    triglot plugins check lib.so --options 'encoder={ weights = \"e5-small\" }' --model-dir MODELS")]
pub struct Check {
    /// Libraries, or folders of libraries
    #[arg(required_unless_present = "list", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Ask these cases alone
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Check these components alone: `component` or `library/component`
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub component: Vec<String>,
    /// Make the instances of a component with these options, written as in a manifest
    #[arg(long, value_name = "ID=TABLE")]
    pub options: Vec<String>,
    /// Show every case, and ask none
    #[arg(long)]
    pub list: bool,
}

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
