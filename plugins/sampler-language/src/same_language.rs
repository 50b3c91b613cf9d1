//! X-X: query and passage of a pair in one language, languages mixed within a batch.

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{Batch, Component, Context, Corpus, Error, Law, Result, Sampler};

use crate::choice::{Choice, Over, Shared, TooSmall};
use crate::course::Keys;
use crate::engine::{Engine, Recipe, Unit};
use crate::pairs::{Pairs, Relation};
use crate::weight::NamedOrExponent;

/// Keys of this sampler's draws, so that those of the others never follow the same order.
const KEYS: Keys =
    Keys { walk: u64::from_le_bytes(*b"same/x-x"), round: u64::from_le_bytes(*b"same/rnd") };

/// Options of the sampler.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Codes of the languages to draw from. Left out: every language of the training data.
    #[schemars(length(min = 1))]
    pub languages: Option<Vec<String>>,
    /// What an epoch goes over: "examples" (each once, in one of its languages, which is drawn) or "pairs" (each example
    /// once in each of its languages). Left out: "examples", or "pairs" with `weight`.
    pub over: Option<Over>,
    /// How often each language is drawn: "uniform", "size" (which is `over = "pairs"`), or the exponent s of p ∝ nˢ. Left
    /// out: as `over` says.
    pub weight: Option<NamedOrExponent>,
    /// Names of the data sets to draw from. Left out: all of them.
    #[schemars(length(min = 1))]
    pub data_sets: Option<Vec<String>>,
    /// How often each data set has a batch, which is then of this data set alone: "uniform", "size", or the exponent s of
    /// p ∝ nˢ. Left out: the data sets are drawn from as one.
    pub data_set_weight: Option<NamedOrExponent>,
    /// How many hard negatives a query gets, at most: as many of its own as the data has, drawn anew each time. 0: none.
    #[serde(default)]
    pub negatives: u32,
    /// What becomes of a data set that cannot fill a batch, and with `weight` of a language without examples: "error",
    /// or "skip", which logs it.
    #[serde(default)]
    pub too_small: TooSmall,
}

/// Pairs of one language each, languages mixed within a batch: X-X of LAReQA (Roy et al. 2020, arXiv 2004.05484),
/// otherwise known as standard multilingual fine-tuning.
///
/// The law, for batches of B pairs:
///
/// * Over examples, E of which exist in any of the languages: an epoch is ⌊E/B⌋ batches along a permutation of them keyed
///   by (seed, epoch); the remainder is dropped, so an example is drawn at most once an epoch. It is drawn in each of its
///   languages with the same probability, keyed by (seed, epoch, example).
/// * Over pairs, an example in k languages being k of them: the same along a permutation of all pairs, so that each
///   (example, language) is drawn at most once an epoch, and p ∝ n for a language of n examples.
/// * With `weight`, the places of all batches, one after another, are dealt to languages as
///   [`Monolingual`](crate::monolingual::Monolingual) deals batches, and place number k of a language is item k of its
///   examples, walked in passes of one permutation each. An epoch is as many places as it takes to walk every language at
///   least once (by an exponent, as many as there are pairs); what is left of them after ⌊places/B⌋ batches is dropped. A
///   small language may so meet itself in a batch.
///
/// With `data_set_weight`, batches are dealt to data sets by the same rule, and the above holds within each.
pub struct SameLanguage(Engine);

impl Component for SameLanguage {
    type Options = Options;
    const ID: &'static str = "same-language";
    const SUMMARY: &'static str = "Query and passage of every pair in one language, languages mixed within a batch (X-X of LAReQA)";
}

impl Sampler for SameLanguage {
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
        let unit = match (options.weight, options.over) {
            (Some(_), Some(Over::Examples)) => {
                return Err(Error::invalid(
                    "over: of \"examples\", each is drawn once whatever its languages, but `weight` says how often \
                     each language is drawn; leave out one of them",
                ));
            }
            (Some(weight), _) => Unit::Places(weight.weight("weight")?),
            (None, Some(Over::Pairs)) => Unit::Pairs,
            (None, _) => Unit::Examples,
        };
        let recipe = Recipe {
            pairs: Pairs {
                queries: choice.languages.clone(),
                passages: choice.languages.clone(),
                relation: Relation::Same,
            },
            unit,
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
