//! The order of a ranking: score descending, then document id descending.
//!
//! Sorting thirteen thousand scores a query would cost more than computing them, and ten million could not be kept.
//! A rank is therefore a count, one plus the documents ahead, and of the top k only the survivors of a moving
//! threshold are ever sorted. Both can be had from blocks of documents in any order.
//!
//! Ties are settled by a number that each document gets once, its precedence: how many ids of the whole collection
//! come before its own. Where the documents of a block stand by precedence, those before a place are ahead of it with
//! a score as high, those behind it only with a higher one, and a rank is counted by one comparison a score.

use std::cmp::Reverse;

use crate::buckets::sort_descending;

/// The order in which documents with equal scores stand.
pub(crate) struct Precedence {
    /// Of each document, how many ids come before its own.
    of: Vec<u32>,
    /// The document of each precedence.
    document: Vec<u32>,
}

impl Precedence {
    /// The order of unique ids, of which there are at most as many as a `u32` can number.
    pub(crate) fn new(ids: &[String]) -> Self {
        let mut document: Vec<u32> = (0..ids.len() as u32).collect();
        document.sort_unstable_by_key(|&document| Reverse(ids[document as usize].as_bytes()));
        let mut of = vec![0; ids.len()];
        for (precedence, &document) in document.iter().enumerate() {
            of[document as usize] = precedence as u32;
        }
        Self { of, document }
    }

    /// The precedence of a document.
    pub(crate) fn of(&self, document: u32) -> u32 {
        self.of[document as usize]
    }

    /// The document of a precedence.
    fn document(&self, precedence: u32) -> u32 {
        self.document[precedence as usize]
    }
}

/// How many of the documents with these scores, which stand by precedence, are ahead of one with the score `own`,
/// whose place among them is `place`.
#[inline(always)]
pub(crate) fn ahead(scores: &[f32], place: usize, own: f32) -> u32 {
    let (before, behind) = scores.split_at(place);
    // A pool has fewer than 2³² documents; not having to watch for overflow lets these loops run on vectors.
    let higher = |ahead: u32, &score: &f32| ahead.wrapping_add(u32::from(score > own));
    let as_high = |ahead: u32, &score: &f32| ahead.wrapping_add(u32::from(score >= own));
    before.iter().fold(0, as_high).wrapping_add(behind.iter().fold(0, higher))
}

/// Documents that are looked at together when the best are picked.
pub(crate) const STRIDE: usize = 64;

/// How many documents, at the most, are looked at to guess what the best will be like.
const SAMPLE: usize = 128;

/// How often, at the most, the range of a guess is halved.
const HALVINGS: usize = 12;

/// The best documents seen so far.
#[derive(Default)]
pub(crate) struct Top {
    /// The best `depth`, and some that came later and are still to be held against them.
    keys: Vec<u64>,
    /// A score below which no document is among the best.
    threshold: Option<f32>,
}

/// The memory of lists that were ranked, for those to come.
#[derive(Default)]
pub(crate) struct Spare {
    lists: Vec<Vec<u64>>,
    sorting: Vec<u64>,
}

impl Top {
    /// Looks at documents by their scores and precedence and keeps those that may be among the best `depth`.
    #[inline(always)]
    pub(crate) fn offer(
        &mut self,
        scores: &[f32],
        precedence: &[u32],
        depth: usize,
        spare: &mut Spare,
    ) {
        if depth == 0 {
            return;
        }
        if self.keys.capacity() == 0 {
            self.keys = spare.lists.pop().unwrap_or_default();
            // Most lists become as long as this; one that would be longer than the documents does not.
            self.keys.reserve_exact(depth.saturating_mul(2).min(scores.len()) + 2 * STRIDE);
        }
        if self.threshold.is_none() && scores.len() / 4 > depth {
            let before = self.keys.len();
            let guess = guess(scores, depth);
            self.gather(scores, precedence, depth, guess);
            if self.threshold.is_some() {
                return;
            }
            // What is above a guess are the best if they are enough, and nothing to go by if not.
            if self.keys.len() >= before + depth {
                self.threshold = Some(guess);
                return;
            }
            self.keys.truncate(before);
        }
        self.gather(scores, precedence, depth, f32::NEG_INFINITY);
    }

    #[inline(always)]
    fn gather(&mut self, scores: &[f32], precedence: &[u32], depth: usize, guess: f32) {
        let mut picked = [0_usize; STRIDE];
        for (scores, precedence) in scores.chunks(STRIDE).zip(precedence.chunks(STRIDE)) {
            let mut passing = passing(scores, self.threshold.unwrap_or(guess));
            let count = passing.count_ones() as usize;
            for place in &mut picked[..count] {
                *place = passing.trailing_zeros() as usize;
                passing &= passing - 1;
            }
            let key = |&at: &usize| key(scores[at], precedence[at]);
            self.keys.extend(picked[..count].iter().map(key));
            // Cutting only once as many again have gathered makes each cut pay for itself.
            if self.keys.len() >= depth.saturating_mul(2).saturating_add(STRIDE) {
                self.cut(depth);
            }
        }
    }

    /// Forgets all but the best `depth`.
    fn cut(&mut self, depth: usize) {
        if self.keys.len() < depth || depth == 0 {
            return;
        }
        let (_, &mut worst, _) =
            self.keys.select_nth_unstable_by_key(depth - 1, |&key| Reverse(key));
        self.keys.truncate(depth);
        self.threshold = Some(score(worst));
    }

    /// Forgets all but the best `depth`, and gives back the memory of the others.
    pub(crate) fn settle(&mut self, depth: usize) {
        self.cut(depth);
        self.keys.shrink_to_fit();
    }

    /// Takes in what another has seen.
    pub(crate) fn merge(&mut self, other: Self) {
        match self.keys.is_empty() {
            true => *self = other,
            false => self.keys.extend(other.keys),
        }
    }

    /// The best `depth` documents with their scores, best first; they are forgotten.
    pub(crate) fn ranked<T>(
        &mut self,
        depth: usize,
        precedence: &Precedence,
        spare: &mut Spare,
        hit: impl Fn(u32, f32) -> T,
    ) -> Vec<T> {
        let mut keys = std::mem::take(&mut self.keys);
        sort_descending(&mut keys, &mut spare.sorting);
        let best = keys.iter().take(depth);
        let best = best.map(|&key| hit(precedence.document(!(key as u32)), score(key))).collect();
        keys.clear();
        spare.lists.push(keys);
        best
    }
}

/// Which of at most 64 scores are as high as the threshold, a bit each.
#[inline(always)]
fn passing(scores: &[f32], threshold: f32) -> u64 {
    let as_high = |n: u32, &score: &f32| n.wrapping_add(u32::from(score >= threshold));
    if scores.iter().fold(0, as_high) == 0 {
        return 0;
    }
    let mut passing = [0_u8; STRIDE];
    for (passing, &score) in passing.iter_mut().zip(scores) {
        *passing = u8::from(score >= threshold);
    }
    // The product brings the lowest bits of eight bytes side by side into its highest byte.
    let bits =
        |bytes: &[u8; 8]| u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    passing.as_chunks().0.iter().rev().fold(0, |all, bytes| all << 8 | bits(bytes))
}

/// A score that probably more than `depth` of these are as high as, and not many more.
#[inline(always)]
fn guess(scores: &[f32], depth: usize) -> f32 {
    let step = scores.len().div_ceil(SAMPLE);
    let mut sample = [f32::NEG_INFINITY; SAMPLE];
    for (sampled, &score) in sample.iter_mut().zip(scores.iter().step_by(step)) {
        *sampled = score;
    }
    // So many of the sample are expected among the best; that three deviations fewer are, is not.
    let expected = depth.div_ceil(step);
    let wanted = (expected + 3 * expected.isqrt() + 1) as u32;
    let sampled = &sample[..scores.len().div_ceil(step)];
    let mut low = sampled.iter().copied().fold(f32::INFINITY, f32::min);
    let mut high = sampled.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for _ in 0..HALVINGS {
        let middle = low + (high - low) / 2.0;
        let as_high = |n: u32, &score: &f32| n.wrapping_add(u32::from(score >= middle));
        let count = sample.iter().fold(0, as_high);
        if count < wanted {
            high = middle;
        } else {
            low = middle;
        }
        if (wanted..=wanted + wanted / 8).contains(&count) {
            break;
        }
    }
    low
}

/// One integer that orders like (score, id): larger is better. Wants a score that is not NaN; of the two zeros it
/// makes one.
#[inline(always)]
fn key(score: f32, precedence: u32) -> u64 {
    // The bits of floats of one sign order like integers, those of the negative ones backwards.
    let bits = (score + 0.0).to_bits();
    let ascending = bits ^ (((bits as i32) >> 31) as u32 | 1 << 31);
    u64::from(ascending) << 32 | u64::from(!precedence)
}

/// The score in a key.
fn score(key: u64) -> f32 {
    let ascending = (key >> 32) as u32;
    let bits = if ascending >> 31 == 1 { ascending ^ 1 << 31 } else { !ascending };
    f32::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_go_to_the_larger_document_id() {
        // As strings, "9" is larger than "10".
        let precedence = Precedence::new(&["en:10", "en:9", "en:11"].map(String::from));
        assert_eq!([0, 1, 2].map(|document| precedence.of(document)), [2, 0, 1]);
        let mut top = Top::default();
        let spare = &mut Spare::default();
        top.offer(&[0.5; 3], &[0, 1, 2], 2, spare);
        let hit = |document, score| (document, score);
        assert_eq!(top.ranked(2, &precedence, spare, hit), [(1, 0.5), (2, 0.5)]);
        assert_eq!([0, 1, 2].map(|place| ahead(&[0.5; 3], place, 0.5)), [0, 1, 2]);
    }

    #[test]
    fn keys_order_like_scores_and_hold_them() {
        let ascending =
            [f32::NEG_INFINITY, -2.0, -1.0, -1e-45, 0.0, 1e-45, 1.0, 2.0, f32::INFINITY];
        assert!(ascending.windows(2).all(|pair| key(pair[0], 0) < key(pair[1], 7)));
        assert!(key(1.0, 0) > key(1.0, 1));
        assert!(ascending.iter().all(|&own| score(key(own, 3)).to_bits() == own.to_bits()));
        assert_eq!(key(-0.0, 0), key(0.0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn the_top_of_a_long_list_is_its_sorted_beginning_however_it_is_cut(
            count in 1usize..1500,
            distinct in 1u32..300,
            depth in prop_oneof![Just(0), 1usize..20, 90usize..800, Just(usize::MAX)],
            cuts in prop::collection::vec(1usize..700, 1..6),
            halves: bool,
            salt: u32,
        ) {
            let ids: Vec<String> = (0..count).map(|i| format!("en:{i:05}")).collect();
            let order = Precedence::new(&ids);
            let value = |i: u32| ((i ^ salt).wrapping_mul(2_654_435_761) >> 8) % distinct;
            let scores: Vec<f32> = (0..count as u32).map(|i| value(i) as f32 - 50.0).collect();
            let precedence: Vec<u32> = (0..count as u32).map(|document| order.of(document)).collect();
            let mut sorted: Vec<u32> = (0..count as u32).collect();
            sorted.sort_by(|&a, &b| {
                scores[b as usize].total_cmp(&scores[a as usize]).then_with(|| b.cmp(&a))
            });
            let mut tops = [Top::default(), Top::default()];
            let mut spare = Spare::default();
            let (mut start, mut cut) = (0, cuts.iter().cycle());
            while start < count {
                let end = (start + cut.next().unwrap()).min(count);
                let top = &mut tops[usize::from(halves && start % 2 == 1)];
                top.offer(&scores[start..end], &precedence[start..end], depth, &mut spare);
                top.settle(depth);
                start = end;
            }
            let [mut top, other] = tops;
            top.merge(other);
            let found = top.ranked(depth, &order, &mut spare, |document, score| (document, score));
            let expected: Vec<(u32, f32)> =
                sorted.iter().take(depth).map(|&d| (d, scores[d as usize])).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
