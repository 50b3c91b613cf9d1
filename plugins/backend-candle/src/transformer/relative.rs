//! Positions that only attention knows, by the distance of two tokens.

use crate::kernels::distances::Distances;
use crate::parameter::Parameter;

/// A table with a number for every head and bucket of distances, which all layers share (Raffel et al.: Exploring the
/// Limits of Transfer Learning with a Unified Text-to-Text Transformer, JMLR 21, 2020, 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Buckets {
    /// The place of the table [buckets × heads].
    pub table: usize,
    /// Half of them are for keys after the query.
    pub number: usize,
    /// From this distance on all share a bucket.
    pub max_distance: usize,
}

impl Buckets {
    /// The bucket of a key at this distance from the query.
    ///
    /// Half of a direction's buckets are for one distance each; the others grow with the logarithm. It is computed in
    /// single precision, since at a bucket's border the rounding decides, and transformers rounds so.
    pub(crate) fn of(self, distance: isize) -> usize {
        let number = self.number / 2;
        let start = if distance > 0 { number } else { 0 };
        let distance = distance.unsigned_abs();
        let exact = number / 2;
        if distance < exact {
            return start + distance;
        }
        let far = (distance as f32 / exact as f32).ln();
        let farthest = (self.max_distance as f64 / exact as f64).ln() as f32;
        let steps = far / farthest * (number - exact) as f32;
        start + (exact + steps as usize).min(number - 1)
    }

    /// The table's numbers by distance.
    pub(crate) fn distances(
        self,
        parameters: &[Parameter],
        heads: usize,
        longest: usize,
    ) -> Distances {
        let table = &parameters[self.table];
        Distances::new(heads, longest, |head, distance| {
            table.values[self.of(distance) * heads + head]
        })
    }

    /// Whether the table is trained.
    pub(crate) fn is_trained(self, parameters: &[Parameter]) -> bool {
        parameters[self.table].trainable
    }

    /// Adds to the table's gradient what follows from that of the numbers by distance.
    pub(crate) fn add_gradient(self, parameters: &mut [Parameter], of_distances: &Distances) {
        let table = &mut parameters[self.table];
        let heads = table.cols();
        let mut gradient = vec![0.0; table.values.len()];
        for (head, distance, value) in of_distances.iter() {
            gradient[self.of(distance) * heads + head] += value;
        }
        table.add_gradient(gradient);
    }
}

/// Rotary positions of a layer, and how far its attention reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rotary {
    /// The base of the angles.
    pub theta: f64,
    /// The largest distance that is attended to, if there is one.
    pub reach: Option<usize>,
}

impl Rotary {
    /// What keeps attention within reach.
    pub(crate) fn distances(self, heads: usize, longest: usize) -> Option<Distances> {
        let reach = self.reach?;
        // Where all is within reach there is nothing to keep.
        (longest > reach + 1).then(|| {
            Distances::new(heads, longest, |_, distance| match distance.unsigned_abs() <= reach {
                true => 0.0,
                false => f32::NEG_INFINITY,
            })
        })
    }
}
