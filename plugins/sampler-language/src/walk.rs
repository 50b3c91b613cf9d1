//! Walking a list in batches, by a new keyed permutation each pass.
//!
//! Batch `n` of a walk over N items is slice `n mod ⌊N/B⌋` of the permutation of pass `n div ⌊N/B⌋`, so that it is
//! found without the batches before it. The N mod B items at the end of a permutation are dropped: a batch never
//! straddles two passes, where it could hold an item twice, and the next pass drops others.

use triglot_sdk::Permutation;

/// A walk over items 0..n in batches of one size.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    items: u64,
    batch_size: u64,
    batches: u64,
}

impl Walk {
    /// A walk over so many items; `None` if they do not fill a batch.
    pub fn new(items: u64, batch_size: u64) -> Option<Self> {
        let batches = items.checked_div(batch_size).filter(|batches| *batches > 0)?;
        Some(Self { items, batch_size, batches })
    }

    /// How many items there are.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// Batches a pass.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// The pass in which batch `ordinal` lies.
    pub fn pass(&self, ordinal: u64) -> u64 {
        ordinal / self.batches
    }

    /// The items of batch `ordinal`, no two alike.
    pub fn batch(&self, key: u64, ordinal: u64) -> impl Iterator<Item = u64> {
        let order = Permutation::new(self.items, &[key, self.pass(ordinal)]);
        let first = ordinal % self.batches * self.batch_size;
        (first..first + self.batch_size).map(move |place| order.at(place))
    }
}
