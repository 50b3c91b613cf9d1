//! How far apart the parallel answers of a question stand.

use triglot_sdk::{Column, Component, Context, Metric, QueryRanking, Ranking, Result};

use crate::options::NoOptions;

/// Largest minus smallest rank of a query's relevant passages (Elmahdy, Lin and Ahmad 2024, arXiv 2408.10536).
///
/// With fewer than two of them there is no distance: so it is, rightly, for nearly every query of the monolingual and
/// cross-lingual settings. Nor is there one where a relevant passage was not retrieved, for it has no rank: the distance
/// of the others would be the smaller the more are missing, and a search by words, which finds few, look unbiased.
pub struct RankDistance;

impl Component for RankDistance {
    type Options = NoOptions;
    const ID: &'static str = "rank-distance";
    const SUMMARY: &'static str = "Largest minus smallest rank of a query's parallel relevant passages, for the multilingual setting";
}

impl Metric for RankDistance {
    fn create(_: NoOptions, _: &Context) -> Result<Self> {
        Ok(Self)
    }

    fn columns(&self) -> Vec<Column> {
        vec![Column {
            name: Self::ID.to_owned(),
            range: (0.0, f64::INFINITY),
            higher_is_better: false,
            depth: 0,
        }]
    }

    fn compute(&mut self, ranking: &Ranking<'_>, values: &mut [f64]) -> Result<()> {
        for (query, value) in ranking.iter().zip(values) {
            *value = distance(&query).map_or(f64::NAN, f64::from);
        }
        Ok(())
    }
}

/// The distance in ranks; `None` with fewer than two relevant passages, or one that was not retrieved.
fn distance(query: &QueryRanking<'_>) -> Option<u32> {
    let relevant = query.judged().filter(|judged| judged.grade > 0);
    let ranks: Vec<u32> = relevant.map(|judged| judged.rank).collect::<Option<_>>()?;
    match ranks.as_slice() {
        [first, .., last] => Some(last.saturating_sub(*first)),
        _ => None,
    }
}
