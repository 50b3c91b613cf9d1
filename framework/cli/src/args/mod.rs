//! What can be asked of the command.

mod data;
mod plugins;
mod report;
mod runs;
mod score;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use data::DataCommand;
pub use plugins::{Check, NewPlugin, Plugins};
pub use report::{Report, TableFormat};
pub use runs::{Compare, Runs};
pub use score::Score;

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

/// Takes one of some values by its name.
fn one_of<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|value| name(*value))).try_map(move |named| {
        all.iter().copied().find(|value| name(*value) == named).ok_or("unknown")
    })
}
