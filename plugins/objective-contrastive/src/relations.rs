//! What the rows of one side of a batch are to those of the other.
//!
//! The host says it for queries. Read the other way round, a passage that is right for a query has that query as its
//! positive, and one that a query ignores ignores that query; so several positives and ignored passages mean the same
//! in both directions. A passage that is right for nobody, a hard negative, asks for nothing.

use triglot_sdk::{Error, Lists, ObjectiveBatch, Result};

use crate::options::Negatives;

/// What a candidate is to an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Wrong, by being in the batch and not listed.
    Negative,
    /// Right.
    Positive,
    /// Neither: it counts nowhere.
    Ignored,
}

/// For every anchor the candidates that are right and those that are ignored.
#[derive(Debug)]
pub struct Relations {
    positives: Table,
    ignored: Table,
    /// What alone is wrong; everything that is not listed, where left out.
    negatives: Option<Table>,
}

/// Lists of numbers, one for each row.
#[derive(Debug)]
struct Table {
    offsets: Vec<usize>,
    items: Vec<u32>,
}

impl Relations {
    /// Those of queries to passages, where of wrong ones all count or those that are listed as a query's own.
    ///
    /// # Errors
    /// If a query has no positive, or a list names a passage that there is none of or that the other list has too; if
    /// only own negatives count and there are none in the batch.
    pub fn of(batch: &ObjectiveBatch<'_>, which: Negatives) -> Result<Self> {
        let (queries, passages) = (batch.queries.rows(), batch.passages.rows());
        let relations = Self {
            positives: Table::of(&batch.positives, queries),
            ignored: Table::of(&batch.ignored, queries),
            negatives: match which {
                Negatives::Batch => None,
                Negatives::Own => Some(own_negatives(batch)?),
            },
        };
        let mut row = vec![Relation::Negative; passages];
        for query in 0..queries {
            relations.check(query, &mut row)?;
        }
        Ok(relations)
    }

    fn check(&self, query: usize, row: &mut [Relation]) -> Result<()> {
        let (positives, ignored) = (self.positives.row(query), self.ignored.row(query));
        if positives.is_empty() {
            return Err(Error::invalid(format!("query {query} has no positive passage")));
        }
        let listed = positives.iter().chain(ignored);
        if let Some(passage) = listed.clone().find(|passage| **passage as usize >= row.len()) {
            return Err(Error::invalid(format!(
                "query {query} lists passage {passage}, which the batch lacks"
            )));
        }
        positives.iter().for_each(|passage| row[*passage as usize] = Relation::Positive);
        if let Some(both) = ignored.iter().find(|p| row[**p as usize] == Relation::Positive) {
            return Err(Error::invalid(format!(
                "passage {both} is both positive and ignored for query {query}"
            )));
        }
        listed.for_each(|passage| row[*passage as usize] = Relation::Negative);
        Ok(())
    }

    /// The same of so many candidates to the anchors.
    pub fn reversed(&self, candidates: usize) -> Self {
        Self {
            positives: self.positives.transposed(candidates),
            ignored: self.ignored.transposed(candidates),
            negatives: self.negatives.as_ref().map(|lists| lists.transposed(candidates)),
        }
    }

    /// The rows that have a positive, ascending.
    pub fn anchors(&self) -> Vec<u32> {
        let rows = 0..self.positives.rows();
        rows.filter(|row| !self.positives.row(*row).is_empty()).map(|row| row as u32).collect()
    }

    /// What every candidate is to an anchor.
    pub fn row(&self, anchor: u32, candidates: usize) -> Vec<Relation> {
        let mut row = match &self.negatives {
            None => vec![Relation::Negative; candidates],
            Some(own) => {
                let mut row = vec![Relation::Ignored; candidates];
                let own = own.row(anchor as usize).iter();
                own.for_each(|candidate| row[*candidate as usize] = Relation::Negative);
                row
            }
        };
        let (positives, ignored) =
            (self.positives.row(anchor as usize), self.ignored.row(anchor as usize));
        positives.iter().for_each(|candidate| row[*candidate as usize] = Relation::Positive);
        ignored.iter().for_each(|candidate| row[*candidate as usize] = Relation::Ignored);
        row
    }
}

/// For each query its own hard negatives.
fn own_negatives(batch: &ObjectiveBatch<'_>) -> Result<Table> {
    let (queries, passages) = (batch.queries.rows(), batch.passages.rows());
    if batch.hard_negatives.rows() != queries {
        let problem = "the batch does not say which hard negatives are whose";
        return Err(Error::invalid(problem));
    }
    let own = Table::of(&batch.hard_negatives, queries);
    if own.items.is_empty() {
        return Err(Error::invalid(
            "no query of the batch has a hard negative, and `negatives` is \"own\"",
        ));
    }
    match own.items.iter().find(|passage| **passage as usize >= passages) {
        None => Ok(own),
        Some(passage) => Err(Error::invalid(format!(
            "passage {passage}, which the batch lacks, is listed as a hard negative"
        ))),
    }
}

impl Table {
    fn of(lists: &Lists<'_>, rows: usize) -> Self {
        let mut table = Self { offsets: vec![0], items: Vec::new() };
        for row in 0..rows {
            table.items.extend_from_slice(lists.row(row));
            table.offsets.push(table.items.len());
        }
        table
    }

    fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    fn row(&self, row: usize) -> &[u32] {
        &self.items[self.offsets[row]..self.offsets[row + 1]]
    }

    /// For each of so many items the rows that list it, ascending.
    fn transposed(&self, items: usize) -> Self {
        let mut lists = vec![Vec::new(); items];
        for row in 0..self.rows() {
            self.row(row).iter().for_each(|item| lists[*item as usize].push(row as u32));
        }
        let ends = lists.iter().scan(0, |end, list: &Vec<u32>| {
            *end += list.len();
            Some(*end)
        });
        Self { offsets: std::iter::once(0).chain(ends).collect(), items: lists.concat() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lists: &[&[u32]]) -> Table {
        let ends = lists.iter().scan(0, |end, list| {
            *end += list.len();
            Some(*end)
        });
        Table { offsets: std::iter::once(0).chain(ends).collect(), items: lists.concat() }
    }

    #[test]
    fn what_is_right_or_ignored_is_so_for_both_sides() {
        let relations = Relations {
            positives: table(&[&[0, 2], &[1, 2]]),
            ignored: table(&[&[1], &[]]),
            negatives: None,
        };
        let reversed = relations.reversed(4);
        for (query, passage) in [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)] {
            let forward = relations.row(query, 4)[passage as usize];
            assert_eq!(reversed.row(passage, 2)[query as usize], forward, "{query} {passage}");
        }
        assert_eq!(reversed.anchors(), [0, 1, 2]);
    }
}
