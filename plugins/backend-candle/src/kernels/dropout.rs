//! Dropout whose every draw is keyed (Srivastava et al.: Dropout, JMLR 15, 2014, in its inverted form).
//!
//! Whether a number is dropped follows from the text's key, the place in the network, the token's position and the
//! channel alone. The same text under the same key loses the same numbers whatever batch, chunk or thread it is computed
//! in; the backward pass draws again instead of keeping a mask.

use super::pack::Pack;

/// A place in the network that drops out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    /// After the embeddings.
    Embeddings,
    /// On the attention probabilities.
    Attention,
    /// After the attention's dense layer.
    AttentionOutput,
    /// After the block's last dense layer.
    Output,
    /// Between the two dense layers of the feed-forward network.
    Inner,
    /// After the last layer.
    Final,
}

/// The dropout of one site and layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout<'a> {
    pack: &'a Pack,
    /// A draw of 32 bits below it drops.
    threshold: u32,
    /// What the others are multiplied by, so that the mean stays.
    scale: f32,
    place: u64,
}

/// The draws of one token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws {
    low: u32,
    high: u32,
    threshold: u32,
    scale: f32,
}

impl<'a> Dropout<'a> {
    /// That of `site` in `layer`; `None` if nothing is dropped.
    pub(crate) fn new(pack: &'a Pack, site: Site, layer: usize, probability: f64) -> Option<Self> {
        if probability <= 0.0 {
            return None;
        }
        Some(Self {
            pack,
            threshold: (probability * 2f64.powi(32)).round().min(f64::from(u32::MAX)) as u32,
            scale: (1.0 / (1.0 - probability)) as f32,
            place: mix(((layer as u64) << 8) | site as u64),
        })
    }

    /// The draws of the token in row `row` of the pack.
    #[inline(always)]
    pub(crate) fn token(&self, row: usize) -> Draws {
        let (text, position) = (self.pack.text(row), self.pack.position(row));
        let key = mix(self.pack.key(text) ^ self.place);
        let key = mix(key.wrapping_add(u64::from(position).wrapping_mul(GOLDEN)));
        let (low, high) = (key as u32, (key >> 32) as u32);
        Draws { low, high, threshold: self.threshold, scale: self.scale }
    }
}

impl Draws {
    /// What channel `channel` is multiplied by: 0 or more than 1.
    #[inline(always)]
    pub(crate) fn factor(&self, channel: u32) -> f32 {
        let counter = channel.wrapping_mul(GOLDEN_32).wrapping_add(self.high);
        let draw = finalise(self.low ^ counter);
        if draw < self.threshold { 0.0 } else { self.scale }
    }
}

/// 2⁶⁴ divided by the golden ratio: multiples of it lie far apart.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const GOLDEN_32: u32 = 0x9E37_79B9;

/// The output function of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
#[inline(always)]
fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The 32-bit finaliser of MurmurHash3 (Appleby), which a vector unit computes for several numbers at a time.
#[inline(always)]
fn finalise(h: u32) -> u32 {
    let h = (h ^ (h >> 16)).wrapping_mul(0x85EB_CA6B);
    let h = (h ^ (h >> 13)).wrapping_mul(0xC2B2_AE35);
    h ^ (h >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(keys: &[u64]) -> Pack {
        Pack::new(vec![vec![1; 64]; keys.len()], keys.to_vec())
    }

    #[test]
    fn as_many_numbers_are_dropped_as_asked_and_the_mean_stays() {
        let keys: Vec<u64> = (0..32).collect();
        let pack = pack(&keys);
        for probability in [0.1, 0.5] {
            let dropout = Dropout::new(&pack, Site::Output, 3, probability).unwrap();
            let rows = 0..32 * 64;
            let factors = rows.flat_map(|row| {
                let draws = dropout.token(row);
                (0..384).map(move |channel| f64::from(draws.factor(channel)))
            });
            let factors: Vec<f64> = factors.collect();
            let n = factors.len() as f64;
            let dropped = factors.iter().filter(|f| **f == 0.0).count() as f64 / n;
            // Four standard deviations of a share of 786,432 draws.
            let spread = 4.0 * (probability * (1.0 - probability) / n).sqrt();
            assert!((dropped - probability).abs() < spread, "{dropped}");
            assert!((factors.iter().sum::<f64>() / n - 1.0).abs() < 3.0 * spread);
        }
    }

    #[test]
    fn every_part_of_the_key_changes_the_draws() {
        let pack = pack(&[1, 2, 1]);
        let draws = |site, layer, row| {
            let dropout = Dropout::new(&pack, site, layer, 0.5).unwrap();
            let token = dropout.token(row);
            (0..256).map(|channel| token.factor(channel) == 0.0).collect::<Vec<bool>>()
        };
        let one = draws(Site::Output, 0, 5);
        let others = [
            draws(Site::AttentionOutput, 0, 5),
            draws(Site::Output, 1, 5),
            draws(Site::Output, 0, 6),
            draws(Site::Output, 0, 64 + 5),
        ];
        for other in others {
            let same = one.iter().zip(&other).filter(|(a, b)| a == b).count();
            // Independent draws agree in 128 ± 32 of 256, at four standard deviations.
            assert!((96..=160).contains(&same), "{same}");
        }
        assert_eq!(one, draws(Site::Output, 0, 128 + 5), "the third text has the first one's key");
    }

    #[test]
    fn a_probability_of_0_is_no_dropout() {
        assert!(Dropout::new(&pack(&[1]), Site::Output, 0, 0.0).is_none());
    }
}
