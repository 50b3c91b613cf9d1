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
//! the first and the last.
//!
//! How often a language, a pair of languages or a data set comes is an option everywhere: as often as the others, by
//! size, or by p ∝ nˢ between the two (Conneau & Lample 2019, arXiv 1901.07291, section 3.1). Left out, a language is
//! as good as another, so that on a sparse corpus a small one does not starve.
//!
//! Every batch is a pure function of (seed, ordinal, options, corpus, batch size). An instance holds a [`directory`] of
//! the corpus in bounded memory and nothing else, and a batch costs its own size, wherever in the run it lies: a
//! [`course`] of [`deal`]s over [`walk`]s.

mod choice;
mod counts;
mod course;
pub mod cross_lingual;
mod deal;
mod directory;
mod engine;
mod example;
mod law;
mod lists;
pub mod monolingual;
mod negatives;
mod pairs;
pub mod same_language;
mod shortfall;
mod walk;
mod weight;

#[cfg(test)]
mod tests;

use cross_lingual::CrossLingual;
use monolingual::Monolingual;
use same_language::SameLanguage;

triglot_sdk::plugin! {
    name: "language",
    components: [sampler Monolingual, sampler CrossLingual, sampler SameLanguage],
}
