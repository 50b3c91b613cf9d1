//! Hard negatives: up to K of those that the data has for a query.
//!
//! Drawn one by one in the order of the list, each with the probability that is left (Knuth, The Art of Computer
//! Programming, volume 2, section 3.4.2, algorithm S), so that every choice of K is as probable as any other and the
//! list's order, which mostly is that of some ranking, is kept.

use triglot_sdk::Random;

/// Words that keep these draws apart from all others.
const NEGATIVES: u64 = u64::from_le_bytes(*b"negative");

/// Draws `most` of a list without replacement, or all of a list that has no more, into `drawn`.
pub fn draw(list: &[u32], most: usize, key: [u64; 3], drawn: &mut Vec<u32>) {
    drawn.clear();
    let [seed, ordinal, place] = key;
    let mut random = Random::new(&[seed, NEGATIVES, ordinal, place]);
    for (met, negative) in list.iter().enumerate() {
        let (left, wanted) = (list.len() - met, most.min(list.len()) - drawn.len());
        if wanted == left || random.below(left as u64) < wanted as u64 {
            drawn.push(*negative);
        }
    }
}
