//! How much of a ranking the judgements cover: below 1, the other metrics count passages as irrelevant that nobody read.

use triglot_sdk::QueryRanking;

use crate::options::OptionalCutoff;
use crate::per_query::Measure;

/// Share of the passages at ranks 1 to k that are judged, over min(k, number retrieved): `Judged` of ir_measures
/// (MacAvaney, Macdonald and Ounis 2022), which took it from OpenNIR. As there, any grade is a judgement, one below 0 too;
/// a ranking that retrieved nothing has 0.
///
/// A passage that was not retrieved has rank 0 among the judged, so the retrieved are those of the pool less these.
pub struct JudgedShare;

impl Measure for JudgedShare {
    type Options = OptionalCutoff;
    const ID: &'static str = "judged";
    const SUMMARY: &'static str =
        "Share of the passages retrieved within k that are judged: Judged of ir_measures";

    fn value(query: &QueryRanking<'_>, k: u32, _: &Self::Options) -> f64 {
        let ranks = || query.judged().map(|judged| judged.rank);
        let unretrieved = ranks().filter(Option::is_none).count() as u32;
        match query.pool_size.saturating_sub(unretrieved).min(k) {
            0 => 0.0,
            seen => ranks().flatten().filter(|rank| *rank <= k).count() as f64 / f64::from(seen),
        }
    }
}
