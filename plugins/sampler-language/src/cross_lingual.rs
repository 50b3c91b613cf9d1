//! X-Y: query and passage of a pair in two languages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triglot_sdk::{Batch, Component, Context, Corpus, Error, Law, Result, Sampler};

use crate::choice::{Choice, Over, Shared, TooSmall};
use crate::course::Keys;
use crate::engine::{Engine, Recipe, Unit};
use crate::pairs::{Pairs, Relation};
use crate::weight::{NamedOfPairs, NamedOrExponent, OfPairs};

/// Keys of this sampler's draws, so that those of the others never follow the same order.
const KEYS: Keys =
    Keys { walk: u64::from_le_bytes(*b"cross/xy"), round: u64::from_le_bytes(*b"cross/rd") };

/// What a batch is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Composition {
    /// Pairs of languages are mixed in it.
    #[default]
    Mixed,
    /// All its queries are in one language, and all its passages in another.
    OnePair,
}

/// Options of the sampler.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Codes of the languages to draw from. Left out: every language of the training data.
    #[schemars(length(min = 1))]
    pub languages: Option<Vec<String>>,
    /// Those of the languages that queries may be in. Left out: all of them.
    #[schemars(length(min = 1))]
    pub query_languages: Option<Vec<String>>,
    /// Those of the languages that passages may be in. Left out: all of them.
    #[schemars(length(min = 1))]
    pub passage_languages: Option<Vec<String>>,
    /// A language that every pair has as one of its two. Left out: none.
    #[schemars(extend("format" = "language"))]
    pub pivot: Option<String>,
    /// "mixed", or "one-pair": all queries of a batch in one language and all its passages in another.
    #[serde(default)]
    pub batch: Composition,
    /// What an epoch goes over: "examples" (each once, in a pair of its languages, which is drawn) or "pairs" (each example
    /// once in each ordered pair of its languages). Left out: "examples", or "pairs" with `pairs` or one pair a batch.
    pub over: Option<Over>,
    /// How often each ordered pair of languages is drawn: "uniform", "size" (each example once in each), "round-robin" (one
    /// after another in the order of their codes), or the exponent s of p ∝ nˢ, n being the examples that have both.
    /// Left out: as `over` says, or "uniform" with one pair a batch.
    pub pairs: Option<OfPairs>,
    /// Names of the data sets to draw from. Left out: all of them.
    #[schemars(length(min = 1))]
    pub data_sets: Option<Vec<String>>,
    /// How often each data set has a batch, which is then of this data set alone: "uniform", "size", or the exponent s of
    /// p ∝ nˢ. Left out: the data sets are drawn from as one.
    pub data_set_weight: Option<NamedOrExponent>,
    /// How many hard negatives a query gets, at most: as many of its own as the data has, drawn anew each time. 0: none.
    #[serde(default)]
    pub negatives: u32,
    /// What becomes of a data set that cannot fill a batch, with one pair a batch of a pair of languages that cannot, and
    /// with `pairs` of one without a common example: "error", or "skip", which logs it.
    #[serde(default)]
    pub too_small: TooSmall,
}

/// Pairs across languages: X-Y of LAReQA (Roy et al. 2020, arXiv 2004.05484), one of the two kinds that hybrid batching
/// mixes (Elmahdy et al. 2024, arXiv 2408.10536).
///
/// An ordered pair of languages is allowed if they are two, the query's in `query_languages`, the passage's in
/// `passage_languages`, and the pivot, if there is one, among them. The law, for batches of B pairs:
///
/// * Over examples, E of which have an allowed pair: an epoch is ⌊E/B⌋ batches along a permutation of them keyed by (seed,
///   epoch); the remainder is dropped, so an example is drawn at most once an epoch. It is drawn in each of its allowed
///   pairs (k·(k − 1) of k languages, where all are) with the same probability, keyed by (seed, epoch, example): the
///   query in the first language, the passage in the second.
/// * Over pairs: the same along a permutation of all (example, allowed pair), each drawn at most once an epoch, and p ∝ n
///   for a pair of languages that n examples have.
/// * With `pairs` and mixed batches, the places of all batches, one after another, are dealt to allowed pairs as
///   [`Monolingual`](crate::monolingual::Monolingual) deals batches to languages, and place number k of a pair is item k
///   of the examples that have it, walked in passes of one permutation each. An epoch is as many places as it takes to
///   walk every pair at least once (by an exponent, as many as there are pairs of all examples); what is left of them
///   after ⌊places/B⌋ batches is dropped. An example may meet itself in a batch, in other languages or, of a pair with
///   few, the same.
/// * With one pair a batch, batches are dealt to pairs exactly as to languages by `Monolingual`.
/// * `round-robin` deals as `uniform` does, but the order of a round is that of the codes, always: cross pairs of MIMO
///   (arXiv 2605.31171).
///
/// With `data_set_weight`, batches are dealt to data sets by the same rule, and the above holds within each.
pub struct CrossLingual(Engine);

impl Component for CrossLingual {
    type Options = Options;
    const ID: &'static str = "cross-lingual";
    const SUMMARY: &'static str = "Query and passage of every pair in two different languages, mixed or one pair of them a batch (X-Y of LAReQA)";
}

impl Sampler for CrossLingual {
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
        let narrowed = |option, codes| choice.narrowed(option, codes, corpus);
        let relation = match &options.pivot {
            None => Relation::Different,
            Some(code) => {
                let pivot = narrowed("pivot", Some(std::slice::from_ref(code)))?;
                let index = pivot.iter().position(|chosen| *chosen).unwrap_or(0);
                Relation::Pivot(index as u32)
            }
        };
        let recipe = Recipe {
            pairs: Pairs {
                queries: narrowed("query_languages", options.query_languages.as_deref())?,
                passages: narrowed("passage_languages", options.passage_languages.as_deref())?,
                relation,
            },
            unit: unit(&options)?,
            choice,
            keys: KEYS,
        };
        if let (None, Some(option)) = (recipe.pairs.all().next(), options.narrowing()) {
            return Err(Error::invalid(format!(
                "{option}: `pivot`, `query_languages` and `passage_languages` together allow no pair of two languages"
            )));
        }
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

impl Options {
    /// The first of those that say which pairs of languages are allowed.
    fn narrowing(&self) -> Option<&'static str> {
        let pivot = self.pivot.as_ref().map(|_| "pivot");
        let queries = self.query_languages.as_ref().map(|_| "query_languages");
        let passages = self.passage_languages.as_ref().map(|_| "passage_languages");
        pivot.or(queries).or(passages)
    }
}

/// The unit that the options ask for, if they agree.
fn unit(options: &Options) -> Result<Unit> {
    let one_pair = options.batch == Composition::OnePair;
    let dealt = match options.pairs {
        None if one_pair => Some(OfPairs::Named(NamedOfPairs::Uniform)),
        pairs => pairs,
    };
    match (dealt, options.over) {
        (Some(_), Some(Over::Examples)) => {
            let option = if options.pairs.is_some() { "pairs" } else { "batch" };
            Err(Error::invalid(format!(
                "over: of \"examples\", each is drawn once whatever its languages, but `{option}` says which languages \
                 are drawn; leave out one of them"
            )))
        }
        (Some(weight), _) => {
            let weight = weight.weight("pairs")?;
            Ok(if one_pair { Unit::Batches(weight) } else { Unit::Places(weight) })
        }
        (None, Some(Over::Pairs)) => Ok(Unit::Pairs),
        (None, _) => Ok(Unit::Examples),
    }
}
