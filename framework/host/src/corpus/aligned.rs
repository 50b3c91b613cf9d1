//! Aligned lines: one file a language, and line i of every file says the same.
//!
//! A line is a query and a passage at once, so that a sentence asks for its translations (bitext retrieval). An
//! empty line is a sentence that nobody has translated: there the example does not exist.
//!
//! Where every language stands beside a pivot's file of its own (Tatoeba's shape), each pair of files is an island:
//! its sentences are examples of two languages, and are searched among each other only, as in LASER's evaluation
//! (Artetxe & Schwenk 2019, arXiv 1812.10464, section 4.3).

use std::path::{Path, PathBuf};

use super::data_files::DataFiles;
use super::read::no_data;
use super::shape::{Collector, Corpus, LanguageCorpus, Row};
use super::source::{Located, Source};
use super::user;
use crate::error::{Diagnostic, Result};

/// Reads the whole of a data set, before `limit` and `holdout`.
pub(super) fn read(source: &Source<'_>, data_dir: &Path) -> Result<Corpus> {
    let mut files = DataFiles::default();
    let located = source.locate(data_dir, &mut files)?;
    let islands = match source.pivot {
        Some(pivot) => {
            let pair = |file: &Located| pair(source, file, pivot, &mut files);
            located.iter().map(pair).collect::<Result<_>>()?
        }
        None => vec![together(source, &located, data_dir, &mut files)?],
    };
    Ok(Corpus { islands, files: files.into_read(), ..Corpus::default() })
}

/// All languages beside each other.
fn together(
    source: &Source<'_>,
    located: &[Located],
    data_dir: &Path,
    files: &mut DataFiles,
) -> Result<Vec<LanguageCorpus>> {
    let mut gathering = Gathering::default();
    let groups = match source.groups {
        Some(path) => {
            let path = data_dir.join(path);
            let text = source.open("groups", &path, files)?;
            gathering.count(&path, &text)?;
            Some(text)
        }
        None => None,
    };
    let groups: Option<Vec<&str>> = groups.as_ref().map(|text| text.lines().collect());
    for Located { language, path, .. } in located {
        let language = language.as_deref().unwrap_or_default();
        let text = source.open("path", path, files)?;
        gathering.take(source, language, path, &text, "", groups.as_deref())?;
    }
    Ok(gathering.collector.finish())
}

/// A language and the pivot; the examples of different pairs have nothing in common.
fn pair(
    source: &Source<'_>,
    file: &Located,
    pivot: &str,
    files: &mut DataFiles,
) -> Result<Vec<LanguageCorpus>> {
    let mut gathering = Gathering::default();
    let language = file.language.as_deref().unwrap_or_default();
    let prefix = format!("{language}-");
    let sides = [(language, Some(&file.path)), (pivot, file.pivot.as_ref())];
    for (side, path) in sides.into_iter().filter_map(|(side, path)| Some((side, path?))) {
        let text = source.open("path", path, files)?;
        gathering.take(source, side, path, &text, &prefix, None)?;
    }
    Ok(gathering.collector.finish())
}

/// Files of which each has as many lines as the first.
#[derive(Default)]
struct Gathering {
    first: Option<(PathBuf, usize)>,
    collector: Collector,
}

impl Gathering {
    /// Refuses a file that has not as many lines as the first.
    fn count(&mut self, path: &Path, text: &str) -> Result<()> {
        let lines = text.lines().count();
        let (first, expected) = self.first.get_or_insert_with(|| (path.to_owned(), lines));
        if lines == *expected {
            return Ok(());
        }
        let problem = format!("the file has {lines} lines, and {} has {expected}", first.display());
        Err(Diagnostic::new(problem)
            .file(path)
            .allowed("as many lines in every file: line i of each is example i")
            .into())
    }

    /// Takes the lines of a language; their ids are their numbers behind the prefix, from 1, in a width that sorts.
    fn take(
        &mut self,
        source: &Source<'_>,
        language: &str,
        path: &Path,
        text: &str,
        prefix: &str,
        groups: Option<&[&str]>,
    ) -> Result<()> {
        self.count(path, text)?;
        let mut is_empty = true;
        for (number, content) in text.lines().enumerate() {
            let line = number + 1;
            if content.trim().is_empty() {
                self.collector.pass_over(language);
                continue;
            }
            is_empty = false;
            let row = Row {
                line,
                id: &format!("{prefix}{line:07}"),
                language,
                query: content,
                passage: content,
                group: groups.and_then(|groups| groups.get(number)).copied(),
                user: user::ABSENT,
            };
            self.collector.push(row).map_err(|problem| problem.line(line).file(path))?;
        }
        match is_empty {
            true => Err(source.without_data(language, no_data(language, path), []).into()),
            false => Ok(()),
        }
    }
}
