//! The matrix product behind every score; one of the crate's two places of unsafe code.
//!
//! gemm takes pointers and strides. Both are derived here from the slices themselves, so that no caller can hand in
//! a shape that does not fit its memory. One call is single-threaded and adds the products of an element in an order
//! that only the dimension fixes: equal passages score equally wherever they stand, and in however large a block.
//! The library goes another way, which adds up otherwise, where there are few numbers to come out; so a product of
//! few rows or columns is taken with rows of zeros beside them.
#![allow(unsafe_code)]

use gemm::{Parallelism, gemm};

/// Fewest queries and documents of a call that goes the way of large ones (gemm 0.19: more than 1 by more than 64,
/// and more than 256 numbers).
const FEWEST_QUERIES: usize = 4;
const FEWEST_DOCUMENTS: usize = 72;

/// The scores of a block of queries and a block of documents, and the memory that the next product uses again.
#[derive(Default)]
pub(crate) struct Scores {
    values: Vec<f32>,
    columns: usize,
    stride: usize,
    padded: [Vec<f32>; 2],
}

impl Scores {
    /// Takes the dot products of all queries and documents of `dim` columns in the place of what is here.
    pub(crate) fn multiply(&mut self, queries: &[f32], documents: &[f32], dim: usize) {
        let Self { values, columns, stride, padded: [some_queries, some_documents] } = self;
        let rows_of = |rows: &[f32]| rows.len().checked_div(dim).unwrap_or(0);
        *columns = rows_of(documents);
        let queries = at_least(FEWEST_QUERIES * dim, queries, some_queries);
        let documents = at_least(FEWEST_DOCUMENTS * dim, documents, some_documents);
        let rows = rows_of(queries);
        *stride = rows_of(documents);
        // The old values need no clearing: they are not read.
        values.resize(rows * *stride, 0.0);
        // SAFETY: `queries` holds at least `rows × dim` values and `documents` `stride × dim`, by the divisions above;
        // `values` holds `rows × stride`, by the line above, is borrowed mutably and so overlaps neither. The strides
        // walk each of them row by row, `documents` transposed. Slices fit into `isize`, and so do all strides.
        unsafe {
            gemm(
                rows,
                *stride,
                dim,
                values.as_mut_ptr(),
                1,
                *stride as isize,
                false,
                queries.as_ptr(),
                1,
                dim as isize,
                documents.as_ptr(),
                dim as isize,
                1,
                0.0,
                1.0,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    }

    /// Makes the scores of documents of those of their windows, each the best of its own. `starts` says where the
    /// windows of each begin, wherever it counts from, and where the last end; every document has one.
    pub(crate) fn best_of(&mut self, starts: &[usize]) {
        let first = starts.first().copied().unwrap_or_default();
        for row in self.values.chunks_exact_mut(self.stride.max(1)) {
            // A document stands at or before its own first window, so nothing is overwritten that is still to be read.
            for (document, windows) in starts.windows(2).enumerate() {
                let windows = &row[windows[0] - first..windows[1] - first];
                // A NaN among them is not lost.
                let better = |a: f32, b: &f32| if a > *b || a.is_nan() { a } else { *b };
                row[document] = windows.iter().fold(f32::NEG_INFINITY, better);
            }
        }
        self.columns = starts.len().saturating_sub(1);
    }

    /// The scores of the query in `row` of the block, a column a document.
    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.stride..][..self.columns]
    }
}

/// `rows` with zeros behind them, if they are shorter than `length`.
fn at_least<'a>(length: usize, rows: &'a [f32], padded: &'a mut Vec<f32>) -> &'a [f32] {
    if rows.len() >= length {
        return rows;
    }
    padded.clear();
    padded.extend_from_slice(rows);
    padded.resize(length, 0.0);
    padded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(count: usize, salt: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + salt) % 10007) as f32 / 10007.0 - 0.5).collect()
    }

    #[test]
    fn every_query_meets_every_document() {
        let mut scores = Scores::default();
        scores.multiply(&[1.0, 2.0, 3.0, 4.0], &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], 2);
        assert_eq!(scores.row(0), [1.0, 2.0, 3.0]);
        assert_eq!(scores.row(1), [3.0, 4.0, 7.0]);
        scores.multiply(&[1.0, 2.0], &[], 2);
        assert!(scores.row(0).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn a_score_is_the_same_bits_in_whatever_block_it_is_computed(
            (queries, documents) in (1usize..140, 1usize..300),
            (row, column) in any::<(prop::sample::Index, prop::sample::Index)>(),
            (part_rows, part_columns) in (1usize..140, 1usize..300),
            dim in prop_oneof![1usize..70, Just(384), Just(768), 500usize..1100, Just(2049)],
        ) {
            let (q, d) = (values(queries * dim, 1), values(documents * dim, 5));
            let (row, column) = (row.index(queries), column.index(documents));
            let rows = row..(row + part_rows).min(queries);
            let columns = column..(column + part_columns).min(documents);
            let (mut whole, mut part) = (Scores::default(), Scores::default());
            whole.multiply(&q, &d, dim);
            part.multiply(
                &q[rows.start * dim..rows.end * dim], &d[columns.start * dim..columns.end * dim], dim,
            );
            for (at, row) in rows.enumerate() {
                let bits = |scores: &[f32]| scores.iter().map(|s| s.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&whole.row(row)[columns.clone()]), bits(part.row(at)));
            }
        }

        #[test]
        fn a_score_is_its_definition(
            queries in 1usize..9, documents in 1usize..90, dim in 1usize..600,
        ) {
            let (q, d) = (values(queries * dim, 1), values(documents * dim, 5));
            let mut scores = Scores::default();
            scores.multiply(&q, &d, dim);
            for (row, q) in q.chunks(dim).enumerate() {
                for (found, d) in scores.row(row).iter().zip(d.chunks(dim)) {
                    let exact: f64 = q.iter().zip(d).map(|(q, d)| f64::from(*q) * f64::from(*d)).sum();
                    prop_assert!((f64::from(*found) - exact).abs() < 1e-5 * dim as f64);
                }
            }
        }
    }

    #[test]
    fn a_document_scores_as_the_best_of_its_windows() {
        let mut scores = Scores::default();
        scores.multiply(&[1.0, -1.0], &[3.0, 5.0, 4.0, f32::NAN, 9.0, 2.0], 1);
        scores.best_of(&[10, 11, 13, 15, 16]);
        assert_eq!((scores.row(0)[0], scores.row(0)[1], scores.row(0)[3]), (3.0, 5.0, 2.0));
        assert_eq!((scores.row(1)[0], scores.row(1)[1], scores.row(1)[3]), (-3.0, -4.0, -2.0));
        assert!(scores.row(0)[2].is_nan() && scores.row(0).len() == 4);
    }

    #[test]
    fn equal_passages_score_equally_wherever_they_stand() {
        let (dim, count) = (387, 611);
        let (passage, queries) = (values(dim, 0), values(37 * dim, 1));
        let mut scores = Scores::default();
        scores.multiply(&queries, &passage.repeat(count), dim);
        let alike = |row: &[f32]| row.iter().all(|score| score.to_bits() == row[0].to_bits());
        assert!((0..37).all(|row| alike(scores.row(row))));
    }
}
