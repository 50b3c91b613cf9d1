//! From hard negatives as they are named to rows of the table.
//!
//! What is not in the data is a mistake in the file. What is in the data and not in the table, since `limit`,
//! `holdout` or `languages` left it out, is passed over and counted: the same file serves a run on part of the data. A
//! passage that a line lists twice is kept once, where it stands first: no negative is to count double in a batch.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::negatives::{Line, Negative, What};
use super::shape::Checked;
use super::source::Source;
use super::table::{PASSAGE, TextTable};
use super::training::Part;
use crate::error::{Diagnostic, Result};

/// What has become of the hard negatives of a data set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NegativeStatistics {
    /// Queries that have hard negatives.
    pub queries: usize,
    /// Hard negatives of all of them, a passage once a query.
    pub negatives: usize,
    /// Passages among them that answer no query, each distinct one once.
    pub further_passages: usize,
    /// Lines and hard negatives that were passed over, of what `limit`, `holdout` or `languages` left out.
    pub left_out: usize,
}

/// A data set whose rows stand in a table.
pub(super) struct DataSetRows<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) part: &'a Part<'a>,
    /// Its number, and that of its first example.
    pub(super) data_set: u32,
    pub(super) first_example: u32,
}

/// The passage rows that are hard negatives, by the number of the pair.
pub(super) type ByPair = BTreeMap<usize, Vec<u32>>;

impl DataSetRows<'_> {
    /// Adds the hard negatives of a data set to those found, and the passages that no example has to the table.
    pub(super) fn add(
        &self,
        lines: &[Line],
        table: &mut TextTable,
        found: &mut ByPair,
    ) -> Result<NegativeStatistics> {
        let mut statistics = NegativeStatistics::default();
        let mut further = HashMap::new();
        let mut earlier = HashMap::new();
        for line in lines {
            let at = |problem: Box<Diagnostic>| problem.file(&*line.file).line(line.number);
            if let Some(first) = earlier.insert((&line.id, &line.language), line.number) {
                let (id, language) = (&line.id, &line.language);
                let problem = format!(
                    "the query `{id}` of the language `{language}` has its negatives twice, first in line {first}"
                );
                return Err(at(Diagnostic::new(problem).allowed("one line a query").into()).into());
            }
            let Some(own) = self.row(&line.id, &line.language, table).map_err(at)? else {
                statistics.left_out += 1;
                continue;
            };
            let mut rows = Vec::with_capacity(line.negatives.len());
            let mut listed = HashSet::new();
            for Negative { what, language } in &line.negatives {
                let language = language.as_ref().unwrap_or(&line.language);
                let row = match what {
                    What::Example(id) if *id == line.id => {
                        let problem =
                            format!("the query `{id}` has its own example among its negatives");
                        let allowed =
                            "passages of other examples: a translation of what is right is right";
                        return Err(at(Diagnostic::new(problem).allowed(allowed).into()).into());
                    }
                    What::Example(id) => self.row(id, language, table).map_err(at)?,
                    What::Text(text) => match self.language(language, table).map_err(at)? {
                        None => None,
                        Some(code) => Some(match further.get(&(code, text)) {
                            Some(row) => *row,
                            None => {
                                let row = table.push_further(self.data_set, code, text)?;
                                further.insert((code, text), row);
                                row
                            }
                        }),
                    },
                };
                match row {
                    Some(row) if listed.insert(row) => rows.push(row),
                    Some(_) => {}
                    None => statistics.left_out += 1,
                }
            }
            statistics.queries += usize::from(!rows.is_empty());
            statistics.negatives += rows.len();
            found.insert(own as usize / 2, rows);
        }
        statistics.further_passages = further.len();
        Ok(statistics)
    }

    /// The passage row of an example in a language; `None` where it was left out of the table.
    fn row(&self, id: &str, language: &str, table: &TextTable) -> Checked<Option<u32>> {
        let Part { examples, chosen, .. } = self.part;
        let Ok(example) = examples.ids.binary_search(&id) else {
            return Err(Diagnostic::new(format!("no example of the data has the id `{id}`")).into());
        };
        let code = self.language(language, table)?;
        let Some(position) = self.part.position(language) else { return Ok(None) };
        if examples.question(position, example).is_none() {
            let languages = (self.part.languages.iter().enumerate())
                .filter(|(position, _)| examples.question(*position, example).is_some())
                .map(|(_, own)| own.language.as_str());
            let problem = format!("the example `{id}` does not exist in the language `{language}`");
            let allowed = languages.collect::<Vec<_>>().join(", ");
            return Err(Diagnostic::new(problem).allowed(allowed).into());
        }
        let (Some(code), Ok(place)) = (code, chosen.binary_search(&example)) else {
            return Ok(None);
        };
        let mut rows = table.rows_of(self.first_example + place as u32);
        let row = rows.find(|row| {
            table.role.get(*row) == Some(&PASSAGE) && table.language.get(*row) == Some(&code)
        });
        Ok(row.map(|row| row as u32))
    }

    /// The number of a language in the table; `None` where it was left out.
    fn language(&self, language: &str, table: &TextTable) -> Checked<Option<u32>> {
        if self.part.position(language).is_none() && self.source.takes_all_languages() {
            let present = self.part.languages.iter().map(|own| own.language.as_str());
            let problem = format!("there is no data of the language `{language}`");
            let allowed = present.clone().collect::<Vec<_>>().join(", ");
            return Err(Diagnostic::new(problem)
                .nearest(language, present)
                .allowed(allowed)
                .into());
        }
        let code = table.languages.iter().position(|own| own == language);
        Ok(code.map(|code| code as u32))
    }
}
