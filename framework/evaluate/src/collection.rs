//! The input of one evaluation data set, checked once.
//!
//! Everything behind this border indexes by row without looking again, so a [`Collection`] can only be had through
//! its constructor. Judgements are a CSR table: a parallel corpus has one relevant passage per language and
//! question, which makes them short, many, and read once per query.

use std::collections::HashSet;

use crate::error::{Error, Result};

/// The passages that are searched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    /// One unique id a document, such as `en:123`.
    pub ids: Vec<String>,
    /// The index of each document's language.
    pub language: Vec<u32>,
}

/// The questions that are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queries {
    /// One unique id a query.
    pub ids: Vec<String>,
    /// The index of each query's language.
    pub language: Vec<u32>,
    /// The parallel group: equal for one question across languages.
    pub group: Vec<u32>,
}

/// The grade of one document for one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// The index of the document.
    pub document: u32,
    /// Its grade: relevant above zero.
    pub grade: i32,
}

/// The judgements of all queries, in compressed sparse rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgements {
    /// Where the entries of each query begin; one more than there are queries.
    pub offsets: Vec<usize>,
    /// The entries, ascending by document within a query.
    pub entries: Vec<Judgement>,
}

/// Collects the judgements of one query after another.
impl FromIterator<Vec<Judgement>> for Judgements {
    fn from_iter<I: IntoIterator<Item = Vec<Judgement>>>(lists: I) -> Self {
        let mut judgements = Self { offsets: vec![0], entries: Vec::new() };
        for list in lists {
            judgements.entries.extend(list);
            judgements.offsets.push(judgements.entries.len());
        }
        judgements
    }
}

/// Documents, queries and judgements that fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    languages: Vec<String>,
    documents: Documents,
    queries: Queries,
    judgements: Judgements,
}

impl Collection {
    /// Checks that all columns have one entry a row, that every index points somewhere, that ids and language codes
    /// are unique, and that the judgements of each query ascend by document.
    pub fn new(
        languages: Vec<String>,
        documents: Documents,
        queries: Queries,
        judgements: Judgements,
    ) -> Result<Self> {
        check_unique("languages", &languages)?;
        check_table("documents", &documents.ids, &documents.language, languages.len())?;
        check_table("queries", &queries.ids, &queries.language, languages.len())?;
        check_length("queries", "group", queries.group.len(), queries.ids.len())?;
        check_offsets(&judgements, queries.ids.len())?;
        let collection = Self { languages, documents, queries, judgements };
        collection.check_judgements()?;
        Ok(collection)
    }

    /// The language codes; documents and queries refer to them by index.
    pub fn languages(&self) -> &[String] {
        &self.languages
    }

    /// The documents.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// The queries.
    pub fn queries(&self) -> &Queries {
        &self.queries
    }

    /// The judgements of one query, ascending by document; none for a query that does not exist.
    pub fn judgements(&self, query: usize) -> &[Judgement] {
        match self.judgements.offsets.get(query..).unwrap_or_default() {
            [start, end, ..] => &self.judgements.entries[*start..*end],
            _ => &[],
        }
    }

    fn check_judgements(&self) -> Result<()> {
        for (query, id) in self.queries.ids.iter().enumerate() {
            let mut previous = None;
            for &Judgement { document, .. } in self.judgements(query) {
                let Some(document_id) = self.documents.ids.get(document as usize) else {
                    return Err(Error::Document {
                        query: id.clone(),
                        found: document,
                        documents: self.documents.ids.len(),
                    });
                };
                if previous >= Some(document) {
                    return Err(Error::Unsorted {
                        query: id.clone(),
                        document: document_id.clone(),
                    });
                }
                previous = Some(document);
            }
        }
        Ok(())
    }
}

fn check_table(
    table: &'static str,
    ids: &[String],
    language: &[u32],
    languages: usize,
) -> Result<()> {
    if u32::try_from(ids.len()).is_err() {
        return Err(Error::TooMany { table, found: ids.len() });
    }
    check_length(table, "language", language.len(), ids.len())?;
    check_unique(table, ids)?;
    match ids.iter().zip(language).find(|&(_, &found)| found as usize >= languages) {
        Some((id, &found)) => Err(Error::Language { table, id: id.clone(), found, languages }),
        None => Ok(()),
    }
}

fn check_length(
    table: &'static str,
    column: &'static str,
    found: usize,
    expected: usize,
) -> Result<()> {
    if found == expected { Ok(()) } else { Err(Error::Length { table, column, found, expected }) }
}

fn check_unique(table: &'static str, ids: &[String]) -> Result<()> {
    let mut seen = HashSet::with_capacity(ids.len());
    match ids.iter().find(|id| !seen.insert(id.as_str())) {
        Some(id) => Err(Error::Duplicate { table, id: id.clone() }),
        None => Ok(()),
    }
}

fn check_offsets(judgements: &Judgements, queries: usize) -> Result<()> {
    let Judgements { offsets, entries } = judgements;
    check_length("judgements", "offsets", offsets.len(), queries + 1)?;
    let mut previous = 0;
    for (index, &found) in offsets.iter().enumerate() {
        let minimum = if index == queries { entries.len() } else { previous };
        let maximum = if index == 0 { 0 } else { entries.len() };
        if found < minimum || found > maximum {
            return Err(Error::Offset { index, found, minimum, maximum });
        }
        previous = found;
    }
    Ok(())
}

#[cfg(test)]
#[path = "collection_tests.rs"]
mod tests;
