//! Sorting the keys of a ranking's top.
//!
//! A hundred scores are sorted for every query and pool, and to compare each with several others took more of a search than
//! counting all ranks. The best scores of many lie close together at one end and thin out evenly enough towards the
//! other; so keys are dealt into buckets of equal width, a few into each, and only what fell together is compared.

use std::cmp::Reverse;

/// Buckets, of which the keys fill at least every other.
const BUCKETS: usize = 256;
/// Keys of one bucket that are still worth comparing each with each.
const CROWD: u16 = 24;
/// Fewer are sorted as they are; more than the counts can hold are too.
const COUNTS: std::ops::Range<usize> = 32..u16::MAX as usize;

/// Sorts keys, the largest first; what stands in `spare` is lost.
pub(crate) fn sort_descending(keys: &mut Vec<u64>, spare: &mut Vec<u64>) {
    let extremes = keys.iter().fold((u64::MAX, 0), |(least, most), &k| (least.min(k), most.max(k)));
    let (least, most) = extremes;
    if !COUNTS.contains(&keys.len()) {
        return keys.sort_unstable_by_key(|&key| Reverse(key));
    }
    let shift = (most - least).checked_ilog2().unwrap_or(0).saturating_sub(BUCKETS.ilog2() - 1);
    let bucket = |key: u64| ((most - key) >> shift) as usize % BUCKETS;
    let mut places = [0_u16; BUCKETS];
    for &key in &*keys {
        places[bucket(key)] += 1;
    }
    if places.iter().any(|&count| count > CROWD) {
        return keys.sort_unstable_by_key(|&key| Reverse(key));
    }
    let mut before = 0;
    for place in &mut places {
        before += std::mem::replace(place, before);
    }
    let sorted = &mut *spare;
    // What is there already need not be cleared: every place is written.
    sorted.resize(keys.len(), 0);
    for &key in &*keys {
        let place = &mut places[bucket(key)];
        sorted[usize::from(*place)] = key;
        *place += 1;
    }
    // No key stands further from its place than its bucket is long.
    for at in 1..sorted.len() {
        let key = sorted[at];
        let mut place = at;
        while place > 0 && sorted[place - 1] < key {
            sorted[place] = sorted[place - 1];
            place -= 1;
        }
        sorted[place] = key;
    }
    std::mem::swap(keys, spare);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_sorted_however_they_are_spread(
            mut keys in prop_oneof![
                prop::collection::vec(any::<u64>(), 0..300),
                prop::collection::vec(any::<u64>().prop_map(|key| key >> (key % 64)), 0..300),
                prop::collection::vec((0u64..50, any::<u32>()).prop_map(|(a, b)| a << 40 | u64::from(b)), 0..300),
                prop::collection::vec(prop_oneof![Just(7), Just(u64::MAX), 0u64..9], 0..300),
            ],
        ) {
            let mut expected = keys.clone();
            expected.sort_unstable_by_key(|&key| Reverse(key));
            sort_descending(&mut keys, &mut vec![1; 40]);
            prop_assert_eq!(keys, expected);
        }
    }
}
