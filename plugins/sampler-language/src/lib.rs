//! Samplers that decide which languages meet in a batch.
//!
//! With in-batch negatives, a batch's languages decide what the model learns to tell apart. LAReQA (Roy et al. 2020,
//! arXiv 2004.05484) names three ways to make the pairs, which are the three components here:
//!
//! | component | LAReQA | a pair | a batch |
//! |---|---|---|---|
//! | [`monolingual`](monolingual::Monolingual) | X-X-mono | one language | one language |
//! | [`same-language`](same_language::SameLanguage) | X-X | one language | languages mixed |
//! | [`cross-lingual`](cross_lingual::CrossLingual) | X-Y | two languages | pairs of languages mixed |
//!
//! Elmahdy et al. 2024 (arXiv 2408.10536) make each batch either X-X-mono or X-Y, which a manifest writes as a mix of
//! the first and the last. They sample by the size of a data set. Here languages are uniform, since on a parallel
//! corpus the two are one, and on a sparse one a small language should not starve; to sample by size, a mix names
//! the data's languages in several members with shares of their own.
//!
//! Every batch is a pure function of (seed, ordinal, options, corpus, batch size). An instance holds an index of the
//! corpus and nothing else, and a batch costs its own size, wherever in the run it lies: [`walk`] says how.

mod corpus_index;
mod cross_lingual;
mod languages;
mod monolingual;
mod same_language;
mod walk;

#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod option_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod testing;

use cross_lingual::CrossLingual;
use monolingual::Monolingual;
use same_language::SameLanguage;

triglot_sdk::plugin! {
    name: "language",
    components: [sampler Monolingual, sampler CrossLingual, sampler SameLanguage],
}
