//! The language of what comes first.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Column, Component, Context, Metric, Ranking, Result};

/// Options of `top-language`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// How many passages count.
    #[serde(default = "ten")]
    k: NonZeroU32,
}

fn ten() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(9)
}

/// The fraction of the top k passages that are in the query's language; all there are, where these are fewer than k.
pub struct TopLanguage {
    k: NonZeroU32,
}

impl Component for TopLanguage {
    type Options = Options;
    const ID: &'static str = "top-language";
    const SUMMARY: &'static str = "Fraction of the top k passages in the query's language";
}

impl Metric for TopLanguage {
    fn create(options: Options, _: &Context) -> Result<Self> {
        Ok(Self { k: options.k })
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column { depth: self.k.get(), ..Column::unit(format!("{}@{}", Self::ID, self.k)) }]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        for (query, value) in ranking.iter().zip(values) {
            let top = query.top_language.iter().take(self.k.get() as usize);
            let own = top.clone().filter(|language| **language == query.language).count();
            // Nothing retrieved: 0/0 is NaN, which is how a metric says that it is undefined.
            *value = own as f64 / top.len() as f64;
        }
        Ok(())
    }
}
