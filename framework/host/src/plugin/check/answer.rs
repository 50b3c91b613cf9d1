//! What comes of a case, and what of all of them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::case::LOADS;
use super::lab::Trouble;
use crate::plugin::Kind;

/// The answer to one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", content = "message", rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds; with a word on what was seen where that is worth one.
    Pass(Option<String>),
    /// It holds, but not as well as it should.
    Warn(String),
    /// It does not hold.
    Fail(String),
    /// It could not be asked.
    Skip(String),
}

/// What a case comes to: what went wrong in the laboratory is an answer too.
pub type Outcome = Result<Verdict, Trouble>;

impl Verdict {
    /// It holds.
    pub const PASS: Self = Self::Pass(None);

    /// Its name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pass(_) => "pass",
            Self::Warn(_) => "warn",
            Self::Fail(_) => "fail",
            Self::Skip(_) => "skip",
        }
    }

    /// What there is to say, if anything.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Pass(message) => message.as_deref(),
            Self::Warn(message) | Self::Fail(message) | Self::Skip(message) => Some(message),
        }
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(verdict) => verdict,
            Err(Trouble::Skipped(why)) => Self::Skip(why),
            Err(Trouble::Violated(what)) => Self::Fail(what),
            Err(Trouble::Refused(refusal)) => Self::Fail(refusal.to_string()),
        }
    }
}

/// One case asked of one library or component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The library's file.
    pub file: PathBuf,
    /// `library/component`; absent where the library as a whole was asked.
    pub component: Option<String>,
    /// The kind of the component.
    pub kind: Option<Kind>,
    /// The name of the case.
    pub case: String,
    /// The answer.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How long the answer took, in seconds.
    pub seconds: f64,
}

/// All findings, in the order of files, components and cases.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings are like this one; see [`Verdict::as_str`].
    pub fn count(&self, result: &str) -> usize {
        self.findings.iter().filter(|finding| finding.verdict.as_str() == result).count()
    }

    /// Adds a failure for each library that could not say what it holds, unless one was found for it already.
    pub fn add_unopened(&mut self, unopened: &[(PathBuf, String)]) {
        for (file, problem) in unopened {
            let told = |finding: &Finding| {
                finding.file == *file && matches!(finding.verdict, Verdict::Fail(_))
            };
            if !self.findings.iter().any(told) {
                self.findings.push(Finding {
                    file: file.clone(),
                    component: None,
                    kind: None,
                    case: LOADS.to_owned(),
                    verdict: Verdict::Fail(problem.clone()),
                    seconds: 0.0,
                });
            }
        }
    }
}
