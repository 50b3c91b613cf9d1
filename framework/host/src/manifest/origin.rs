//! Where a value came from.

use std::fmt;

use serde::Serialize;

/// The layer that set a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "layer", rename_all = "kebab-case")]
pub enum Origin {
    /// The built-in default.
    Default,
    /// The manifest file.
    File {
        /// The line, counted from 1.
        line: usize,
    },
    /// A profile in the manifest file.
    Profile {
        /// The name of the profile.
        name: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// A `TRIGLOT_*` variable.
    Environment {
        /// The name of the variable.
        variable: String,
    },
    /// A `--set` argument.
    Set {
        /// The argument, `key=value`.
        argument: String,
    },
    /// The sweep of the manifest.
    Sweep {
        /// The key under `sweep` that made the change, for example `sweep.seeds`.
        key: String,
        /// The line of that key, where it stands in the file.
        line: Option<usize>,
    },
}

impl Origin {
    /// Whether the other value was set by the same layer, on whichever line.
    pub(super) fn same_layer(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { .. }, Self::File { .. }) => true,
            (Self::Profile { name, .. }, Self::Profile { name: other, .. }) => name == other,
            _ => self == other,
        }
    }

    /// The line of the manifest file that set the value.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::File { line } | Self::Profile { line, .. } => Some(*line),
            Self::Sweep { line, .. } => *line,
            Self::Default | Self::Environment { .. } | Self::Set { .. } => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File { line } => write!(f, "line {line}"),
            Self::Profile { name, line } => write!(f, "profile {name}, line {line}"),
            Self::Environment { variable } => write!(f, "{variable}"),
            Self::Set { argument } => write!(f, "--set {argument}"),
            Self::Sweep { key, line: Some(line) } => write!(f, "{key}, line {line}"),
            Self::Sweep { key, line: None } => write!(f, "{key}"),
        }
    }
}
