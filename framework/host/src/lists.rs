//! A list of indices for every row, compressed: how positives, ignored passages and hard negatives travel.

/// Row `r` holds `items[offsets[r]..offsets[r + 1]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists {
    offsets: Vec<u32>,
    items: Vec<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { offsets: vec![0], items: Vec::new() }
    }
}

impl Lists {
    /// Lists of these parts, if the offsets rise from 0 to the number of items.
    pub fn of(offsets: Vec<u32>, items: Vec<u32>) -> Option<Self> {
        let ends = offsets.last().is_some_and(|end| *end as usize == items.len());
        (ends && offsets.first() == Some(&0) && offsets.is_sorted())
            .then_some(Self { offsets, items })
    }

    /// Appends a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = u32>) {
        self.items.extend(row);
        self.offsets.push(self.items.len() as u32);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The list of row `row`.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.items[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// The offsets, one more than rows, the first 0.
    pub fn offsets(&self) -> &[u32] {
        &self.offsets
    }

    /// The items of all rows.
    pub fn items(&self) -> &[u32] {
        &self.items
    }
}

impl FromIterator<Vec<u32>> for Lists {
    fn from_iter<I: IntoIterator<Item = Vec<u32>>>(rows: I) -> Self {
        let mut lists = Self::default();
        rows.into_iter().for_each(|row| lists.push(row));
        lists
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn offsets_that_do_not_rise_from_zero_to_the_end_make_no_lists() {
        for offsets in [vec![], vec![1, 2], vec![0, 2, 1, 2], vec![0, 1], vec![0, 3]] {
            assert_eq!(Lists::of(offsets, vec![7, 8]), None);
        }
    }

    proptest! {
        #[test]
        fn every_row_comes_back_as_it_was_pushed(rows: Vec<Vec<u32>>) {
            let mut lists = Lists::default();
            rows.iter().for_each(|row| lists.push(row.iter().copied()));
            prop_assert_eq!(lists.rows(), rows.len());
            prop_assert!(lists.offsets().is_sorted() && lists.offsets()[0] == 0);
            for (i, row) in rows.iter().enumerate() {
                prop_assert_eq!(lists.row(i), &row[..]);
            }
            let (offsets, items) = (lists.offsets().to_vec(), lists.items().to_vec());
            prop_assert_eq!(Lists::of(offsets, items), Some(lists));
        }
    }
}
