//! What attention adds to a score by the distance between query and key alone (Shaw, Uszkoreit, Vaswani: Self-Attention
//! with Relative Position Representations, NAACL 2018, in the form of T5: a number a head and distance).
//!
//! The numbers of a head lie by distance, so a query's scores get a slice of them, and the gradients of a query's
//! scores are added to one.

/// A number for every head and distance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distances {
    /// Tokens of the longest text that is served.
    longest: usize,
    /// [heads × (2 longest - 1)], from the key farthest before the query to the one farthest after it.
    values: Vec<f32>,
}

impl Distances {
    /// The numbers that `of` gives for a head and the key's position less the query's.
    pub(crate) fn new(heads: usize, longest: usize, of: impl Fn(usize, isize) -> f32) -> Self {
        let longest = longest.max(1);
        let far = longest as isize - 1;
        let values = (0..heads).flat_map(|head| (-far..=far).map(move |d| (head, d)));
        Self { longest, values: values.map(|(head, distance)| of(head, distance)).collect() }
    }

    /// As many, all zero.
    pub(crate) fn zeros(&self) -> Self {
        Self { longest: self.longest, values: vec![0.0; self.values.len()] }
    }

    /// Adds those of another, alike in shape.
    pub(crate) fn add(&mut self, other: &Self) {
        self.values.iter_mut().zip(&other.values).for_each(|(sum, value)| *sum += value);
    }

    fn start(&self, head: usize, query: usize) -> usize {
        head * (2 * self.longest - 1) + self.longest - 1 - query
    }

    /// The numbers of a query's first `keys` keys.
    pub(crate) fn row(&self, head: usize, query: usize, keys: usize) -> &[f32] {
        &self.values[self.start(head, query)..][..keys]
    }

    /// As [`Distances::row`], to change.
    pub(crate) fn row_mut(&mut self, head: usize, query: usize, keys: usize) -> &mut [f32] {
        let start = self.start(head, query);
        &mut self.values[start..][..keys]
    }

    /// Every number with its head and distance.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, isize, f32)> {
        let far = self.longest as isize - 1;
        let heads = self.values.chunks_exact(2 * self.longest - 1).enumerate();
        heads.flat_map(move |(head, values)| {
            (-far..).zip(values).map(move |(distance, value)| (head, distance, *value))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_query_s_row_holds_the_numbers_of_its_keys(
            heads in 1usize..4, keys in 1usize..12, more in 0usize..6, query in any::<usize>(),
        ) {
            let (longest, query) = (keys + more, query % keys);
            let of = |head: usize, distance: isize| (head * 100) as f32 + distance as f32;
            let mut distances = Distances::new(heads, longest, of);
            for head in 0..heads {
                let expected: Vec<f32> =
                    (0..keys).map(|key| of(head, key as isize - query as isize)).collect();
                prop_assert_eq!(distances.row(head, query, keys), expected.as_slice());
                prop_assert_eq!(distances.row_mut(head, query, keys), expected.as_slice());
            }
            for (head, distance, value) in distances.iter() {
                prop_assert_eq!(value, of(head, distance));
            }
        }
    }
}
