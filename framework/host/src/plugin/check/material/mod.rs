//! What components are fed: small, but with something of everything that real data holds.

mod corpus;
mod embeddings;
mod ranking;
mod texts;

pub use corpus::Corpus;
pub use embeddings::Embeddings;
pub use ranking::{Query, Rankings};
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
    /// Whether a backend also saves, exports and loads, which takes a disk's time.
    pub saved: bool,
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
            saved: true,
        }
    }

    /// A little of everything: for cases that exercise a component very often.
    pub fn brief() -> Self {
        Self {
            corpus: Corpus::parallel(6),
            batch_size: 2,
            texts: texts::sentences().into_iter().take(3).collect(),
            training_texts: texts::sentences(),
            embeddings: Embeddings::of(3, 5, 2),
            rankings: Rankings::of(3, 2),
            saved: false,
        }
    }

    /// A model that is made ready as usual, and then nothing to do.
    pub fn nothing_to_do() -> Self {
        Self { corpus: Corpus::small(), training_texts: texts::sentences(), ..Self::nothing() }
    }

    /// The usual, with numbers that are none: what `spoil` makes of a number and its place.
    pub fn spoilt(spoil: impl Fn(usize, f32) -> f32) -> Self {
        let mut material =
            Self { texts: texts::sentences().into_iter().take(4).collect(), ..Self::usual() };
        material.embeddings = material.embeddings.changed(&spoil);
        if let Some(user) = &mut material.corpus.user {
            user.iter_mut()
                .enumerate()
                .for_each(|(at, value)| *value = spoil(at, *value as f32).into());
        }
        let top = material.rankings.queries.iter_mut().flat_map(|query| &mut query.top);
        top.enumerate().for_each(|(at, (.., score))| *score = spoil(at, *score));
        material
    }

    /// So much work that each call takes its time: it grows with `size`, from 1.
    pub fn heavy(size: usize) -> Self {
        let texts = texts::sentences();
        let many = |count: usize| -> Vec<Text> {
            let number = |(number, text): (usize, &Text)| {
                Text::new(number, &text.language, format!("{} {number}", text.text.repeat(8)))
            };
            texts.iter().cycle().take(count).enumerate().map(number).collect()
        };
        Self {
            corpus: Corpus::parallel(32 * size),
            batch_size: 8 * size,
            texts: many(4 * size),
            training_texts: many(16 * size),
            embeddings: Embeddings::of(4 * size, 64, 1),
            rankings: Rankings::of(16 * size, 1),
            saved: false,
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
            saved: true,
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
