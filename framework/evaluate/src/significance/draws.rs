//! Random numbers without a generator: each is a hash of where it is used.
//!
//! Resample 700 draws the same queries whether or not the 699 before it were drawn, so that neither threads nor an early
//! end change a result. Another language can repeat them: the golden values of bootstrap intervals are those of scipy
//! over the same draws, made by eight lines of Python.

/// The odd constant of SplitMix64, 2⁶⁴ over the golden ratio.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// A place that draws; number i of it is output i of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators, OOPSLA 2014), which is a function of the key and of i alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws(u64);

impl Draws {
    /// The draws of a seed for one purpose.
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        Self(seed).child(purpose as u64)
    }

    /// The draws of a numbered part: a resample, a side.
    pub fn child(self, number: u64) -> Self {
        Self(self.word(number))
    }

    /// 64 random bits.
    pub fn word(self, number: u64) -> u64 {
        let mut z = self.0.wrapping_add(GAMMA.wrapping_mul(number.wrapping_add(1)));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`. By multiplication alone: of 2⁶⁴ words, at most one more falls on one number than on another.
    pub fn below(self, number: u64, n: usize) -> usize {
        ((u128::from(self.word(number)) * n as u128) >> 64) as usize
    }
}

/// What draws are for; no two purposes share any.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// Signs of differences.
    Signs = 1,
    /// Queries of a resample.
    Queries = 2,
    /// Runs of a resample.
    Runs = 3,
}
