//! What components are fed: small, but with something of everything that real data holds.

mod corpus;
mod embeddings;
mod ranking;
mod texts;

pub use corpus::Corpus;
pub use embeddings::Embeddings;
pub use ranking::{Judged, Query, Rankings};
pub use texts::Text;

/// What an exercise of a component takes, of each kind.
#[derive(Debug, Clone)]
pub struct Material {
    /// The corpus that samplers draw from.
    pub corpus: Corpus,
    /// Pairs in a batch.
    pub batch_size: usize,
    /// Texts to augment and to encode.
    pub texts: Vec<Text>,
    /// Texts from which a backend makes a model ready.
    pub training_texts: Vec<Text>,
    /// A batch of embeddings for objectives.
    pub embeddings: Embeddings,
    /// Rankings for metrics.
    pub rankings: Rankings,
}

impl Material {
    /// What any component has to cope with.
    pub fn usual() -> Self {
        Self {
            corpus: Corpus::small(),
            batch_size: 4,
            texts: texts::many_scripts(),
            training_texts: texts::sentences(),
            embeddings: Embeddings::small(),
            rankings: Rankings::small(),
        }
    }

    /// Nothing, of everything: no rows, no texts, no queries.
    pub fn nothing() -> Self {
        Self {
            corpus: Corpus::empty(),
            batch_size: 1,
            texts: Vec::new(),
            training_texts: Vec::new(),
            embeddings: Embeddings::empty(),
            rankings: Rankings::empty(),
        }
    }
}

/// A number that follows from a place alone, in [0, 1) (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
pub fn scattered(place: u64) -> f64 {
    let mut z = place.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}
