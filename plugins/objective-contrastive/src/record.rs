//! The means that a batch leaves in the run's record.

use crate::contrast::Contrast;
use crate::relations::Relation;

/// What one anchor adds to the means.
#[derive(Debug)]
pub struct Judged {
    /// Its loss.
    pub contrast: Contrast,
    positive: Mean,
    negative: Mean,
}

impl Judged {
    /// From the similarities of an anchor, taken before they were overwritten, and its loss.
    pub fn new(similarities: Similarities, contrast: Contrast) -> Self {
        Self { contrast, positive: similarities.positive, negative: similarities.negative }
    }
}

/// The similarities of an anchor, summed.
#[derive(Debug, Default)]
pub struct Similarities {
    positive: Mean,
    negative: Mean,
}

impl Similarities {
    /// Sums them.
    pub fn of(similarities: &[f64], relations: &[Relation]) -> Self {
        let mut sums = Self::default();
        for (similarity, relation) in similarities.iter().zip(relations) {
            match relation {
                Relation::Positive => sums.positive.add(*similarity, 1),
                Relation::Negative => sums.negative.add(*similarity, 1),
                Relation::Ignored => {}
            }
        }
        sums
    }
}

/// Means over the anchors of one direction.
#[derive(Debug, Default)]
pub struct Record {
    loss: Mean,
    accuracy: Mean,
    positive: Mean,
    negative: Mean,
    along_logits: f64,
}

impl Record {
    /// Counts all anchors in their order.
    pub fn of(anchors: &[Judged]) -> Self {
        let mut record = Self::default();
        for Judged { contrast, positive, negative } in anchors {
            record.loss.add(contrast.loss, 1);
            record.accuracy.add(f64::from(u8::from(contrast.correct)), 1);
            record.positive.add(positive.sum, positive.count);
            record.negative.add(negative.sum, negative.count);
            record.along_logits += contrast.along_logits;
        }
        record
    }

    /// The mean loss of an anchor.
    pub fn loss(&self) -> f64 {
        self.loss.value()
    }

    /// The slope of that along the temperature's logarithm: with s = x / exp(θ), ∂s/∂θ = −s.
    pub fn slope_of_logarithm(&self) -> f64 {
        -self.along_logits / self.loss.count as f64
    }

    /// The share of anchors whose best candidate is a positive.
    pub fn accuracy(&self) -> f64 {
        self.accuracy.value()
    }

    /// The named numbers: `accuracy`, and the mean similarity of positives and of negatives. A mean over nothing is
    /// left out.
    pub fn scalars(&self) -> impl Iterator<Item = (String, f64)> {
        [
            ("accuracy", &self.accuracy),
            ("positive-similarity", &self.positive),
            ("negative-similarity", &self.negative),
        ]
        .into_iter()
        .filter(|(_, mean)| mean.count > 0)
        .map(|(name, mean)| (name.to_owned(), mean.value()))
    }
}

#[derive(Debug, Default)]
struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    fn add(&mut self, sum: f64, count: u64) {
        self.sum += sum;
        self.count += count;
    }

    fn value(&self) -> f64 {
        self.sum / self.count as f64
    }
}
