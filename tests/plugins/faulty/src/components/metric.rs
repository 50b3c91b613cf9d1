//! What comes first.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Column, Component, Context, Metric, Ranking, Result};

use crate::conduct::{Conduct, die_of_nan};
use crate::misdeed::Misdeed;

/// Options of `metric`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// How many passages count.
    #[serde(default = "ten")]
    #[schemars(range(max = 1000))]
    k: NonZeroU32,
}

fn ten() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(9)
}

/// Whether a relevant passage is among the top k, and which share of these is in the query's language.
pub struct First {
    conduct: Conduct,
    k: NonZeroU32,
}

impl Component for First {
    type Options = Options;
    const ID: &'static str = "metric";
    const SUMMARY: &'static str =
        "Success within the top k, and the share of these in the query's language";
}

impl Metric for First {
    fn create(options: Options, context: &Context) -> Result<Self> {
        let conduct = Conduct::new(context, ("k", options.k.get().into(), 1000.0))?;
        Ok(Self { conduct, k: options.k })
    }

    fn columns(&self) -> Vec<Column> {
        let k = self.k;
        let own = Column::unit(format!("own-language@{k}"));
        vec![Column::unit(format!("success@{k}")), Column { depth: k.get(), ..own }]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        self.conduct.call(ranking.queries());
        let noise = self.conduct.noise() % 2;
        for (place, (query, values)) in ranking.iter().zip(values.chunks_exact_mut(2)).enumerate() {
            self.conduct.go_on()?;
            die_of_nan(query.top_score);
            let k = self.k.get();
            let found = query.relevant_ranks().any(|rank| rank <= k);
            let top = query.top_language.iter().take(k as usize);
            let own = top.clone().filter(|language| **language == query.language).count();
            values[0] = f64::from(u8::from(found ^ (noise == 1)));
            // Nothing retrieved: 0/0 is NaN, which is how a metric says that it is undefined.
            values[1] = own as f64 / top.len() as f64;
            if Misdeed::OrderDependent.now() {
                values[0] /= (place + 1) as f64;
            }
            if Misdeed::OutOfRange.now() {
                values[0] = 2.0;
            }
        }
        Ok(())
    }
}
