//! From what the manifest says of a data set to the files that hold it.
//!
//! A language that was asked for and is not there is an error, and so is a pattern that matches nothing: a data
//! set that silently shrinks would make two runs look comparable that are not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::data_files::DataFiles;
use super::discover::{PLACEHOLDER, discover};
use super::lines::Take;
use crate::error::{Diagnostic, Result};
use crate::manifest::Manifest;
use crate::manifest::types::{
    Collection, DataSet, Evaluation, PassageUnit, PathPattern, Reader, ValidationSet,
};

/// In the path of pairs of files: the language in its own file, the pivot in the other.
const SIDE: &str = "{side}";

/// What training and evaluation say alike of a data set, and where in the manifest they say it.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) reader: Reader,
    pub(super) path: &'a PathPattern,
    /// The key of the manifest that says where the files lie.
    pub(super) path_key: &'static str,
    /// Where the hard negatives lie.
    negatives: Option<&'a PathPattern>,
    /// The language of the other file, where every language has such a file.
    pub(super) pivot: Option<&'a str>,
    /// The file of the groups of aligned lines.
    pub(super) groups: Option<&'a str>,
    /// Where the parts of a collection lie, if the manifest says so.
    pub(super) collection: Option<&'a Collection>,
    /// Whether it is to be trained on.
    pub(super) is_training: bool,
    pub(super) passage: PassageUnit,
    pub(super) limit: Option<u64>,
    /// What the data calls the number of a question that goes into the user column.
    pub(super) user_column: Option<&'a str>,
    languages: Option<&'a [String]>,
    manifest: &'a Manifest,
    address: String,
}

/// A file of a data set; without a language, its records name their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) language: Option<String>,
    pub(super) path: PathBuf,
    /// The pivot's file that is aligned with it, in a data set of such pairs.
    pub(super) pivot: Option<PathBuf>,
}

impl<'a> Source<'a> {
    /// A data set to train on, which stands at `address` in the manifest.
    pub(super) fn training(manifest: &'a Manifest, address: &str, data: &'a DataSet) -> Self {
        Self {
            name: &data.name,
            reader: data.reader,
            path: &data.path,
            path_key: "path",
            negatives: data.negatives.as_ref(),
            pivot: data.pivot.as_deref(),
            groups: data.groups.as_deref(),
            collection: data.collection.as_ref(),
            is_training: true,
            passage: data.passage,
            limit: data.limit,
            user_column: data.user_column.as_deref(),
            languages: data.languages.as_deref(),
            manifest,
            address: address.to_owned(),
        }
    }

    /// A set for a validation loss, which stands at `address` in the manifest.
    pub(super) fn validation(
        manifest: &'a Manifest,
        address: &str,
        data: &'a ValidationSet,
    ) -> Self {
        Self {
            name: &data.name,
            reader: data.reader,
            path: &data.path,
            path_key: "path",
            negatives: None,
            pivot: data.pivot.as_deref(),
            groups: None,
            collection: data.collection.as_ref(),
            is_training: false,
            passage: data.passage,
            limit: data.limit,
            user_column: None,
            languages: data.languages.as_deref(),
            manifest,
            address: address.to_owned(),
        }
    }

    /// A data set to measure on, which stands at `address` in the manifest.
    pub(super) fn evaluation(manifest: &'a Manifest, address: &str, data: &'a Evaluation) -> Self {
        Self {
            name: &data.name,
            reader: data.reader,
            path: &data.path,
            path_key: "path",
            negatives: None,
            pivot: data.pivot.as_deref(),
            groups: None,
            collection: data.collection.as_ref(),
            is_training: false,
            passage: data.passage,
            limit: data.limit,
            user_column: None,
            languages: data.languages.as_deref(),
            manifest,
            address: address.to_owned(),
        }
    }

    /// The files of hard negatives, of whatever languages, where the data set names some.
    pub(super) fn of_negatives(&self) -> Option<Self> {
        let path = self.negatives?;
        let (path_key, reader) = ("negatives", Reader::Jsonl);
        let (pivot, languages) = (None, None);
        Some(Self { path, path_key, reader, pivot, languages, ..self.clone() })
    }

    /// Whether the manifest names no languages, so that all that are found are read.
    pub(super) fn takes_all_languages(&self) -> bool {
        self.languages.is_none()
    }

    /// A diagnostic about a key of this data set, at the place that set it.
    pub(super) fn problem(&self, key: &str, problem: impl Into<String>) -> Diagnostic {
        self.manifest.diagnostic(&format!("{}.{key}", self.address), problem)
    }

    /// The languages that the manifest asks for; all that are found, where it names none.
    pub(super) fn wanted(&self) -> Option<BTreeSet<&'a str>> {
        self.languages.map(|languages| languages.iter().map(String::as_str).collect())
    }

    /// What to say of a language of which there is no data.
    pub(super) fn without_data<'n>(
        &self,
        language: &str,
        problem: impl Into<String>,
        present: impl IntoIterator<Item = &'n str>,
    ) -> Diagnostic {
        let present: Vec<&str> = present.into_iter().collect();
        let diagnostic =
            self.problem("languages", problem).nearest(language, present.iter().copied());
        match present.as_slice() {
            [] => diagnostic,
            present => diagnostic.allowed(format!("languages with data: {}", present.join(", "))),
        }
    }

    /// The files of the data set, in the order of their languages.
    pub(super) fn locate(&self, data_dir: &Path, files: &mut DataFiles) -> Result<Vec<Located>> {
        match self.path {
            PathPattern::PerLanguage(paths) => {
                let own = |(code, path): (&String, &String)| {
                    (code.clone(), data_dir.join(path.replace(SIDE, code)))
                };
                self.among(data_dir, paths.iter().map(own).collect(), |language| {
                    format!("`path` names no file for the language `{language}`")
                })
            }
            PathPattern::Pattern(pattern) if pattern.contains(PLACEHOLDER) => {
                let pattern = pattern.replace(SIDE, PLACEHOLDER);
                let found = discover(data_dir, &pattern, files)?;
                if found.is_empty() && self.languages.is_none() {
                    let problem = format!("no file matches {}", data_dir.join(&pattern).display());
                    let allowed = "`{lang}` stands for a code of letters, digits, `-` and `_`";
                    return Err(self.problem(self.path_key, problem).allowed(allowed).into());
                }
                self.among(data_dir, found, |language| {
                    let path = data_dir.join(pattern.replace(PLACEHOLDER, language));
                    format!("there is no file for the language `{language}`: {}", path.display())
                })
            }
            PathPattern::Pattern(path) => self.single(data_dir.join(path)),
        }
    }

    /// Those of the files whose language is wanted.
    fn among(
        &self,
        data_dir: &Path,
        mut files: BTreeMap<String, PathBuf>,
        missing: impl Fn(&str) -> String,
    ) -> Result<Vec<Located>> {
        // The pivot stands beside every language, and not beside itself.
        files.retain(|language, _| self.pivot != Some(language));
        if let Some(mut wanted) = self.wanted() {
            wanted.retain(|language| self.pivot != Some(*language));
            if let Some(language) = wanted.iter().find(|language| !files.contains_key(**language)) {
                let present = files.keys().map(String::as_str);
                return Err(self.without_data(language, missing(language), present).into());
            }
            files.retain(|language, _| wanted.contains(language.as_str()));
        }
        let located = |(language, path): (String, PathBuf)| {
            let pivot = self.pivot_path(data_dir, &language);
            Located { language: Some(language), path, pivot }
        };
        Ok(files.into_iter().map(located).collect())
    }

    /// The pivot's file that is aligned with that of a language: one of its own, or the pivot's in this data set.
    fn pivot_path(&self, data_dir: &Path, language: &str) -> Option<PathBuf> {
        let pivot = self.pivot?;
        self.beside(data_dir, language, pivot).or_else(|| Some(data_dir.join(self.path_of(pivot)?)))
    }

    /// The file of another side that stands beside that of a language, where every language has such files.
    pub(super) fn beside(&self, data_dir: &Path, language: &str, side: &str) -> Option<PathBuf> {
        let own = self.path_of(language).filter(|own| own.contains(SIDE))?;
        Some(data_dir.join(own.replace(SIDE, side)))
    }

    fn path_of(&self, language: &str) -> Option<String> {
        match self.path {
            PathPattern::Pattern(pattern) => Some(pattern.replace(PLACEHOLDER, language)),
            PathPattern::PerLanguage(paths) => paths.get(language).cloned(),
        }
    }

    /// Reads a file; where there is none, the manifest's key that names it is at fault.
    pub(super) fn open(&self, key: &str, path: &Path, files: &mut DataFiles) -> Result<String> {
        self.check_there(key, path, files)?;
        files.text(path)
    }

    /// Gives every line of a file to `take`; where there is none, the manifest's key that names it is at fault.
    pub(super) fn lines(
        &self,
        key: &str,
        path: &Path,
        files: &mut DataFiles,
        take: Take<'_>,
    ) -> Result<()> {
        self.check_there(key, path, files)?;
        files.lines(path, take)
    }

    /// Refuses a path at which there is nothing.
    fn check_there(&self, key: &str, path: &Path, files: &mut DataFiles) -> Result<()> {
        if path.is_dir() || files.is_file(path)? {
            return Ok(());
        }
        let missing = files.missing(path)?;
        let at = self.problem(key, missing.problem.as_str());
        Err(Diagnostic { allowed: missing.allowed, nearest: missing.nearest, ..at }.into())
    }

    /// One file without `{lang}`: records name their languages, other shapes do not.
    fn single(&self, path: PathBuf) -> Result<Vec<Located>> {
        let language = match (self.reader, self.languages) {
            (Reader::Squad | Reader::AlignedLines, Some([language])) => Some(language.clone()),
            (Reader::Squad | Reader::AlignedLines, _) => {
                let problem = "one file of this shape cannot tell several languages";
                return Err(self
                    .problem(self.path_key, problem)
                    .allowed("a path with `{lang}`, or a single language in `languages`")
                    .into());
            }
            _ => None,
        };
        Ok(vec![Located { language, path, pivot: None }])
    }
}
