//! What a stage draws from, where that is not everything: some data sets, some languages.
//!
//! The part is a table like any other, numbered without gaps, so that a sampler need not know of it: an epoch is an
//! epoch of the part, and a language that is left out is not there to be drawn. The texts are those of the whole.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexSet;

use super::table::{NONE, TextTable, narrow};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::manifest::types::Stage;

/// The part of `table` that the stage at `address` of the manifest draws from; `None` where it draws from all of it.
///
/// # Errors
/// If it names a data set or a language that the table does not have, or nothing is left.
pub fn of_stage(
    manifest: &Manifest,
    address: &str,
    stage: &Stage,
    table: &TextTable,
) -> Result<Option<TextTable>> {
    let named = |key: &str, what: &str, names: Option<&Vec<String>>, all: &[String]| {
        let Some(names) = names else { return Ok(vec![true; all.len()]) };
        if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
            let problem = format!("there is no {what} `{unknown}` to train on");
            let diagnostic = manifest.diagnostic(&format!("{address}.{key}"), problem);
            let known = all.iter().map(String::as_str);
            return Err(Error::from(diagnostic.nearest(unknown, known).allowed(all.join(", "))));
        }
        Ok(all.iter().map(|name| names.contains(name)).collect())
    };
    let data_sets = named("data", "data set", stage.data.as_ref(), &table.data_sets)?;
    let languages = named("languages", "language", stage.languages.as_ref(), &table.languages)?;
    if data_sets.iter().chain(&languages).all(|kept| *kept) {
        return Ok(None);
    }
    let part = table.part(&data_sets, &languages)?;
    if part.rows() == 0 {
        let key = if stage.languages.is_some() { "languages" } else { "data" };
        let problem = "no example is left: these data sets have nothing in these languages";
        return Err(manifest.diagnostic(&format!("{address}.{key}"), problem).into());
    }
    Ok(Some(part))
}

impl TextTable {
    /// The rows of the data sets and languages that are to be kept, each told by its number.
    ///
    /// A hard negative stays where its query and itself do.
    fn part(&self, data_sets: &[bool], languages: &[bool]) -> Result<Self> {
        let is_kept = |row: &usize| {
            let kept = |keep: &[bool], column: &[u32]| {
                column.get(*row).and_then(|&number| keep.get(number as usize)) == Some(&true)
            };
            kept(data_sets, &self.data_set) && kept(languages, &self.language)
        };
        let mut rows: Vec<usize> = (0..self.pair_rows()).filter(is_kept).collect();
        let pair_rows = rows.len();
        let kept_negatives = |pair: usize| {
            let all = self.negatives.as_ref();
            let all = all.filter(|all| pair < all.rows()).map_or(&[][..], |all| all.row(pair));
            all.iter().map(|row| *row as usize).filter(is_kept)
        };
        let pairs: Vec<usize> = rows.iter().step_by(2).map(|query| query / 2).collect();
        let mut further: Vec<usize> = pairs.iter().flat_map(|pair| kept_negatives(*pair)).collect();
        further.retain(|row| *row >= self.pair_rows());
        further.sort_unstable();
        further.dedup();
        rows.extend(further);

        let mut part = Self {
            data_set: gather(&self.data_set, &rows),
            language: gather(&self.language, &rows),
            role: gather(&self.role, &rows),
            example: gather(&self.example, &rows),
            group: gather(&self.group, &rows),
            length: gather(&self.length, &rows),
            text_hash: gather(&self.text_hash, &rows),
            user: self.user.as_ref().map(|user| gather(user, &rows)),
            further_passages: rows.len() - pair_rows,
            text: gather(&self.text, &rows),
            texts: Arc::clone(&self.texts),
            ..Self::default()
        };
        let lists = pairs.into_iter().map(|pair| {
            let places = kept_negatives(pair).filter_map(|row| rows.binary_search(&row).ok());
            places.map(narrow).collect::<Result<Vec<u32>>>()
        });
        part.set_negatives(lists)?;

        let data_sets = present(&part.data_set);
        part.data_sets = names(&self.data_sets, &data_sets);
        renumber(&mut part.data_set, data_sets);
        let languages = present(&part.language);
        part.languages = names(&self.languages, &languages);
        renumber(&mut part.language, languages);
        let examples = present(&part.example);
        part.example_ids = names(&self.example_ids, &examples);
        renumber(&mut part.example, examples);
        // Groups are numbered as their examples come, some of which may be gone.
        let groups: IndexSet<u32> = numbers(&part.group).collect();
        part.groups = narrow(groups.len())?;
        renumber(&mut part.group, groups);
        Ok(part)
    }
}

fn gather<T: Copy>(column: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|row| column.get(*row).copied()).collect()
}

/// The numbers of a column, without those that stand for none.
fn numbers(column: &[u32]) -> impl Iterator<Item = u32> {
    column.iter().copied().filter(|number| *number != NONE)
}

fn present(column: &[u32]) -> BTreeSet<u32> {
    numbers(column).collect()
}

fn names(all: &[String], kept: &BTreeSet<u32>) -> Vec<String> {
    kept.iter().filter_map(|number| all.get(*number as usize).cloned()).collect()
}

/// Numbers a column anew, without gaps, in the order of its numbers as they were.
fn renumber(column: &mut [u32], order: impl IntoIterator<Item = u32>) {
    let new: HashMap<u32, u32> = order.into_iter().zip(0..).collect();
    for number in column {
        *number = new.get(number).copied().unwrap_or(*number);
    }
}
