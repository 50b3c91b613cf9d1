//! A run held against judgements: the rank of every judged document, in columns.
//!
//! The order is trec_eval's (`form_res_rels.c`): score descending, then document id descending by its bytes.

use std::cmp::Ordering;
use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::table::{Row, TrecQrels, TrecRun};

/// How a run is held against judgements.
#[derive(Debug, Clone, Copy, Default)]
pub struct Judge {
    /// Whether a judged query that the run lacks counts as one for which nothing was retrieved: trec_eval's `-c`.
    /// Otherwise it is left out.
    pub all_queries: bool,
    /// How many top documents of every query are wanted.
    pub depth: usize,
}

/// The ranks of the judged documents of every query, by query in columns. Queries ascend by the bytes of their ids.
#[derive(Debug, Default, PartialEq)]
pub struct JudgedRun<'a> {
    /// The queries.
    pub queries: Vec<&'a str>,
    /// How many documents each has retrieved.
    pub retrieved: Vec<u32>,
    /// How many documents are relevant for each, by a grade above 0.
    pub relevant: Vec<u32>,
    /// Where the judged documents of each begin, and where those of the last end.
    pub judged_offsets: Vec<usize>,
    /// The rank of each judged document, ascending within a query; 0, at the end, for those that were not retrieved.
    pub judged_rank: Vec<u32>,
    /// Its grade.
    pub judged_grade: Vec<i32>,
    /// Where the top documents of each query begin, and where those of the last end.
    pub top_offsets: Vec<usize>,
    /// The top documents of each query, in their order, as numbers that tell documents apart.
    pub top_document: Vec<u32>,
    /// Their scores.
    pub top_score: Vec<f32>,
    /// How many queries of the run are not judged, and so left out.
    pub unjudged_queries: usize,
    /// How many judged queries the run lacks.
    pub missing_queries: usize,
}

impl Judge {
    /// Holds a run against judgements.
    pub fn judge<'a>(&self, run: &TrecRun<'a>, qrels: &TrecQrels<'a>) -> JudgedRun<'a> {
        let mut judged =
            JudgedRun { judged_offsets: vec![0], top_offsets: vec![0], ..JudgedRun::default() };
        let mut numbers = HashMap::default();
        let mut scratch = Scratch::default();
        let mut retrieved = run.0.queries.iter().peekable();
        for (query, grades) in &qrels.0.queries {
            while retrieved.next_if(|(other, _)| other < query).is_some() {
                judged.unjudged_queries += 1;
            }
            let own = retrieved.next_if(|(other, _)| other == query);
            judged.missing_queries += usize::from(own.is_none());
            if own.is_none() && !self.all_queries {
                continue;
            }
            let rows = own.map_or(Default::default(), |(_, rows)| run.0.rows(rows));
            judged.queries.push(query);
            judged.push(rows, qrels.0.rows(grades), &mut scratch);
            let top = scratch.order.iter().take(self.depth).filter_map(|at| rows.get(*at as usize));
            judged.push_top(top, &mut numbers);
        }
        judged.unjudged_queries += retrieved.count();
        judged
    }
}

/// Buffers that one query after another uses.
#[derive(Default)]
struct Scratch {
    /// The places of the retrieved rows, best first.
    order: Vec<u32>,
    /// Whether each judged document was retrieved.
    found: Vec<bool>,
}

impl<'a> JudgedRun<'a> {
    /// Appends a query, whose retrieved documents are `rows` and whose judged ones are `grades`.
    fn push(&mut self, rows: &[Row<'a, f32>], grades: &[Row<'a, i32>], scratch: &mut Scratch) {
        let Scratch { order, found } = scratch;
        sort(rows, order);
        found.clear();
        found.resize(grades.len(), false);
        for (rank, row) in (1..).zip(order.iter().filter_map(|at| rows.get(*at as usize))) {
            if let Some((at, grade)) = find(grades, row) {
                self.push_judged(rank, grade.value);
                found.get_mut(at).into_iter().for_each(|found| *found = true);
            }
        }
        for (grade, _) in grades.iter().zip(found).filter(|(_, found)| !**found) {
            self.push_judged(0, grade.value);
        }
        self.retrieved.push(rows.len() as u32);
        self.relevant.push(grades.iter().filter(|row| row.value > 0).count() as u32);
        self.judged_offsets.push(self.judged_rank.len());
    }

    fn push_judged(&mut self, rank: u32, grade: i32) {
        self.judged_rank.push(rank);
        self.judged_grade.push(grade);
    }

    fn push_top<'r>(
        &mut self,
        top: impl Iterator<Item = &'r Row<'a, f32>>,
        numbers: &mut HashMap<&'a str, u32, FixedState>,
    ) where
        'a: 'r,
    {
        for row in top {
            let next = numbers.len() as u32;
            self.top_document.push(*numbers.entry(row.document).or_insert(next));
            self.top_score.push(row.value);
        }
        self.top_offsets.push(self.top_document.len());
    }
}

/// Writes the places of the rows into `order`, best first.
fn sort(rows: &[Row<'_, f32>], order: &mut Vec<u32>) {
    order.clear();
    order.extend(0..rows.len() as u32);
    let row = |at: &u32| rows.get(*at as usize);
    order.sort_unstable_by(|a, b| match (row(a), row(b)) {
        (Some(a), Some(b)) => {
            let by_score = b.value.partial_cmp(&a.value).unwrap_or(Ordering::Equal);
            by_score.then_with(|| b.document.cmp(a.document))
        }
        _ => Ordering::Equal,
    });
}

/// The judgement of a document and its place, among judgements that ascend by hash.
fn find<'g, 'a>(
    grades: &'g [Row<'a, i32>],
    row: &Row<'a, f32>,
) -> Option<(usize, &'g Row<'a, i32>)> {
    let from = grades.partition_point(|grade| grade.hash < row.hash);
    let same =
        (from..).zip(grades.iter().skip(from)).take_while(|(_, grade)| grade.hash == row.hash);
    same.into_iter().find(|(_, grade)| grade.document == row.document)
}
