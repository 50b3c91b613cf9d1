//! Keyed random draws: every choice of a run is a function of what it is for, never of what was drawn before it.
//!
//! A generator with a state ties each draw to the number of draws before it, and thereby to threads, to the order of
//! work, and to whether the run was resumed. A key is a path instead: from the seed, by names and numbers, to the one
//! place that draws.
//!
//! ```
//! use triglot_host::keys::Key;
//!
//! let mix = Key::root(13).child("mix");
//! let share = mix.child_u64(700).unit(); // step 700, whether or not the steps before it were ever drawn
//! assert_eq!(share, Key::root(13).child("mix").child_u64(700).unit());
//! ```
//!
//! A key is 32 bytes, and its children are BLAKE3 of the step down, keyed by it. The derivation is part of what a seed
//! means: a change to it changes every published result, so the tests pin its values.

use std::fmt;

/// Sets these draws apart from every other use of BLAKE3 in the world.
const CONTEXT: &str = "triglot host draws 1";

/// What a hash under a key is for; no two uses share their first byte.
const LABEL: u8 = 0;
const NUMBER: u8 = 1;
const DRAW: u8 = 2;

/// A place in the tree of draws. All draws of one key look at the same random word: a place draws once.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of a seed, from which all others come.
    pub fn root(seed: u64) -> Self {
        Self(blake3::derive_key(CONTEXT, &seed.to_le_bytes()))
    }

    /// The key of a named part of this place.
    #[must_use]
    pub fn child(&self, label: &str) -> Self {
        Self(*self.hash(LABEL, label.as_bytes()).as_bytes())
    }

    /// The key of a numbered part of this place: a step, a row.
    #[must_use]
    pub fn child_u64(&self, number: u64) -> Self {
        Self(*self.hash(NUMBER, &number.to_le_bytes()).as_bytes())
    }

    /// A number uniform over all of `u64`.
    pub fn u64(&self) -> u64 {
        self.word(0)
    }

    /// A number uniform over the multiples of 2⁻⁵³ in [0, 1).
    pub fn unit(&self) -> f64 {
        const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
        (self.u64() >> 11) as f64 * SCALE
    }

    /// A number uniform over 0, …, `n` − 1; 0 where `n` is 0.
    ///
    /// Words below 2⁶⁴ mod `n` are passed over, for what remains is a multiple of `n`; so every remainder is
    /// equally likely.
    pub fn below(&self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let biased = n.wrapping_neg() % n;
        let mut counter = 0;
        loop {
            let word = self.word(counter);
            if word >= biased {
                return word % n;
            }
            counter += 1;
        }
    }

    /// The random word number `counter` of this place.
    fn word(&self, counter: u64) -> u64 {
        let hash = self.hash(DRAW, &counter.to_le_bytes());
        let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    fn hash(&self, purpose: u8, bytes: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[purpose]);
        hasher.update(bytes);
        hasher.finalize()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", blake3::Hash::from_bytes(self.0).to_hex())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// These values are part of the meaning of every seed in every manifest. They do not change. They were computed
    /// by a program of a few lines over BLAKE3's Python package.
    #[test]
    fn a_seed_means_today_what_it_meant_when_results_were_published() {
        let root = Key::root(13);
        let draw = root.child("mix").child_u64(700);
        assert_eq!(root.u64(), 8_580_787_684_968_747_158);
        assert_eq!(draw.u64(), 16_460_971_443_524_093_146);
        assert_eq!(draw.unit(), 0.892_351_050_014_533_5);
        assert_eq!(draw.below(1000), 146);
        // Nearly half of all words are passed over for this bound, and so is the first word of this key.
        let bound = (1 << 63) + 1;
        assert_eq!(root.child_u64(0).below(bound), 1_877_112_948_963_050_530);
    }

    #[test]
    fn names_numbers_and_draws_never_meet() {
        let root = Key::root(1);
        let zero = "\0\0\0\0\0\0\0\0";
        let words = [
            root.u64(),
            root.child("").u64(),
            root.child(zero).u64(),
            root.child_u64(0).u64(),
            root.child("a").child("b").u64(),
            root.child("ab").u64(),
            Key::root(0).u64(),
        ];
        assert_eq!(BTreeSet::from(words).len(), words.len());
    }

    #[test]
    fn nothing_is_below_zero_and_one() {
        assert_eq!(Key::root(1).below(0), 0);
        assert_eq!(Key::root(1).below(1), 0);
    }

    /// Pearson's chi-square of counts against equal shares.
    fn chi_square(counts: &[u32]) -> f64 {
        let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
        counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
    }

    /// Far beyond the 1 − 10⁻⁹ quantile of chi-square with `degrees` degrees of freedom (Wilson and Hilferty 1931).
    fn beyond_chance(degrees: usize) -> f64 {
        let k = degrees as f64;
        let spread = (2.0 / (9.0 * k)).sqrt();
        k * (1.0 - 2.0 / (9.0 * k) + 6.0 * spread).powi(3)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn every_number_below_n_is_equally_likely(seed: u64, n in 2u64..40) {
            let key = Key::root(seed);
            let mut counts = vec![0u32; n as usize];
            for i in 0..n * 100 {
                counts[key.child_u64(i).below(n) as usize] += 1;
            }
            let chi = chi_square(&counts);
            prop_assert!(chi < beyond_chance(counts.len() - 1), "chi-square {} for n = {}", chi, n);
        }

        /// Here plain remainders would put half of the draws into the lowest third.
        #[test]
        fn a_large_n_is_not_biased_towards_small_numbers(seed: u64) {
            let key = Key::root(seed);
            let n = (1u64 << 63) + (1 << 62);
            let mut counts = [0u32; 3];
            for i in 0..400 {
                counts[(key.child_u64(i).below(n) / (n / 3)) as usize] += 1;
            }
            prop_assert!(chi_square(&counts) < beyond_chance(2), "{:?}", counts);
        }

        #[test]
        fn units_fill_the_interval_evenly(seed: u64) {
            let key = Key::root(seed);
            let mut counts = [0u32; 10];
            for i in 0..1000 {
                let unit = key.child_u64(i).unit();
                prop_assert!((0.0..1.0).contains(&unit));
                counts[(unit * 10.0) as usize] += 1;
            }
            prop_assert!(chi_square(&counts) < beyond_chance(9), "{:?}", counts);
        }
    }
}
