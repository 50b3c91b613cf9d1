//! The one error type of the host, and the diagnostic that bad input turns into.
//!
//! A [`Diagnostic`] names the file, the line or key, what was found and what is allowed; the command line
//! prints it and exits with 2. Everything else is a [`Error::Failed`] (exit code 1) or an interruption (130).

use std::fmt;
use std::path::{Path, PathBuf};

/// What the host returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the host stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The manifest, an argument, a data file or a plugin file is wrong: the user mends it. Exit code 2.
    #[error("{0}")]
    Input(Box<Diagnostic>),
    /// Several things are wrong at once. Exit code 2.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Inputs(Vec<Diagnostic>),
    /// The work itself failed: a full disk, a plugin's error, a NaN. Exit code 1.
    #[error("{0}")]
    Failed(String),
    /// The user asked to stop; it says what became of the work. Exit code 130.
    #[error("{0}")]
    Interrupted(String),
    /// A run that had begun did not come to its end. Exit code of what ended it.
    #[error("{error}\n  run: {}", .folder.display())]
    Run {
        /// The folder of the run.
        folder: PathBuf,
        /// What ended it.
        error: Box<Error>,
    },
}

impl Error {
    /// A failure that is not the input's fault.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// A failure with what it is about before it.
    pub(crate) fn about(self, what: &str) -> Self {
        match self {
            Self::Failed(problem) => Self::Failed(format!("{what}: {problem}")),
            other => other,
        }
    }

    /// An interruption of work of which nothing is kept.
    pub fn interrupted() -> Self {
        Self::Interrupted("interrupted".into())
    }

    /// Whether the user asked to stop.
    pub fn is_interrupted(&self) -> bool {
        match self {
            Self::Interrupted(_) => true,
            Self::Run { error, .. } => error.is_interrupted(),
            Self::Input(_) | Self::Inputs(_) | Self::Failed(_) => false,
        }
    }

    /// An input/output failure at `path`; a file that is missing or may not be read is the input's fault.
    pub fn io(doing: &str, path: &Path, source: &std::io::Error) -> Self {
        Self::Failed(format!("cannot {doing} {}: {source}", path.display()))
    }

    /// The exit code of the command: 2 for wrong input, 130 for an interruption, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) | Self::Inputs(_) => 2,
            Self::Failed(_) => 1,
            Self::Interrupted(_) => 130,
            Self::Run { error, .. } => error.exit_code(),
        }
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Input(Box::new(diagnostic))
    }
}

/// What is wrong with an input, where, and what would be right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file that holds the mistake (manifest, data file, plugin library), where there is one.
    pub file: Option<PathBuf>,
    /// The layer other than a file that set the value, for example `--set seed=x` or `TRIGLOT_SEED`.
    pub layer: Option<String>,
    /// The line in `file`, counted from 1.
    pub line: Option<usize>,
    /// The key in the manifest, in the form that `--set` takes.
    pub key: Option<String>,
    /// What is wrong, with what was found.
    pub problem: String,
    /// What is allowed.
    pub allowed: Option<String>,
    /// The valid name nearest to the one found.
    pub nearest: Option<String>,
}

impl Diagnostic {
    /// A diagnostic with nothing but the problem.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), ..Self::default() }
    }

    /// Names the file.
    #[must_use]
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Names the line, counted from 1.
    #[must_use]
    pub fn line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Names the key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Says what is allowed.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }

    /// Offers the nearest of `names`, if one is near enough to `found` to be meant.
    #[must_use]
    pub fn nearest<'a>(mut self, found: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.nearest = names
            .into_iter()
            .map(|name| (strsim::damerau_levenshtein(found, name), name))
            .min()
            .filter(|(distance, name)| *distance <= (name.chars().count().max(3)) / 3)
            .map(|(_, name)| name.to_owned());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = String::new();
        if let Some(file) = &self.file {
            place = file.display().to_string();
            if let Some(line) = self.line {
                place = format!("{place}:{line}");
            }
        }
        if let Some(layer) = &self.layer {
            place = layer.clone();
        }
        if !place.is_empty() {
            write!(f, "{place}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "`{key}`: ")?;
        }
        write!(f, "{}", self.problem)?;
        if let Some(nearest) = &self.nearest {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        if let Some(allowed) = &self.allowed {
            write!(f, "\n  allowed: {allowed}")?;
        }
        Ok(())
    }
}
