//! A line of the file: a batch.
//!
//! Keys that are not known are passed over, so that a file may say more for whoever reads it, `id` to begin with.

use serde::{Deserialize, Deserializer, de};

/// A batch.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// The stage that it was drawn for.
    pub stage: String,
    /// The member of the mix that drew it.
    pub member: String,
    /// Its pairs.
    pub pairs: Vec<Pair>,
}

/// A pair.
#[derive(Debug, Deserialize)]
pub struct Pair {
    /// Number of the example.
    pub example: u32,
    /// Its query.
    pub query: Text,
    /// Its passage.
    pub passage: Text,
    /// Its hard negatives.
    #[serde(default)]
    pub negatives: Vec<Negative>,
}

/// A text: in which language, and what it says.
#[derive(Debug, Deserialize)]
pub struct Text {
    /// Code of its language.
    pub language: String,
    /// Hash of the text.
    #[serde(deserialize_with = "hexadecimal")]
    pub hash: u64,
}

/// A hard negative: the passage of an example, or one that answers no query, by its number among those.
#[derive(Debug, Deserialize)]
pub struct Negative {
    /// Number of the example.
    pub example: Option<u32>,
    /// Number among the passages that answer no query.
    pub further: Option<u32>,
    /// Code of its language.
    pub language: String,
    /// Hash of the text.
    #[serde(deserialize_with = "hexadecimal")]
    pub hash: u64,
}

/// JSON has no 64-bit integers that every reader keeps, so hashes are written as 16 digits.
fn hexadecimal<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let digits = String::deserialize(from)?;
    match digits.len() {
        16 => u64::from_str_radix(&digits, 16).map_err(de::Error::custom),
        _ => Err(de::Error::custom(format!("`{digits}` is no hash of 16 hexadecimal digits"))),
    }
}
