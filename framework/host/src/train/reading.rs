//! Which text a teacher reads where the student reads another.
//!
//! A teacher of one language gets of every text the translation that the data has: the same example, the same role, its
//! own language (Reimers and Gurevych 2020, arXiv 2004.09813).

use std::collections::HashMap;

use crate::corpus::TextTable;

/// A text that the teacher reads.
#[derive(Clone, Copy)]
pub(super) struct Source<'t> {
    pub(super) text: &'t str,
    pub(super) language: &'t str,
    pub(super) role: u8,
}

/// Which text the teacher reads for which row.
pub(super) struct Reading<'a> {
    language: Option<&'a str>,
    whole: &'a TextTable,
    /// The examples of the whole by data set and id, where a part may have to ask for them.
    examples: HashMap<(&'a str, &'a str), u32>,
}

impl<'a> Reading<'a> {
    /// The teacher's language, if it reads one, among all rows to train on.
    pub(super) fn new(language: Option<&'a str>, whole: &'a TextTable) -> Self {
        let mut examples = HashMap::new();
        if language.is_some() {
            for example in 0..whole.examples() as u32 {
                if let Some(data_set) = data_set(whole, whole.rows_of(example).start) {
                    examples.insert((data_set, whole.example_id(example)), example);
                }
            }
        }
        Self { language, whole, examples }
    }

    /// The language that the teacher reads, if it is one.
    pub(super) fn language(&self) -> Option<&'a str> {
        self.language
    }

    /// The languages that there are.
    pub(super) fn languages(&self) -> &'a [String] {
        &self.whole.languages
    }

    /// How many examples of a table have no text in the teacher's language.
    pub(super) fn missing(&self, table: &TextTable) -> usize {
        let Some(language) = self.language else { return 0 };
        let is_missing = |example: &u32| {
            let first = table.rows_of(*example).start;
            self.translated(table, first, language).is_none()
        };
        (0..table.examples() as u32).filter(is_missing).count()
    }

    /// The text for a row: that of its example and role in the teacher's language, if there is one, and otherwise
    /// itself.
    pub(super) fn source<'t>(&self, table: &'t TextTable, row: usize) -> Option<Source<'t>>
    where
        'a: 't,
    {
        let translated = self.language.and_then(|language| self.translated(table, row, language));
        translated.or_else(|| source(table, row))
    }

    /// The text of a row's example and role in a language. A passage of no example has no translation.
    ///
    /// A stage that leaves the teacher's language out may still be taught in it: its table is a part of the whole.
    fn translated<'t>(&self, table: &'t TextTable, row: usize, language: &str) -> Option<Source<'t>>
    where
        'a: 't,
    {
        if row >= table.pair_rows() {
            return None;
        }
        let (example, role) = (*table.example.get(row)?, *table.role.get(row)?);
        let translated = |table: &'t TextTable, example: u32| {
            let rows = table.rows_of(example).filter_map(|row| source(table, row));
            rows.into_iter().find(|source| source.language == language && source.role == role)
        };
        translated(table, example).or_else(|| {
            let is_part = table.is_part_of(self.whole);
            let key = (data_set(table, row)?, table.example_id(example));
            let example = self.examples.get(&key).filter(|_| is_part)?;
            translated(self.whole, *example)
        })
    }
}

fn source(table: &TextTable, row: usize) -> Option<Source<'_>> {
    let language = table.languages.get(*table.language.get(row)? as usize)?;
    Some(Source { text: table.text(row), language, role: *table.role.get(row)? })
}

fn data_set(table: &TextTable, row: usize) -> Option<&str> {
    table.data_sets.get(*table.data_set.get(row)? as usize).map(String::as_str)
}
