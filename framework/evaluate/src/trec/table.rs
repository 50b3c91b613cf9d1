//! Runs and judgements by query: rows of a query, a document and a number, where each document comes once a query.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::FixedState;

use super::error::{FileError, FileProblem};
use super::file::TrecFile;

const RUN: &str = "6 columns: query Q0 document rank score tag";
const QRELS: &str = "4 columns: query iteration document grade";

/// The shortest line of either file: four columns of a byte, the blanks between them, and its end.
const SHORTEST_LINE: usize = 8;

/// A document of a query, and a number about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a, V> {
    pub(super) document: &'a str,
    /// Of the document's id: what tells most ids apart before they are compared.
    pub(super) hash: u64,
    pub(super) value: V,
    query: u32,
}

/// The rows of a file by query.
#[derive(Debug)]
pub(super) struct Table<'a, V> {
    /// The queries, ascending by the bytes of their ids, each with its rows.
    pub(super) queries: Vec<(&'a str, Range<usize>)>,
    pub(super) rows: Vec<Row<'a, V>>,
}

/// The scores of a run. As in trec_eval, they are 32-bit floats, and the rank that a line names is not looked at.
#[derive(Debug)]
pub struct TrecRun<'a>(pub(super) Table<'a, f32>);

/// Graded judgements.
#[derive(Debug)]
pub struct TrecQrels<'a>(pub(super) Table<'a, i32>);

impl TrecFile {
    /// The file as a run: `query Q0 document rank score tag`.
    ///
    /// # Errors
    /// If it has no line, a line has not these columns, a score is no finite number, or a query has a document twice.
    pub fn run(&self) -> Result<TrecRun<'_>, FileError> {
        let table = Table::read(self, RUN, |[query, _, document, _, score, _]: [&str; 6]| {
            // Read as a double and then rounded, as trec_eval does.
            let value = score.parse::<f64>().map_or(f32::NAN, |score| score as f32);
            match value.is_finite() {
                true => Ok((query, document, value)),
                false => Err(self.error(score, FileProblem::Score { found: score.to_owned() })),
            }
        })?;
        Ok(TrecRun(table))
    }

    /// The file as judgements: `query iteration document grade`.
    ///
    /// # Errors
    /// If it has no line, a line has not these columns, a grade is no whole number, or a query has a document twice.
    pub fn qrels(&self) -> Result<TrecQrels<'_>, FileError> {
        let mut table = Table::read(self, QRELS, |[query, _, document, grade]: [&str; 4]| {
            match grade.parse::<i32>() {
                Ok(value) => Ok((query, document, value)),
                Err(_) => Err(self.error(grade, FileProblem::Grade { found: grade.to_owned() })),
            }
        })?;
        for (_, rows) in &table.queries {
            let rows = table.rows.get_mut(rows.clone()).unwrap_or_default();
            rows.sort_unstable_by_key(|row| row.hash);
        }
        Ok(TrecQrels(table))
    }
}

impl TrecRun<'_> {
    /// Number of queries.
    pub fn queries(&self) -> usize {
        self.0.queries.len()
    }

    /// Number of documents retrieved, over all queries.
    pub fn retrieved(&self) -> usize {
        self.0.rows.len()
    }

    /// A query, for an example.
    pub fn first_query(&self) -> Option<&str> {
        self.0.queries.first().map(|(query, _)| *query)
    }
}

impl TrecQrels<'_> {
    /// Number of queries.
    pub fn queries(&self) -> usize {
        self.0.queries.len()
    }

    /// A query, for an example.
    pub fn first_query(&self) -> Option<&str> {
        self.0.queries.first().map(|(query, _)| *query)
    }
}

impl<'a, V: Copy> Table<'a, V> {
    fn read<const N: usize>(
        file: &'a TrecFile,
        allowed: &'static str,
        row: impl Fn([&'a str; N]) -> Result<(&'a str, &'a str, V), FileError>,
    ) -> Result<Self, FileError> {
        let hasher = FixedState::default();
        let mut numbers: HashMap<&str, u32, FixedState> = HashMap::default();
        let mut names: Vec<&str> = Vec::new();
        let mut rows = Vec::with_capacity(file.len() / (4 * SHORTEST_LINE));
        let mut lines = file.lines();
        let (mut current, mut number) = ("", 0);
        loop {
            let columns = match lines.columns::<N>() {
                Ok(Some(columns)) => columns,
                Ok(None) => break,
                Err((column, found)) => {
                    return Err(file.error(column, FileProblem::Columns { found, allowed }));
                }
            };
            let (query, document, value) = row(columns)?;
            // The lines of a query nearly always stand together.
            if query != current {
                current = query;
                number = *numbers.entry(query).or_insert_with(|| {
                    names.push(query);
                    names.len() as u32 - 1
                });
            }
            let hash = hasher.hash_one(document);
            rows.push(Row { document, hash, value, query: number });
        }
        if rows.is_empty() {
            return Err(file.whole(FileProblem::Empty));
        }
        let table = Self::grouped(names, rows);
        table.check_unique(file)?;
        Ok(table)
    }

    /// Brings the rows of a query together, in their order, where they are not, and the queries into theirs.
    fn grouped(names: Vec<&'a str>, mut rows: Vec<Row<'a, V>>) -> Self {
        // Numbers were given in order of appearance, so they ascend where every query's lines stand together.
        if !rows.is_sorted_by_key(|row| row.query) {
            rows.sort_by_key(|row| row.query);
        }
        let mut queries = Vec::with_capacity(names.len());
        let mut start = 0;
        for together in rows.chunk_by(|one, other| one.query == other.query) {
            let name = together.first().and_then(|row| names.get(row.query as usize));
            let end = start + together.len();
            queries.push((name.copied().unwrap_or_default(), start..end));
            start = end;
        }
        queries.sort_unstable_by_key(|(name, _)| *name);
        Self { queries, rows }
    }

    fn check_unique(&self, file: &TrecFile) -> Result<(), FileError> {
        let mut hashes: Vec<(u64, &str)> = Vec::new();
        for (query, rows) in &self.queries {
            let rows = self.rows(rows);
            hashes.clear();
            hashes.extend(rows.iter().map(|row| (row.hash, row.document)));
            hashes.sort_unstable_by_key(|(hash, _)| *hash);
            let Some(twice) = hashes
                .chunk_by(|one, other| one.0 == other.0)
                .filter(|same| same.len() > 1)
                .find_map(|same| repeated(same.iter().map(|(_, document)| *document).collect()))
            else {
                continue;
            };
            let mut lines = rows.iter().filter(|row| row.document == twice);
            let first = lines.next().map_or(0, |row| file.line_of(row.document));
            let second = lines.next().map_or(twice, |row| row.document);
            let (query, document) = ((*query).to_owned(), twice.to_owned());
            return Err(file.error(second, FileProblem::Duplicate { query, document, first }));
        }
        Ok(())
    }

    /// The rows of a query.
    pub(super) fn rows(&self, range: &Range<usize>) -> &[Row<'a, V>] {
        self.rows.get(range.clone()).unwrap_or_default()
    }
}

/// A document that is there twice; documents of one hash are nearly always the same.
fn repeated(mut documents: Vec<&str>) -> Option<&str> {
    documents.sort_unstable();
    documents.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    })
}
