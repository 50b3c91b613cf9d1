//! The options, and what the schema cannot say of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Error, Result, Role};

/// Options of `codeswitch/dictionary`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Where the dictionaries lie: a folder, an archive (.tar, .tar.gz, .tgz), or a file that is one. Each is lines of
    /// `source<TAB>target` in UTF-8, perhaps packed with gzip; a word with several targets has several lines.
    #[schemars(extend("format" = "path"))]
    pub dictionaries: PathBuf,
    /// The file of each target language, by its name in the folder or archive. All languages are drawn alike.
    #[schemars(extend(
        "minProperties" = 1,
        "examples" = [{ "de": "german.txt", "es": "spanish.txt" }],
    ))]
    pub files: BTreeMap<String, PathBuf>,
    /// The language that the dictionaries translate from; texts of other languages stay as they are.
    #[serde(default = "english")]
    #[schemars(length(min = 1))]
    pub source: String,
    /// Probability of a word to be replaced, where the dictionary has it. Litschko et al. compare 0.25, 0.5, 0.75 and
    /// 1, and find that it matters little.
    #[serde(default = "half")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p: f64,
    /// Which texts are switched.
    #[serde(default)]
    pub texts: Switched,
    /// Whether the words of a text share a target language.
    #[serde(default)]
    pub mode: Mode,
}

/// Which texts are switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Switched {
    /// Queries only.
    Queries,
    /// Passages only, hard negatives among them.
    Passages,
    /// Queries and passages.
    #[default]
    Both,
}

impl Switched {
    /// Whether texts of this role are switched.
    pub fn contains(self, role: Role) -> bool {
        match self {
            Self::Queries => role == Role::Query,
            Self::Passages => role == Role::Passage,
            Self::Both => true,
        }
    }
}

/// Whether the words of a text share a target language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One target language a text; queries and passages draw theirs independently.
    Bilingual,
    /// A target language of its own for every word.
    #[default]
    Multilingual,
}

fn english() -> String {
    "en".into()
}

fn half() -> f64 {
    0.5
}

impl Options {
    /// Refuses what no dictionary could mend.
    pub fn check(&self) -> Result<()> {
        let Self { p, files, source, .. } = self;
        if !(0.0..=1.0).contains(p) {
            return Err(Error::invalid(format!("p: found {p}, allowed is 0 to 1")));
        }
        if files.is_empty() {
            let problem =
                "files: empty; write the file of a language, as in { de = \"german.txt\" }";
            return Err(Error::invalid(problem));
        }
        if files.contains_key(source) {
            let problem = format!("files: `{source}` is the language to translate from (`source`)");
            return Err(Error::invalid(problem));
        }
        Ok(())
    }
}
