//! Texts that are nearly the same, by the shingles they share.
//!
//! A shingle is a run of five characters of the text in lower case, where everything but letters and digits counts as
//! one blank. Characters, because Chinese and Thai have no blanks between words. Two texts are as similar as the share
//! of the shingles of either that both have (the Jaccard coefficient; Broder 1997, *On the resemblance and containment
//! of documents*, section 2).
//!
//! To compare all pairs would cost their product, so candidates come from MinHash signatures cut into bands (Leskovec,
//! Rajaraman & Ullman, *Mining of Massive Datasets*, section 3.4): of two texts with similarity s, a band of 4 agrees
//! with probability s⁴, and one of 16 bands does with 1 − (1 − s⁴)¹⁶, which is 0.9998 at s = 0.8 and 0.64 at 0.5. Each
//! candidate is then compared exactly: what is reported is never a guess, and what is missed is rare.

use std::collections::{BTreeMap, HashMap};

const LENGTH: usize = 5;
const BANDS: usize = 16;
const ROWS: usize = 4;
/// Texts that share a band and are compared with another: beyond them lies a phrase that everybody uses.
const CANDIDATES: usize = 64;

/// The distinct shingles of a text, as hashes, ascending; none of a text without a letter or digit.
pub fn shingles(text: &str) -> Vec<u64> {
    let mut characters: Vec<char> = Vec::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        match character.is_alphanumeric() || is_mark(character) {
            true => characters.push(character),
            false if characters.last().is_some_and(|last| *last != ' ') => characters.push(' '),
            false => {}
        }
    }
    if characters.last() == Some(&' ') {
        characters.pop();
    }
    if characters.is_empty() {
        return Vec::new();
    }
    // A text that is shorter than a shingle is one.
    let mut hashes: Vec<u64> = characters.windows(LENGTH.min(characters.len())).map(hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// Whether a character belongs to the letter before it: vowel signs of Thai and Devanagari are no letters to Unicode.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e31}'..='\u{e4e}')
}

/// FNV-1a over the code points, well mixed.
fn hash(shingle: &[char]) -> u64 {
    let step = |hash: u64, c: &char| (hash ^ u64::from(*c)).wrapping_mul(0x0000_0100_0000_01b3);
    mixed(shingle.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The share of the shingles of either text that both have; both lists ascend.
pub fn similarity(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0_usize);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        both += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    let either = a.len() + b.len() - both;
    if either == 0 { 0.0 } else { both as f64 / either as f64 }
}

/// The keys of the bands of a text's signature.
fn bands(shingles: &[u64]) -> [u64; BANDS] {
    std::array::from_fn(|band| {
        let least = |row: usize| {
            let salt = mixed((band * ROWS + row + 1) as u64);
            shingles.iter().map(|shingle| mixed(shingle ^ salt)).min().unwrap_or_default()
        };
        (0..ROWS).fold(band as u64, |key, row| mixed(key ^ least(row)))
    })
}

/// Texts in which others are looked up.
#[derive(Debug, Default)]
pub struct Index {
    texts: Vec<Vec<u64>>,
    bands: HashMap<(usize, u64), Vec<u32>>,
}

impl Index {
    /// The texts, numbered as they come.
    pub fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut index = Self::default();
        for text in texts {
            let number = index.texts.len() as u32;
            let shingles = shingles(text);
            if !shingles.is_empty() {
                for key in bands(&shingles).into_iter().enumerate() {
                    let bucket = index.bands.entry(key).or_default();
                    if bucket.len() < CANDIDATES {
                        bucket.push(number);
                    }
                }
            }
            index.texts.push(shingles);
        }
        index
    }

    /// The texts that are at least so similar to another, by their numbers, with how similar they are.
    pub fn similar(&self, text: &str, threshold: f64) -> BTreeMap<u32, f64> {
        let shingles = shingles(text);
        let mut found = BTreeMap::new();
        if shingles.is_empty() {
            return found;
        }
        for key in bands(&shingles).into_iter().enumerate() {
            for number in self.bands.get(&key).into_iter().flatten() {
                let Some(own) = self.texts.get(*number as usize) else { continue };
                found.entry(*number).or_insert_with(|| similarity(own, &shingles));
            }
        }
        found.retain(|_, similarity| *similarity >= threshold);
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(a: &str, b: &str) -> f64 {
        similarity(&shingles(a), &shingles(b))
    }

    #[test]
    fn case_punctuation_and_blanks_make_no_difference() {
        assert_eq!(of("Who,  wrote it?", "who wrote IT"), 1.0);
        assert_eq!(of("", "…"), 0.0);
        assert_eq!(of("ab", "AB."), 1.0);
    }

    #[test]
    fn scripts_without_blanks_are_compared_by_their_characters() {
        let zh = "谁在一八九八年写了这本关于海洋的书";
        assert!(of(zh, "谁在一八九八年写了这本关于海洋的书？") > 0.99);
        assert!(of(zh, "谁在一八九九年写了这本关于海洋的书") < 0.6);
        assert_eq!(of(zh, "山上有一座很老的庙，里面住着和尚"), 0.0);
        assert_ne!(shingles("กี่"), shingles("กา"));
    }

    #[test]
    fn the_similarity_is_the_share_of_common_shingles() {
        // abcde bcdef | bcdef cdefg: one of three.
        assert_eq!(of("abcdef", "bcdefg"), 1.0 / 3.0);
    }

    #[test]
    fn a_text_with_a_word_changed_is_found_among_others() {
        let text = |n: usize| {
            format!("The {n} ships of the line left the harbour of town {n} before dawn on day {n}")
        };
        let texts: Vec<String> = (100..400).map(text).collect();
        let index = Index::of(texts.iter().map(String::as_str));
        let changed = text(217).replace("left", "quit");
        let found = index.similar(&changed, 0.8);
        assert!(found.contains_key(&117), "{found:?}");
    }

    proptest! {
        #[test]
        fn what_is_found_is_as_similar_as_it_is_said_to_be(
            texts in prop::collection::vec("[abc ]{0,12}", 1..20), text in "[abc ]{0,12}",
        ) {
            let index = Index::of(texts.iter().map(String::as_str));
            let found = index.similar(&text, 0.5);
            let sets = |text: &str| shingles(text).into_iter().collect::<BTreeSet<u64>>();
            let own = sets(&text);
            for (number, other) in texts.iter().enumerate() {
                let other = sets(other);
                let either = own.union(&other).count();
                let exact = own.intersection(&other).count() as f64 / either.max(1) as f64;
                match found.get(&(number as u32)) {
                    Some(found) => prop_assert_eq!(*found, exact),
                    // Equal texts share every band.
                    None => prop_assert!(exact < 1.0),
                }
            }
        }
    }
}
