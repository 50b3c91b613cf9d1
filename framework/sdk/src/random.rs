//! Keyed random numbers and permutations: what a sampler needs to be a pure function of (seed, ordinal).
//!
//! Nothing here holds state that outlives a batch: a draw is a hash of its key and a counter, so batch n can be
//! drawn without drawing those before it.

/// Hashes words into one, each bit depending on all of them.
///
/// Every word is added and passed through the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable
/// Pseudorandom Number Generators, OOPSLA 2014, with the constants of Stafford's variant 13).
pub fn mix(words: &[u64]) -> u64 {
    words.iter().fold(0x243F_6A88_85A3_08D3, |state, word| {
        let mut z = (state ^ word).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

/// A stream of random numbers under a key: number i is a hash of (key, i).
#[derive(Debug, Clone)]
pub struct Random {
    key: u64,
    counter: u64,
}

impl Random {
    /// The stream of this key; give every purpose a word of its own.
    pub fn new(key: &[u64]) -> Self {
        Self { key: mix(key), counter: 0 }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let value = mix(&[self.key, self.counter]);
        self.counter += 1;
        value
    }

    /// A number below `n`, each with the same probability; 0 if `n` is 0.
    ///
    /// Multiply and reject (Lemire: Fast Random Integer Generation in an Interval, ACM TOMACS 2019).
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// A number in [0, 1) with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A keyed permutation of 0..n in constant memory.
///
/// A balanced Feistel network over the next even number of bits, walked until it lands below n (Black and Rogaway:
/// Ciphers with Arbitrary Finite Domains, CT-RSA 2002); fewer than four walks are to be expected.
#[derive(Debug, Clone)]
pub struct Permutation {
    n: u64,
    half_bits: u32,
    keys: [u64; Self::ROUNDS],
}

impl Permutation {
    const ROUNDS: usize = 6;

    /// The permutation of 0..n under this key.
    pub fn new(n: u64, key: &[u64]) -> Self {
        let bits = (64 - n.saturating_sub(1).leading_zeros()).max(2);
        let key = mix(key);
        let keys = std::array::from_fn(|round| mix(&[key, round as u64]));
        Self { n, half_bits: bits.div_ceil(2), keys }
    }

    /// Where `i` goes.
    ///
    /// # Panics
    /// If `i` is not below n.
    pub fn at(&self, i: u64) -> u64 {
        assert!(i < self.n, "index {i} of a permutation of {}", self.n);
        let mut value = self.encrypt(i);
        while value >= self.n {
            value = self.encrypt(value);
        }
        value
    }

    fn encrypt(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(&[key, right]) & mask));
        }
        (left << self.half_bits) | right
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_permutation_reaches_every_index_once(n in 1u64..3000, key in any::<u64>()) {
            let permutation = Permutation::new(n, &[key]);
            let mut seen: Vec<u64> = (0..n).map(|i| permutation.at(i)).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }

        #[test]
        fn a_number_below_n_is_below_n(n in 1u64.., key in any::<u64>()) {
            prop_assert!(Random::new(&[key]).below(n) < n);
        }
    }

    #[test]
    fn the_streams_are_what_they_were_when_runs_were_recorded() {
        let mut random = Random::new(&[13, 7]);
        let drawn = (random.next_u64(), random.below(1000), Permutation::new(1000, &[13]).at(5));
        assert_eq!(drawn, GOLDEN);
    }

    /// Made by this code when it was written; a change here changes every sampler's batches.
    const GOLDEN: (u64, u64, u64) = (14_663_323_652_087_562_116, 502, 842);

    #[test]
    fn every_position_of_a_small_permutation_is_equally_likely() {
        // chi-square with 8·7 = 56 degrees of freedom after fixing margins; 99.99% quantile ≈ 102.
        let (n, trials) = (8u64, 40_000u64);
        let mut counts = vec![0f64; 64];
        for key in 0..trials {
            let permutation = Permutation::new(n, &[key]);
            (0..n).for_each(|i| counts[(i * n + permutation.at(i)) as usize] += 1.0);
        }
        let expected = trials as f64 / n as f64;
        let chi: f64 = counts.iter().map(|c| (c - expected).powi(2) / expected).sum();
        assert!(chi < 102.0, "chi-square {chi}");
    }
}
