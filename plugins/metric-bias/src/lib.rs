//! Whether a ranking favours some languages over others.
//!
//! In the multilingual setting a query is searched in the passages of all languages at once, and its answer may stand
//! there once per language. A model without bias would rank these parallel passages side by side, and would rank the same
//! for the same question in another language; mean average precision hardly shows whether it does.
//!
//! Each metric asks another question: how far the parallel answers stand apart (`rank-distance`), whether answers in
//! different languages can expect the same rank (`peer`), whether the language of the question changes the ranking (`mrc`),
//! and which languages fill the top of it (`own-language-share`, `language-divergence`). Where there is no second language
//! in the pool none of them has a value.

mod equal_rank;
mod midrank;
mod options;
mod rank_correlation;
mod rank_distance;
mod share;

#[cfg(test)]
mod equal_rank_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod option_tests;
#[cfg(test)]
mod rank_correlation_tests;
#[cfg(test)]
mod rank_distance_tests;
#[cfg(test)]
mod share_tests;
#[cfg(test)]
mod testing;

use equal_rank::Peer;
use rank_correlation::Mrc;
use rank_distance::RankDistance;
use share::{LanguageDivergence, OwnLanguageShare};

triglot_sdk::plugin! {
    name: "bias",
    components: [
        metric RankDistance,
        metric Peer,
        metric Mrc,
        metric OwnLanguageShare,
        metric LanguageDivergence,
    ],
}
