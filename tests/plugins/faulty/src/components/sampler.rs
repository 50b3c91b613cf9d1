//! Every pair once an epoch.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use triglot_sdk::{
    Batch, Component, Context, Corpus, Error, Law, Permutation, Result, Sampler, Unit,
};

use crate::conduct::{Conduct, die_of_zero};
use crate::misdeed::Misdeed;

/// Options of `sampler`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// A word of the key that pairs are shuffled by.
    #[serde(default)]
    #[schemars(range(max = 1000))]
    salt: u32,
}

/// The pairs of an epoch in a keyed order; those that fill no batch are left out.
pub struct Pairs {
    conduct: Conduct,
    salt: u32,
    pairs: u64,
    batch_size: u64,
    drawn: u64,
}

impl Component for Pairs {
    type Options = Options;
    const ID: &'static str = "sampler";
    const SUMMARY: &'static str = "Every pair once an epoch";
}

impl Sampler for Pairs {
    fn create(
        options: Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        context: &Context,
    ) -> Result<Self> {
        die_of_zero(corpus.rows());
        let (pairs, batch_size) = (corpus.rows() as u64 / 2, batch_size as u64);
        if pairs < batch_size {
            let problem = format!("a batch of {batch_size} pairs cannot be drawn from {pairs}");
            return Err(Error::invalid(problem));
        }
        let conduct = Conduct::new(context, ("salt", options.salt.into(), 1000.0))?;
        Ok(Self { conduct, salt: options.salt, pairs, batch_size, drawn: 0 })
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        if Misdeed::ShortEpoch.now() {
            return 1;
        }
        self.pairs / self.batch_size + u64::from(Misdeed::WrongEpoch.now())
    }

    fn sample(
        &mut self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()> {
        self.conduct.call(corpus.rows());
        let mut salt = u64::from(self.salt) + self.conduct.noise();
        if Misdeed::Remembers.now() {
            salt += self.drawn;
        }
        self.drawn += 1;
        let epoch = self.pairs / self.batch_size;
        let order = Permutation::new(self.pairs, &[seed, salt, ordinal / epoch]);
        let first = ordinal % epoch * self.batch_size;
        for place in first..first + self.batch_size {
            let mut query = 2 * order.at(place) as u32;
            if Misdeed::BadRows.now() && place == first {
                query = corpus.rows() as u32;
            }
            batch.push(query, query + 1);
        }
        Ok(())
    }

    fn law(&self, corpus: &Corpus<'_>) -> Option<Law> {
        let mut counts = BTreeMap::new();
        for query in (0..corpus.rows()).step_by(2) {
            *counts.entry(corpus.language[query]).or_insert(0.0) += 1.0;
        }
        let whole = self.pairs as f64 * if Misdeed::HalfLaw.now() { 2.0 } else { 1.0 };
        let pairs = counts.into_iter().map(|(language, count)| (language, language, count / whole));
        Some(Law { unit: Unit::Pair, pairs: pairs.collect() })
    }
}
