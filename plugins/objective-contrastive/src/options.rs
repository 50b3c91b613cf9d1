//! The options of `info-nce`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Options of `info-nce`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Similarities are divided by it: the smaller, the more the hardest negatives count.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub temperature: f64,
    /// Learn the temperature, beginning with the one above, and down to 0.01 at the least.
    pub learn_temperature: bool,
    /// How a query and a passage are compared.
    pub similarity: Similarity,
}

impl Default for Options {
    fn default() -> Self {
        Self { temperature: 0.05, learn_temperature: false, similarity: Similarity::Cosine }
    }
}

/// How two embeddings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Similarity {
    /// The cosine of the angle between them.
    Cosine,
    /// Their dot product.
    Dot,
}
