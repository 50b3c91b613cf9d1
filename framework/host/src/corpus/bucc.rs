//! BUCC's comparable corpora: two files of sentences, and a third that tells which of them are translations.
//!
//! The shared task is to find the pairs (Zweigenbaum, Sharoff & Rapp 2017, Overview of the Second BUCC Shared Task).
//! Here it is a search, both ways: a sentence of a pair asks for its translations among all sentences of the other file.
//! Sentences of no pair ask for nothing, and make the pool. Sentences of one text are one sentence, with all translations
//! of each, for a text is all that a model is given; LASER's evaluation leaves such sentences out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexSet;

use super::data_files::DataFiles;
use super::shape::{Checked, Corpus, LanguageCorpus, Passage, Question, check_id, not_empty};
use super::source::{Located, Source};
use super::user;
use crate::error::{Diagnostic, Result};

/// What stands for the side in the path of the pairs.
const GOLD: &str = "gold";

/// Reads the whole of a data set, before `limit` and `holdout`: each pair of languages is an island.
pub(super) fn read(source: &Source<'_>, data_dir: &Path) -> Result<Corpus> {
    let mut files = DataFiles::default();
    let located = source.locate(data_dir, &mut files)?;
    let island = |file: &Located| {
        let language = file.language.as_deref().unwrap_or_default();
        let pivot = source.pivot.unwrap_or_default();
        let beside = file.pivot.clone().unwrap_or_default();
        let gold = source.beside(data_dir, language, GOLD).unwrap_or_default();
        let mut own = Sentences::read(source, language, &file.path, &mut files)?;
        let mut other = Sentences::read(source, pivot, &beside, &mut files)?;
        pair_up(source, &gold, (&mut own, &mut other), &mut files)?;
        let mut languages = vec![own.finish(), other.finish()];
        languages.sort_by(|a, b| a.language.cmp(&b.language));
        Ok(languages)
    };
    let islands = located.iter().map(island).collect::<Result<_>>()?;
    Ok(Corpus { islands, files: files.into_read(), ..Corpus::default() })
}

/// The sentences of a file.
struct Sentences {
    language: String,
    path: PathBuf,
    /// Each text once.
    texts: IndexSet<String>,
    /// The place of its text, by the id of a sentence.
    places: HashMap<String, usize>,
    questions: Vec<Question>,
}

impl Sentences {
    fn read(
        source: &Source<'_>,
        language: &str,
        path: &Path,
        files: &mut DataFiles,
    ) -> Result<Self> {
        let (mut texts, mut places) = (IndexSet::new(), HashMap::new());
        source.lines("path", path, files, &mut |_, line| {
            if line.trim().is_empty() {
                return Ok(());
            }
            let [id, text] = columns(line, "two: id, tab, sentence")?;
            check_id(id)?;
            not_empty("text", text, &format!("the sentence `{id}`"))?;
            let place = match texts.get_index_of(text) {
                Some(place) => place,
                None => texts.insert_full(text.to_owned()).0,
            };
            if places.insert(id.to_owned(), place).is_some() {
                let problem = format!("the sentence `{id}` stands twice in the file");
                return Err(Diagnostic::new(problem).allowed("each id once").into());
            }
            Ok(())
        })?;
        if texts.is_empty() {
            return Err(Diagnostic::new("there is no sentence in the file").file(path).into());
        }
        let (language, path) = (language.to_owned(), path.to_owned());
        Ok(Self { language, path, texts, places, questions: Vec::new() })
    }

    /// The place of the text of a sentence that a pair names.
    fn find(&self, id: &str) -> Checked<usize> {
        self.places.get(id).copied().ok_or_else(|| {
            let problem = format!("there is no sentence `{id}` in {}", self.path.display());
            let allowed = format!(
                "two: the id of a sentence of the language `{}` in its column; first the language, then the pivot",
                self.language
            );
            Diagnostic::new(problem).allowed(allowed).into()
        })
    }

    /// Lets the sentence at `place` ask for its translation in the pair `id`.
    fn ask(&mut self, id: &str, place: usize) {
        let text = self.texts.get_index(place).cloned().unwrap_or_default();
        let (id, user) = (id.to_owned(), user::ABSENT);
        self.questions.push(Question { id, text, passage: place, group: None, user });
    }

    fn finish(self) -> LanguageCorpus {
        let passage = |(paragraph, text)| Passage { text, paragraph };
        LanguageCorpus {
            language: self.language,
            passages: self.texts.into_iter().enumerate().map(passage).collect(),
            questions: self.questions,
            empty_lines: 0,
        }
    }
}

/// Reads the pairs, each of a sentence of the language and one of the pivot.
fn pair_up(
    source: &Source<'_>,
    gold: &Path,
    (own, other): (&mut Sentences, &mut Sentences),
    files: &mut DataFiles,
) -> Result<()> {
    let mut lines: HashMap<String, usize> = HashMap::new();
    source.lines("path", gold, files, &mut |number, line| {
        if line.trim().is_empty() {
            return Ok(());
        }
        let [a, b] = columns(line, "two: the id of a sentence, tab, the id of its translation")?;
        let (place, translation) = (own.find(a)?, other.find(b)?);
        let id = format!("{a}/{b}");
        if let Some(first) = lines.insert(id.clone(), number) {
            let problem =
                format!("the pair of `{a}` and `{b}` stands twice, first in line {first}");
            return Err(Diagnostic::new(problem).allowed("each pair once").into());
        }
        own.ask(&id, place);
        other.ask(&id, translation);
        Ok(())
    })?;
    match lines.is_empty() {
        true => Err(Diagnostic::new("there is no pair in the file").file(gold).into()),
        false => Ok(()),
    }
}

fn columns<'l>(line: &'l str, allowed: &str) -> Checked<[&'l str; 2]> {
    let cells: Vec<&str> = line.split('\t').collect();
    cells.try_into().map_err(|cells: Vec<&str>| {
        let problem = format!("the line has {} columns, separated by tabs", cells.len());
        Diagnostic::new(problem).allowed(allowed).into()
    })
}
