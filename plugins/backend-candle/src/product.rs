//! The matrix product behind every layer; the plugin's only unsafe code.
//!
//! The arithmetic is that of the gemm library, which candle multiplies with too. It is called directly because, of the
//! ways that were tried (SPEED.md), cutting the rows of a product into blocks that threads take by turns is the fastest: a
//! block's operands stay near its processor, and no thread waits for the packing of another. An element's products are
//! added in an order that only their number fixes, so neither cut nor threads change a result; [`crate::mat`] sees to
//! products that are too small for that.
//!
//! gemm takes pointers and strides. Both are derived here from slices, and held against their lengths first.
#![allow(unsafe_code)]

use std::ops::Range;

use gemm::{Parallelism, gemm};
use rayon::prelude::*;

use crate::buffers::Buffer;

/// Most rows of a block. With fewer, those of a usual batch made an odd number of blocks, and of two threads one waited.
const ROWS: usize = 2048;

/// Blocks that a smaller product is cut into, so that every thread has some, and the fewest rows of one: more than those
/// with which the library would go another way, which adds up otherwise.
const BLOCKS: usize = 4;
const FEWEST: usize = 72;

/// Up to so many numbers to come out the library goes that other way too.
pub(crate) const SMALL: usize = 256;

/// A matrix in a slice: how far apart its rows and its columns lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> View<'a> {
    /// Rows of `cols` numbers, one after another.
    pub(crate) fn new(values: &'a [f32], cols: usize) -> Self {
        let rows = values.len() / cols.max(1);
        Self { values, rows, cols, row_stride: cols, col_stride: 1 }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    /// Its transpose.
    pub(crate) fn transposed(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }

    /// Its rows from `first` on, `count` of them.
    fn rows_from(self, first: usize, count: usize) -> Self {
        Self { values: &self.values[first * self.row_stride..], rows: count, ..self }
    }

    /// Asserts that every element lies within the slice.
    fn assert_within(&self) {
        if self.rows > 0 && self.cols > 0 {
            let last = (self.rows - 1) * self.row_stride + (self.cols - 1) * self.col_stride;
            assert!(last < self.values.len(), "a matrix reaches beyond its numbers");
        }
    }
}

/// a · b, row by row.
pub(crate) fn product(a: View<'_>, b: View<'_>) -> Buffer {
    assert_eq!(a.cols, b.rows, "matrices that do not fit each other");
    let mut out = Buffer::room(a.rows * b.cols);
    if out.is_empty() || a.cols == 0 {
        out.fill(0.0);
        return out;
    }
    let mut rest = &mut *out;
    let mut cut = Vec::new();
    for rows in blocks(a.rows, b.cols) {
        let (block, others) = std::mem::take(&mut rest).split_at_mut(rows.len() * b.cols);
        cut.push((rows, block));
        rest = others;
    }
    cut.into_par_iter().for_each(|(rows, out)| {
        multiply(a.rows_from(rows.start, rows.len()), b, out);
    });
    out
}

/// The rows of each block that a product is cut into; no two differ by more than a row.
fn blocks(rows: usize, cols: usize) -> impl ExactSizeIterator<Item = Range<usize>> {
    let fewest = FEWEST.max(SMALL / cols + 1);
    let count = (rows / fewest).clamp(1, BLOCKS.max(rows.div_ceil(ROWS)));
    (0..count).map(move |block| block * rows / count..(block + 1) * rows / count)
}

/// out = a · b on this thread.
fn multiply(a: View<'_>, b: View<'_>, out: &mut [f32]) {
    a.assert_within();
    b.assert_within();
    assert_eq!(
        (a.cols, out.len()),
        (b.rows, a.rows * b.cols),
        "matrices that do not fit each other"
    );
    // SAFETY: by the assertions above every element of `a` and `b` that their strides lead to lies in their slices, and
    // `out` has an element for every one that is written, row by row; it is borrowed mutably, so it overlaps neither.
    // A slice's length fits into `isize`, and so do strides within it. The old numbers of `out` are not read.
    unsafe {
        gemm(
            a.rows,
            b.cols,
            a.cols,
            out.as_mut_ptr(),
            1,
            b.cols as isize,
            false,
            a.values.as_ptr(),
            a.col_stride as isize,
            a.row_stride as isize,
            b.values.as_ptr(),
            b.col_stride as isize,
            b.row_stride as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(count: usize, seed: f32) -> Vec<f32> {
        (0..count).map(|i| (i as f32 * seed).sin()).collect()
    }

    /// The element of a view in a row and a column.
    fn at(view: View<'_>, row: usize, col: usize) -> f64 {
        f64::from(view.values[row * view.row_stride + col * view.col_stride])
    }

    proptest! {
        #[test]
        fn a_product_is_that_of_its_definition_however_its_operands_lie(
            (m, k, n) in (0usize..150, 1usize..40, 1usize..40),
            (turn_a, turn_b) in any::<(bool, bool)>(),
        ) {
            let (a, b) = (numbers(m * k, 0.7), numbers(k * n, 0.3));
            let view = |values, rows, cols, turned| match turned {
                false => View::new(values, cols),
                true => View { rows: cols, ..View::new(values, rows) }.transposed(),
            };
            let (a, b) = (view(&a, m, k, turn_a), view(&b, k, n, turn_b));
            prop_assume!((a.rows, a.cols, b.rows, b.cols) == (m, k, k, n));
            let out = product(a, b);
            prop_assert_eq!(out.len(), m * n);
            for (i, found) in out.iter().enumerate() {
                let expected: f64 = (0..k).map(|j| at(a, i / n, j) * at(b, j, i % n)).sum();
                prop_assert!((f64::from(*found) - expected).abs() < 1e-5, "{} {}", found, expected);
            }
        }

        #[test]
        fn rows_are_the_same_bits_whatever_other_rows_are_multiplied_with_them(
            rows in prop::collection::vec(2usize..700, 1..4),
        ) {
            // A layer's shape: wide enough for the ways that the library goes with large matrices.
            let (k, n) = (96, 384);
            let (all, b) = (rows.iter().sum::<usize>(), numbers(n * k, 0.3));
            let a = numbers(all * k, 0.7);
            let weight = View::new(&b, k).transposed();
            let whole = product(View::new(&a, k), weight);
            let mut from = 0;
            for rows in rows {
                let part = product(View::new(&a[from * k..(from + rows) * k], k), weight);
                prop_assert!(*part == whole[from * n..(from + rows) * n]);
                from += rows;
            }
        }
    }

    #[test]
    fn blocks_are_nearly_alike_and_none_is_small() {
        for cols in [1, 3, 4, 384] {
            let fewest = FEWEST.max(SMALL / cols + 1);
            for rows in (1..5000usize).chain([262_145, 307_201, 1 << 20]) {
                let sizes: Vec<usize> = blocks(rows, cols).map(|block| block.len()).collect();
                assert_eq!(sizes.iter().sum::<usize>(), rows);
                let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
                assert!(*most <= ROWS.max(2 * fewest) && most - least <= 1, "{rows}: {most}");
                assert!(*least >= fewest || *least == rows, "{rows} x {cols}: {least}");
            }
        }
    }

    #[test]
    fn a_product_over_nothing_is_zero() {
        let (none, nothing) = (View::new(&[], 384).transposed(), View::new(&[], 5));
        assert_eq!(*product(none, nothing), [0.0; 384 * 5]);
    }

    #[test]
    #[should_panic(expected = "do not fit")]
    fn matrices_that_do_not_fit_are_not_multiplied() {
        product(View::new(&[1.0; 6], 3), View::new(&[1.0; 6], 3));
    }
}
