//! A plugin library for triglot with one backend: a text is the mean of what its trigrams have learnt.

use schemars::JsonSchema;
use serde::Deserialize;

mod state;
mod table;
mod trigrams;

#[cfg(test)]
mod tests;

triglot_sdk::plugin! { name: "{{name}}", components: [backend table::Trigrams] }

/// The options, as a manifest writes them. What their comments say is what `triglot plugins show` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Length of an embedding.
    #[schemars(range(min = 1, max = 4096))]
    pub dim: usize,
    /// Rows of the table: trigrams that fall into the same row share it.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dim: 64,
            rows: 8192,
        }
    }
}
