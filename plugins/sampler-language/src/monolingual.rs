//! X-X-mono: all pairs of a batch in one language.

use triglot_sdk::{Batch, Component, Context, Corpus, Error, Permutation, Result, Sampler};

use crate::languages::{Languages, Options};
use crate::walk::Walk;

/// Keys of this sampler's draws, so that those of the others never follow the same order.
const ROUND: u64 = u64::from_le_bytes(*b"mono/rnd");
const PASS: u64 = u64::from_le_bytes(*b"mono/pas");

/// Batches of one language each, X-X-mono of LAReQA (Roy et al. 2020, arXiv 2004.05484), one of the two kinds that
/// hybrid batching mixes (Elmahdy et al. 2024, arXiv 2408.10536).
///
/// The law, for L languages, language ℓ with N_ℓ examples, and batches of B pairs:
///
/// * Languages are dealt in rounds of L batches. Round r is a permutation keyed by (seed, r), so each language has
///   exactly one batch a round, at a uniform place, and is uniform for any one ordinal. The batch of ℓ in round r is
///   its batch number r: no draw depends on an earlier one.
/// * The examples of ℓ are walked in passes of ⌊N_ℓ/B⌋ batches, each by a permutation keyed by (seed, ℓ, pass); the
///   remainder of a pass is dropped.
/// * An epoch is L × max_ℓ ⌊N_ℓ/B⌋ batches: every language is walked at least once, a smaller one again.
pub struct Monolingual {
    languages: Vec<Language>,
}

struct Language {
    index: u32,
    query_rows: Vec<u32>,
    walk: Walk,
}

impl Component for Monolingual {
    type Options = Options;
    const ID: &'static str = "monolingual";
    const SUMMARY: &'static str = "One language a batch, languages uniform (X-X-mono of LAReQA); queries and passages share it";
}

impl Sampler for Monolingual {
    fn create(
        options: Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        _: &Context,
    ) -> Result<Self> {
        let languages = Languages::new(&options, corpus)?;
        let languages: Vec<Language> = query_rows(corpus)
            .into_iter()
            .zip(0..)
            .filter(|(_, index)| languages.contains(*index))
            .map(|(query_rows, index)| {
                let walk = Walk::new(query_rows.len(), batch_size).ok_or_else(|| {
                    Error::invalid(format!(
                        "language `{}` has {} examples; a batch needs {batch_size}",
                        corpus.languages[index as usize],
                        query_rows.len(),
                    ))
                })?;
                Ok(Language { index, query_rows, walk })
            })
            .collect::<Result<_>>()?;
        if languages.is_empty() {
            return Err(Error::invalid("the training data has no language"));
        }
        Ok(Self { languages })
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        let longest = self.languages.iter().map(|language| language.walk.batches()).max();
        self.languages.len() as u64 * longest.unwrap_or(0)
    }

    fn sample(&mut self, _: &Corpus<'_>, seed: u64, ordinal: u64, batch: &mut Batch) -> Result<()> {
        let count = self.languages.len() as u64;
        let round = ordinal / count;
        let dealt = Permutation::new(count, &[seed, ROUND, round]).at(ordinal % count);
        let language = &self.languages[dealt as usize];
        let key = [seed, PASS, u64::from(language.index)];
        for place in language.walk.batch(&key, round) {
            let query = language.query_rows[place];
            batch.push(query, query + 1);
        }
        Ok(())
    }
}

/// The query rows of every language.
fn query_rows(corpus: &Corpus<'_>) -> Vec<Vec<u32>> {
    let mut counts = vec![0; corpus.languages.len()];
    for language in corpus.language.iter().step_by(2) {
        counts[*language as usize] += 1;
    }
    let mut rows: Vec<Vec<u32>> = counts.into_iter().map(Vec::with_capacity).collect();
    for row in (0..corpus.rows()).step_by(2) {
        rows[corpus.language[row] as usize].push(row as u32);
    }
    rows
}
