//! Binary preference, for judgements that cover only part of what is retrieved: passages nobody judged are passed over,
//! where every other metric here takes them for irrelevant.

use triglot_sdk::QueryRanking;

use crate::options::NoOptions;
use crate::per_query::Measure;

/// With R relevant and N judged irrelevant passages, bpref = 1/R · Σ (1 − min(nᵢ, R) / min(N, R)) over the relevant
/// passages retrieved, nᵢ being the number of judged irrelevant passages above the i-th (Buckley and Voorhees 2004, as
/// corrected in trec_eval's `m_bpref.c`: N counts the unretrieved too).
///
/// A grade below 0 says, to trec_eval, that a passage was in the pool but not judged: it counts as neither.
pub struct Bpref;

impl Measure for Bpref {
    type Options = NoOptions;
    const ID: &'static str = "bpref";
    const SUMMARY: &'static str = "Share of the preferences for relevant over judged irrelevant passages that the ranking keeps: bpref of trec_eval";

    fn value(query: &QueryRanking<'_>, _: u32, _: &Self::Options) -> f64 {
        let irrelevant = query.judged().filter(|judged| judged.grade == 0).count();
        let relevant = query.relevant as usize;
        // Where no irrelevant passage is above, as is so where there is none, nothing is divided.
        let kept = |above: usize| match above {
            0 => 1.0,
            above => 1.0 - above.min(relevant) as f64 / irrelevant.min(relevant) as f64,
        };
        let mut above = 0;
        let mut sum = 0.0;
        for judged in query.judged().take_while(|judged| judged.rank.is_some()) {
            match judged.grade {
                0 => above += 1,
                1.. => sum += kept(above),
                _ => {}
            }
        }
        sum / relevant as f64
    }
}
