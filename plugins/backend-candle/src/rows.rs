//! The gradient of a table, held by rows.
//!
//! A batch reads a few thousand rows of a table that may have hundreds of thousands, and a gradient of the table's size
//! would cost more than the rest of the step. So only rows that were read have sums here. They lie one after another in
//! the order in which they first came; an index as long as the table says where. Buffers and index outlive the step,
//! and clearing them touches no more than was used.

use rayon::prelude::*;

use crate::simd::vectorised;

/// A row that has no gradient.
const NONE: u32 = u32::MAX;

/// Sums of gradients for some rows of a table.
#[derive(Debug, Clone)]
pub(crate) struct RowGradients {
    cols: usize,
    /// The rows that have a gradient, in the order in which they came.
    rows: Vec<u32>,
    /// Their gradients, in the same order.
    sums: Vec<f32>,
    /// Of every row of the table its place among [`RowGradients::rows`]; empty until the first one comes.
    places: Vec<u32>,
}

/// Two are equal if the same rows have the same gradients, in whatever order they came.
impl PartialEq for RowGradients {
    fn eq(&self, other: &Self) -> bool {
        self.ascending() == other.ascending()
    }
}

impl RowGradients {
    /// None yet, for a table with rows of `cols` numbers.
    pub(crate) fn new(cols: usize) -> Self {
        Self { cols, rows: Vec::new(), sums: Vec::new(), places: Vec::new() }
    }

    /// Length of a row.
    pub(crate) fn cols(&self) -> usize {
        self.cols
    }

    /// Whether no row has one.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds rows of `values` to those of a table with `height` rows: for each (row, from) the row `from` of `values` to
    /// the gradient of `row`. Those of one row are added in the order given, whatever thread does it.
    pub(crate) fn add(&mut self, height: usize, shares: &[(u32, u32)], values: &[f32]) {
        let cols = self.cols;
        self.places.resize(height, NONE);
        let mut shares: Vec<(u32, u32)> =
            shares.iter().map(|(row, from)| (self.place(*row), *from)).collect();
        shares.sort_by_key(|(place, _)| *place);
        self.sums.resize(self.rows.len() * cols, 0.0);
        let sums = self.sums.par_chunks_exact_mut(cols).enumerate();
        sums.for_each(|(place, sum)| {
            let place = place as u32;
            let first = shares.partition_point(|(other, _)| *other < place);
            let own = shares[first..].iter().take_while(|(other, _)| *other == place);
            vectorised(
                #[inline(always)]
                || {
                    for (_, from) in own {
                        let row = &values[*from as usize * cols..][..cols];
                        for (sum, value) in sum.iter_mut().zip(row) {
                            *sum += value;
                        }
                    }
                },
            );
        });
    }

    /// Where the gradient of a row lies.
    fn place(&mut self, row: u32) -> u32 {
        let place = &mut self.places[row as usize];
        if *place == NONE {
            *place = self.rows.len() as u32;
            self.rows.push(row);
        }
        *place
    }

    /// The gradient of a row that has one.
    pub(crate) fn get(&self, row: usize) -> Option<&[f32]> {
        let place = self.places.get(row).filter(|place| **place != NONE)?;
        self.sums.get(*place as usize * self.cols..)?.get(..self.cols)
    }

    /// The rows with their gradients, by number.
    pub(crate) fn ascending(&self) -> Vec<(u32, &[f32])> {
        let mut all: Vec<_> =
            self.rows.iter().copied().zip(self.sums.chunks_exact(self.cols)).collect();
        all.sort_unstable_by_key(|(row, _)| *row);
        all
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.rows.drain(..).for_each(|row| self.places[row as usize] = NONE);
        self.sums.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const COLS: usize = 3;
    const HEIGHT: usize = 20;

    /// What is added in one call: rows, and of which row of some numbers each gets.
    fn calls() -> impl Strategy<Value = Vec<Vec<(u32, u32)>>> {
        let share = (0..HEIGHT as u32, 0..8u32);
        proptest::collection::vec(proptest::collection::vec(share, 0..40), 0..6)
    }

    proptest! {
        #[test]
        fn the_sums_are_those_of_a_map_to_the_bit_and_nothing_outlives_a_clear(
            before in calls(),
            calls in calls(),
        ) {
            let values: Vec<f32> = (0..8 * COLS).map(|i| (i as f32 * 0.7).sin()).collect();
            let mut found = RowGradients::new(COLS);
            before.iter().for_each(|shares| found.add(HEIGHT, shares, &values));
            found.clear();
            prop_assert!(found.is_empty());
            let mut expected: BTreeMap<u32, Vec<f32>> = BTreeMap::new();
            for shares in &calls {
                found.add(HEIGHT, shares, &values);
                for (row, from) in shares {
                    let sums = expected.entry(*row).or_insert_with(|| vec![0.0; COLS]);
                    let from = &values[*from as usize * COLS..][..COLS];
                    sums.iter_mut().zip(from).for_each(|(sum, value)| *sum += value);
                }
            }
            let expected: Vec<(u32, &[f32])> = expected.iter().map(|(r, v)| (*r, &v[..])).collect();
            prop_assert_eq!(found.ascending(), expected.clone());
            for row in 0..HEIGHT {
                let expected = expected.iter().find(|(r, _)| *r as usize == row).map(|(_, v)| *v);
                prop_assert_eq!(found.get(row), expected);
            }
        }
    }
}
