//! Arguments of `plugins`.

use std::path::PathBuf;

use clap::{Args as Group, Subcommand};
use triglot_host::plugin::Kind;

use super::one_of;

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
    #[arg(value_parser = one_of(&Kind::ALL, Kind::as_str))]
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
