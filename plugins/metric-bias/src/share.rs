//! Which languages fill the top of a ranking, and which ought to.
//!
//! The languages' shares of the top k are held against their shares of all that is relevant for the query: a model that
//! goes by meaning alone would come near these. On a parallel corpus they are the same for all languages. Both metrics are
//! our own; neither has a value where a pool is of one language, that is outside the multilingual setting.

use triglot_sdk::abi::SETTING_MULTILINGUAL;
use triglot_sdk::{Column, Component, Context, Metric, QueryRanking, Ranking, Result};

use crate::options::Cutoff;

/// The share of the query's own language in the top k, less its share of the relevant passages: from -1 to 1.
///
/// 0 is no bias, and what lies above it prefers the language of the question, the bias that multilingual encoders are known
/// for (Roy et al. 2020, arXiv 2004.05484). So less counts as better, though below 0 it is worse again.
pub struct OwnLanguageShare {
    k: u32,
}

/// Total variation distance between the languages' shares of the top k and of the relevant passages: ½ Σ |pˡ − qˡ| over
/// the languages, from 0 (the same) to 1 (no language in common).
pub struct LanguageDivergence {
    k: u32,
}

impl Component for OwnLanguageShare {
    type Options = Cutoff;
    const ID: &'static str = "own-language-share";
    const SUMMARY: &'static str = "Share of the query's language in the top k less its share of the relevant passages, for the multilingual setting";
}

impl Component for LanguageDivergence {
    type Options = Cutoff;
    const ID: &'static str = "language-divergence";
    const SUMMARY: &'static str = "Total variation distance of the languages' shares in the top k and among the relevant, for the multilingual setting";
}

impl Metric for OwnLanguageShare {
    fn create(options: Cutoff, _: &Context) -> Result<Self> {
        Ok(Self { k: options.k.get() })
    }

    fn columns(&self) -> Vec<Column> {
        vec![column(Self::ID, self.k, -1.0)]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        write(ranking, self.k, values, |query, surplus| {
            surplus.get(query.language as usize).copied().unwrap_or(0.0)
        });
        Ok(())
    }
}

impl Metric for LanguageDivergence {
    fn create(options: Cutoff, _: &Context) -> Result<Self> {
        Ok(Self { k: options.k.get() })
    }

    fn columns(&self) -> Vec<Column> {
        vec![column(Self::ID, self.k, 0.0)]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        write(ranking, self.k, values, |_, surplus| {
            surplus.iter().map(|difference| difference.abs()).sum::<f64>() / 2.0
        });
        Ok(())
    }
}

fn column(id: &str, k: u32, lowest: f64) -> Column {
    Column { name: format!("{id}@{k}"), range: (lowest, 1.0), higher_is_better: false, depth: k }
}

/// Writes what `value` makes of each query's [`surplus`]; NaN where there is none.
fn write(
    ranking: &Ranking<'_>,
    k: u32,
    values: &mut [f64],
    value: impl Fn(&QueryRanking<'_>, &[f64]) -> f64,
) {
    for (query, out) in ranking.iter().zip(values) {
        *out = match ranking.setting {
            SETTING_MULTILINGUAL => surplus(&query, k, ranking.languages.len()),
            _ => None,
        }
        .map_or(f64::NAN, |surplus| value(&query, &surplus));
    }
}

/// The share of each language in the top k less its share of the relevant passages; none where either is empty.
fn surplus(query: &QueryRanking<'_>, k: u32, languages: usize) -> Option<Vec<f64>> {
    let top = query.top_language.get(..k as usize).unwrap_or(query.top_language);
    let relevant: Vec<u32> =
        query.judged().filter(|judged| judged.grade > 0).map(|judged| judged.language).collect();
    if top.is_empty() || relevant.is_empty() {
        return None;
    }
    let mut surplus = vec![0.0; languages];
    for (passages, sign) in [(top, 1.0), (relevant.as_slice(), -1.0)] {
        for language in passages {
            *surplus.get_mut(*language as usize)? += sign / passages.len() as f64;
        }
    }
    Some(surplus)
}
