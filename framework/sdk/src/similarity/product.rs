//! The matrix product of blocks.
//!
//! Both factors are packed into panels as narrow as a tile of the result that fits into registers (Goto and van de
//! Geijn 2008, "Anatomy of High-Performance Matrix Multiplication"). Each number of the result is one chain
//! `((c + a₀b₀) + a₁b₁) + …` of fused products in the order of the inner dimension, wherever it stands in a tile and
//! wherever a block ends: how the work is cut is a matter of speed alone.

use std::num::NonZeroUsize;

/// Rows and columns of a tile.
const TILE_ROWS: usize = 4;
const TILE_COLUMNS: usize = 8;

/// What is packed at once: of the inner dimension, of the rows on the left, of the columns on the right.
const INNER: usize = 256;
const ROWS: usize = 64;
const COLUMNS: usize = 512;

/// So many products are worth a thread.
const WORTH_A_THREAD: usize = 1 << 21;

/// A matrix to read, row by row or, transposed, column by column.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f64],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> View<'a> {
    /// Rows of so many columns, one after another.
    pub(super) fn new(values: &'a [f64], columns: usize) -> Self {
        let rows = values.len().checked_div(columns).unwrap_or(0);
        Self { values, rows, columns, row_step: columns, column_step: 1 }
    }

    pub(super) fn transposed(self) -> Self {
        let Self { values, rows, columns, row_step, column_step } = self;
        Self { values, rows: columns, columns: rows, row_step: column_step, column_step: row_step }
    }

    /// The rows from `start` on, `count` of them.
    fn part(self, start: usize, count: usize) -> Self {
        let values = self.values.get(start * self.row_step..).unwrap_or_default();
        Self { values, rows: count, ..self }
    }

    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.row_step + column * self.column_step]
    }
}

/// Adds the product `left` · `right` to `sum`, which is of `left`'s rows and `right`'s columns, on so many threads.
pub(super) fn add_product(sum: &mut [f64], left: View<'_>, right: View<'_>, threads: NonZeroUsize) {
    let (rows, columns) = (left.rows, right.columns);
    if rows == 0 || columns == 0 || left.columns == 0 {
        return;
    }
    let worth = (rows * columns).saturating_mul(left.columns) / WORTH_A_THREAD;
    let threads = threads.get().min(worth).max(1);
    let each = rows.div_ceil(threads).next_multiple_of(TILE_ROWS);
    let mut parts = sum.chunks_mut(each * columns).enumerate().map(|(number, sum)| {
        let left = left.part(number * each, sum.len() / columns);
        move || {
            // What is not inlined here is compiled for the oldest processor, where a fused product is a call.
            pulp::Arch::new().dispatch(
                #[inline(always)]
                || multiply(sum, left, right),
            );
        }
    });
    let own = parts.next();
    std::thread::scope(|scope| {
        parts.for_each(|part| {
            scope.spawn(part);
        });
        if let Some(mut own) = own {
            own();
        }
    });
}

/// Panels of `width` lanes: for each place of the inner dimension the lanes' values, zero past the last.
#[inline(always)]
fn pack(
    panels: &mut Vec<f64>,
    width: usize,
    lanes: usize,
    inner: usize,
    at: impl Fn(usize, usize) -> f64,
) {
    panels.clear();
    panels.resize(lanes.next_multiple_of(width) * inner, 0.0);
    for (number, panel) in panels.chunks_exact_mut(width * inner).enumerate() {
        let first = number * width;
        for lane in 0..width.min(lanes - first) {
            for place in 0..inner {
                panel[place * width + lane] = at(first + lane, place);
            }
        }
    }
}

#[inline(always)]
fn multiply(sum: &mut [f64], left: View<'_>, right: View<'_>) {
    let columns = right.columns;
    let (mut left_panels, mut right_panels) = (Vec::new(), Vec::new());
    for column in (0..columns).step_by(COLUMNS) {
        let width = COLUMNS.min(columns - column);
        for start in (0..left.columns).step_by(INNER) {
            let inner = INNER.min(left.columns - start);
            pack(&mut right_panels, TILE_COLUMNS, width, inner, |lane, place| {
                right.at(start + place, column + lane)
            });
            for row in (0..left.rows).step_by(ROWS) {
                let height = ROWS.min(left.rows - row);
                pack(&mut left_panels, TILE_ROWS, height, inner, |lane, place| {
                    left.at(row + lane, start + place)
                });
                let right_panels = right_panels.chunks_exact(inner * TILE_COLUMNS);
                for (across, right_panel) in right_panels.enumerate() {
                    let left_panels = left_panels.chunks_exact(inner * TILE_ROWS);
                    for (down, left_panel) in left_panels.enumerate() {
                        let (down, across) = (down * TILE_ROWS, across * TILE_COLUMNS);
                        let size = (TILE_ROWS.min(height - down), TILE_COLUMNS.min(width - across));
                        let first = (row + down) * columns + column + across;
                        let corner = &mut sum[first..];
                        let mut tile = load(corner, columns, size);
                        accumulate(&mut tile, left_panel, right_panel);
                        store(&tile, corner, columns, size);
                    }
                }
            }
        }
    }
}

type Tile = [[f64; TILE_COLUMNS]; TILE_ROWS];

#[inline(always)]
fn accumulate(tile: &mut Tile, left: &[f64], right: &[f64]) {
    let mut sums = *tile;
    let (left, _) = left.as_chunks::<TILE_ROWS>();
    let (right, _) = right.as_chunks::<TILE_COLUMNS>();
    for (left, right) in left.iter().zip(right) {
        for row in 0..TILE_ROWS {
            for column in 0..TILE_COLUMNS {
                sums[row][column] = left[row].mul_add(right[column], sums[row][column]);
            }
        }
    }
    *tile = sums;
}

#[inline(always)]
fn load(corner: &[f64], step: usize, (rows, columns): (usize, usize)) -> Tile {
    let mut tile = Tile::default();
    for (row, tile) in tile.iter_mut().enumerate().take(rows) {
        tile[..columns].copy_from_slice(&corner[row * step..][..columns]);
    }
    tile
}

#[inline(always)]
fn store(tile: &Tile, corner: &mut [f64], step: usize, (rows, columns): (usize, usize)) {
    for (row, tile) in tile.iter().enumerate().take(rows) {
        corner[row * step..][..columns].copy_from_slice(&tile[..columns]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(count: usize, seed: u64) -> Vec<f64> {
        (0..count as u64).map(|at| crate::Random::new(&[seed, at]).unit() - 0.5).collect()
    }

    /// One chain a number, in the order of the inner dimension.
    fn plain(sum: &[f64], left: View<'_>, right: View<'_>) -> Vec<f64> {
        let mut sum = sum.to_vec();
        for row in 0..left.rows {
            for column in 0..right.columns {
                let at = row * right.columns + column;
                for inner in 0..left.columns {
                    sum[at] = left.at(row, inner).mul_add(right.at(inner, column), sum[at]);
                }
            }
        }
        sum
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_product_is_one_chain_a_number_however_it_is_cut(
            rows in 0usize..80, columns in 0usize..40, inner in 0usize..300, threads in 1usize..4,
            transposed: (bool, bool),
        ) {
            let (left, right) = (numbers(rows * inner, 1), numbers(inner * columns, 2));
            let view = |values, rows, columns, transposed| match transposed {
                true => View { rows: columns, ..View::new(values, rows) }.transposed(),
                false => View { rows, ..View::new(values, columns) },
            };
            let left = view(&left, rows, inner, transposed.0);
            let right = view(&right, inner, columns, transposed.1);
            let before = numbers(rows * columns, 3);
            let mut sum = before.clone();
            add_product(&mut sum, left, right, NonZeroUsize::new(threads).unwrap());
            prop_assert_eq!(sum, plain(&before, left, right));
        }
    }

    #[test]
    fn threads_change_no_bit_of_a_product_that_is_worth_them() {
        let (rows, columns, inner) = (300, 530, 100);
        let (left, right) = (numbers(rows * inner, 1), numbers(inner * columns, 2));
        let of = |threads| {
            let mut sum = vec![0.0; rows * columns];
            let threads = NonZeroUsize::new(threads).unwrap();
            add_product(&mut sum, View::new(&left, inner), View::new(&right, columns), threads);
            sum
        };
        assert_eq!(of(1), of(3));
        assert_eq!(of(1), of(8));
    }
}
