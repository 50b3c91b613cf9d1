//! The one shape into which every reader reads: per language, the passages and the questions that point at them.
//!
//! Training needs only the passages that a question points at, evaluation needs all of them, and `holdout`,
//! `limit` and `ignore_same_group` need to know which examples stand on the same paragraph. A shape that keeps
//! passages apart from questions serves all of them, whatever the file looked like.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use indexmap::IndexSet;

use crate::error::Diagnostic;

/// What a reader returns: it knows the line of a mistake, its caller adds the file.
pub(super) type Checked<T> = Result<T, Box<Diagnostic>>;

/// A passage of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) text: String,
    /// The paragraph it is cut from, counted within the language; a record's passage is its own paragraph.
    pub(super) paragraph: usize,
}

/// A question of one language, and the passage that answers it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    /// The parallel id, shared by the languages.
    pub(super) id: String,
    pub(super) text: String,
    /// The passage, as an index into the passages of the language.
    pub(super) passage: usize,
    /// The group that the data names, shared by the languages; without one, the paragraph is the group.
    pub(super) group: Option<String>,
    /// The number of the user column, NaN where there is none.
    pub(super) user: f64,
}

/// What a data set holds in one language.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct LanguageCorpus {
    pub(super) language: String,
    pub(super) passages: Vec<Passage>,
    pub(super) questions: Vec<Question>,
    /// Lines without a text, of aligned ones.
    pub(super) empty_lines: usize,
}

/// A data set as read, and the files with the BLAKE3 hash of their bytes.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    /// Languages in order, most often on one island: those of different islands are searched apart, and examples are
    /// of one island.
    pub(super) islands: Vec<Vec<LanguageCorpus>>,
    pub(super) files: Vec<(PathBuf, String)>,
    /// What the user should know of it.
    pub(super) warnings: Vec<String>,
}

impl Corpus {
    /// A data set of one island.
    pub(super) fn one(languages: Vec<LanguageCorpus>, files: Vec<(PathBuf, String)>) -> Self {
        Self { islands: vec![languages], files, warnings: Vec::new() }
    }
}

/// The languages of all islands, in order; what an island has in a language stands behind that of the one before.
pub(super) fn merged(islands: Vec<Vec<LanguageCorpus>>) -> Vec<LanguageCorpus> {
    let mut languages: BTreeMap<String, LanguageCorpus> = BTreeMap::new();
    for own in islands.into_iter().flatten() {
        let Some(all) = languages.get_mut(&own.language) else {
            languages.insert(own.language.clone(), own);
            continue;
        };
        let passages = all.passages.len();
        let paragraphs =
            all.passages.iter().map(|passage| passage.paragraph + 1).max().unwrap_or(0);
        all.passages.extend(
            own.passages
                .into_iter()
                .map(|passage| Passage { paragraph: passage.paragraph + paragraphs, ..passage }),
        );
        all.questions.extend(
            own.questions
                .into_iter()
                .map(|question| Question { passage: question.passage + passages, ..question }),
        );
        all.empty_lines += own.empty_lines;
    }
    languages.into_values().collect()
}

/// One record as a reader finds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    /// The line (or, in an embedded corpus, the record), counted from 1.
    pub(super) line: usize,
    pub(super) id: &'a str,
    pub(super) language: &'a str,
    pub(super) query: &'a str,
    pub(super) passage: &'a str,
    pub(super) group: Option<&'a str>,
    /// The number of the user column, NaN where there is none.
    pub(super) user: f64,
}

/// Gathers records into languages, each distinct passage of a language once.
#[derive(Debug, Default)]
pub(super) struct Collector {
    languages: BTreeMap<String, Gathering>,
}

#[derive(Debug, Default)]
struct Gathering {
    passages: IndexSet<String>,
    questions: Vec<Question>,
    lines: HashMap<String, usize>,
    empty: usize,
}

impl Collector {
    /// Takes one record in; the caller adds the place to what is wrong with it.
    pub(super) fn push(&mut self, row: Row<'_>) -> Checked<()> {
        let Row { line, id, language, query, passage, group, user } = row;
        not_empty("id", id, "the record")?;
        let name = format!("record `{id}`");
        check_language(language)?;
        not_empty("query", query, &name)?;
        not_empty("passage", passage, &name)?;
        if let Some(group) = group {
            not_empty("group", group, &name)?;
        }

        let gathering = self.languages.entry(language.to_owned()).or_default();
        if let Some(first) = gathering.lines.insert(id.to_owned(), line) {
            return Err(Diagnostic::new(format!(
                "the id `{id}` stands twice for the language `{language}`, first in line {first}"
            ))
            .allowed("each id once a language")
            .into());
        }
        let passage = match gathering.passages.get_index_of(passage) {
            Some(index) => index,
            None => gathering.passages.insert_full(passage.to_owned()).0,
        };
        gathering.questions.push(Question {
            id: id.to_owned(),
            text: query.to_owned(),
            passage,
            group: group.map(str::to_owned),
            user,
        });
        Ok(())
    }

    /// Counts a line without a text.
    pub(super) fn pass_over(&mut self, language: &str) {
        self.languages.entry(language.to_owned()).or_default().empty += 1;
    }

    /// The languages in order.
    pub(super) fn finish(self) -> Vec<LanguageCorpus> {
        self.languages
            .into_iter()
            .map(|(language, gathering)| LanguageCorpus {
                language,
                passages: gathering
                    .passages
                    .into_iter()
                    .enumerate()
                    .map(|(paragraph, text)| Passage { text, paragraph })
                    .collect(),
                questions: gathering.questions,
                empty_lines: gathering.empty,
            })
            .collect()
    }
}

/// Refuses a text of nothing but white space. U+FEFF is no white space, and no text is ever trimmed.
pub(super) fn not_empty(what: &str, text: &str, of: &str) -> Checked<()> {
    if text.trim().is_empty() {
        return Err(Diagnostic::new(format!("the {what} of {of} is empty")).into());
    }
    Ok(())
}

/// An id, which the blank-separated files of a run must be able to carry.
pub(super) fn check_id(id: &str) -> Checked<()> {
    if id.is_empty() || id.contains(char::is_whitespace) {
        let problem = format!("the id {id:?} is empty or holds white space");
        return Err(Diagnostic::new(problem)
            .allowed("ids without white space: TREC files separate their columns by it")
            .into());
    }
    Ok(())
}

/// Whether `code` can name a language: codes become parts of file names and of document ids.
pub(super) fn is_language(code: &str) -> bool {
    !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Refuses what cannot name a language.
pub(super) fn check_language(code: &str) -> Checked<()> {
    if is_language(code) {
        return Ok(());
    }
    Err(Diagnostic::new(format!("`{code}` is not a language code"))
        .allowed("letters a to z, digits, `-` and `_`")
        .into())
}
