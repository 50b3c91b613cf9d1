//! X-X-mono: all pairs of a batch in one language.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Batch, Component, Context, Corpus, Law, Result, Sampler};

use crate::choice::{Choice, Shared, TooSmall};
use crate::course::Keys;
use crate::engine::{Engine, Recipe, Unit};
use crate::pairs::{Pairs, Relation};
use crate::weight::NamedOrExponent;

/// Keys of this sampler's draws, so that those of the others never follow the same order.
const KEYS: Keys =
    Keys { walk: u64::from_le_bytes(*b"mono/pas"), round: u64::from_le_bytes(*b"mono/rnd") };

/// Options of the sampler.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Codes of the languages to draw from. Left out: every language of the training data.
    #[schemars(length(min = 1))]
    pub languages: Option<Vec<String>>,
    /// How often each language has a batch: "uniform", "size" (by its number of examples: each is drawn once an epoch),
    /// or the exponent s of p ∝ nˢ.
    #[serde(default)]
    pub weight: NamedOrExponent,
    /// Names of the data sets to draw from. Left out: all of them.
    #[schemars(length(min = 1))]
    pub data_sets: Option<Vec<String>>,
    /// How often each data set has a batch, which is then of this data set alone: "uniform", "size", or the exponent s of
    /// p ∝ nˢ. Left out: the data sets are drawn from as one.
    pub data_set_weight: Option<NamedOrExponent>,
    /// How many hard negatives a query gets, at most: as many of its own as the data has, drawn anew each time. 0: none.
    #[serde(default)]
    pub negatives: u32,
    /// What becomes of a language with fewer examples than a batch has pairs: "error", or "skip", which logs it.
    #[serde(default)]
    pub too_small: TooSmall,
}

/// Batches of one language each, X-X-mono of LAReQA (Roy et al. 2020, arXiv 2004.05484), one of the two kinds that
/// hybrid batching mixes (Elmahdy et al. 2024, arXiv 2408.10536).
///
/// The law, for L languages, language ℓ with N_ℓ examples, and batches of B pairs:
///
/// * Languages are dealt in rounds. A round has q_ℓ places for language ℓ, shuffled by a permutation keyed by (seed,
///   round); the batch of ℓ at its place i of round r is its batch number r·q_ℓ + i: no draw depends on an earlier one.
///   * `uniform`: q_ℓ = 1. Each language has exactly one batch a round, and is uniform for any one ordinal.
///   * `size`: q_ℓ = ⌊N_ℓ/B⌋. A round is an epoch, in which each example is drawn at most once.
///   * an exponent s (0.5 in XLM, Conneau & Lample 2019, arXiv 1901.07291, section 3.1; 0.3 in XLM-R, arXiv 1911.02116):
///     q_ℓ ∝ N_ℓˢ in rounds of 2²⁰ places, whole by largest remainder and at least 1.
/// * The examples of ℓ are walked in passes of ⌊N_ℓ/B⌋ batches, each by a permutation keyed by (seed, ℓ, pass); the
///   remainder of a pass is dropped.
/// * An epoch is as many rounds as it takes to walk every language at least once, a smaller one again: L × max_ℓ ⌊N_ℓ/B⌋
///   batches where they are uniform. By an exponent, it is Σ_ℓ ⌊N_ℓ/B⌋ batches.
///
/// With `data_set_weight`, batches are dealt to data sets by the same rule, and the above holds within each.
pub struct Monolingual(Engine);

impl Component for Monolingual {
    type Options = Options;
    const ID: &'static str = "monolingual";
    const SUMMARY: &'static str = "One language a batch, languages uniform or weighted (X-X-mono of LAReQA); queries and passages share it";
}

impl Sampler for Monolingual {
    fn create(
        options: Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        context: &Context,
    ) -> Result<Self> {
        let choice = Choice::new(
            Shared {
                languages: options.languages.as_deref(),
                data_sets: options.data_sets.as_deref(),
                data_set_weight: options.data_set_weight,
                negatives: options.negatives,
                too_small: options.too_small,
            },
            corpus,
        )?;
        let recipe = Recipe {
            pairs: Pairs {
                queries: choice.languages.clone(),
                passages: choice.languages.clone(),
                relation: Relation::Same,
            },
            unit: Unit::Batches(options.weight.weight("weight")?),
            choice,
            keys: KEYS,
        };
        Engine::new(recipe, corpus, batch_size, context).map(Self)
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        self.0.epoch_length()
    }

    fn sample(
        &mut self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()> {
        self.0.sample(corpus, seed, ordinal, batch)
    }

    fn law(&self, corpus: &Corpus<'_>) -> Option<Law> {
        Some(self.0.law(corpus))
    }
}
