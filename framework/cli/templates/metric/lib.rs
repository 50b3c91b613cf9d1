//! A plugin library for triglot with one metric: whether a right passage stands near the top.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Column, Component, Context, Metric, QueryRanking, Ranking, Result};

#[cfg(test)]
mod tests;

triglot_sdk::plugin! { name: "{{name}}", components: [metric Success] }

/// The options. A manifest writes the one named `k` behind the name: `{{name}}/success@10`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// How many passages are looked at.
    #[schemars(example = 10)]
    k: NonZeroU32,
}

/// 1 if one of the first k passages is relevant, else 0: trec_eval's `success_k`.
struct Success {
    k: u32,
}

impl Component for Success {
    type Options = Options;
    const ID: &'static str = "success";
    const SUMMARY: &'static str = "Whether one of the first k passages is relevant";
}

impl Metric for Success {
    fn create(options: Options, _: &Context) -> Result<Self> {
        Ok(Self { k: options.k.get() })
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column::unit(format!("success@{}", self.k))]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        for (query, value) in ranking.iter().zip(values) {
            *value = self.success(&query);
        }
        Ok(())
    }
}

impl Success {
    /// The value of one query; NaN, for undefined, where nothing is relevant.
    fn success(&self, query: &QueryRanking<'_>) -> f64 {
        match query.relevant {
            0 => f64::NAN,
            _ => f64::from(query.relevant_ranks().any(|rank| rank <= self.k)),
        }
    }
}
