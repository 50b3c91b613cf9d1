//! The documents that a data set is searched in, as they come: the one place that keeps their texts.

use indexmap::IndexSet;

use super::super::shape::Checked;
use super::super::table::narrow;
use crate::error::{Diagnostic, Result};

/// Documents of any languages, each id once a language.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// `language:id`.
    ids: IndexSet<String>,
    /// Indices into the languages.
    language: Vec<u32>,
    texts: Vec<String>,
    /// In the order in which they came.
    languages: IndexSet<String>,
}

/// The columns of a pool.
pub(super) struct Columns {
    pub(super) ids: Vec<String>,
    pub(super) language: Vec<u32>,
    pub(super) texts: Vec<String>,
}

impl Pool {
    /// Takes a document in; the caller adds the place to what is wrong with it.
    pub(super) fn push(&mut self, id: &str, language: &str, text: String) -> Checked<()> {
        if !self.ids.insert(format!("{language}:{id}")) {
            let problem = format!("the document `{id}` stands twice for the language `{language}`");
            return Err(Diagnostic::new(problem).allowed("each id once a language").into());
        }
        let code = match self.languages.get_index_of(language) {
            Some(code) => code,
            None => self.languages.insert_full(language.to_owned()).0,
        };
        self.language.push(u32::try_from(code).unwrap_or(u32::MAX));
        self.texts.push(text);
        Ok(())
    }

    /// How many documents there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The languages of the documents.
    pub(super) fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(String::as_str)
    }

    /// The number of a document.
    pub(super) fn find(&self, language: &str, id: &str) -> Option<usize> {
        self.ids.get_index_of(&format!("{language}:{id}"))
    }

    /// The columns, with the languages numbered by their places among `languages`, which are ascending.
    pub(super) fn into_columns(self, languages: &[String]) -> Result<Columns> {
        let place = |code: &String| languages.partition_point(|language| language < code);
        let codes: Vec<u32> =
            self.languages.iter().map(|code| narrow(place(code))).collect::<Result<_>>()?;
        let renumber = |code: u32| codes.get(code as usize).copied().unwrap_or_default();
        Ok(Columns {
            ids: self.ids.into_iter().collect(),
            language: self.language.into_iter().map(renumber).collect(),
            texts: self.texts,
        })
    }
}
