//! The sampler: an index of the pairs by difficulty, and a law that says how far into it a batch may reach.

use triglot_sdk::{Batch, Component, Context, Corpus, Error, Permutation, Random, Result, Sampler};

use crate::options::{Missing, Options, Passages};

/// Keys of the draws; each purpose has its own, so that no two draws follow each other.
const GROWING: u64 = u64::from_le_bytes(*b"currgrow");
const WALKING: u64 = u64::from_le_bytes(*b"currwalk");
const PASSAGE: u64 = u64::from_le_bytes(*b"currpass");

/// Competence-based curriculum learning (Platanios et al. 2019, arXiv 1903.09848), with the square root as law of growth.
///
/// For N pairs, batches of B, T = `over` and c₀ = `start`:
///
/// * Batch t < T holds B different ones of the easiest ⌈c(t)·N⌉ pairs (of the easiest B, where that is fewer), each set
///   of them with the same probability, where c(t) = √(t·(1 − c₀²)/T + c₀²).
/// * From batch T on, epochs of ⌊N/B⌋ batches walk all pairs, each drawn at most once an epoch.
///
/// Among equally difficult pairs the hash of the query's text decides, so that neither a language nor the beginning of
/// a file goes first.
pub struct Competence {
    options: Options,
    /// The query row of every pair, the easiest first.
    queries: Vec<u32>,
    batch_size: u64,
}

impl Component for Competence {
    type Options = Options;
    const ID: &'static str = "competence";
    const SUMMARY: &'static str = "Easy pairs first, then a growing share of harder ones, by the user column (Platanios et al. 2019)";
}

impl Sampler for Competence {
    fn create(
        options: Options,
        corpus: &Corpus<'_>,
        batch_size: usize,
        _: &Context,
    ) -> Result<Self> {
        options.check()?;
        let queries = easiest_first(&options, corpus)?;
        if queries.len() < batch_size {
            let (found, kind) = (queries.len(), options.passages.kind());
            let problem = format!("the data has {found} pairs {kind}; a batch needs {batch_size}");
            return Err(Error::invalid(problem));
        }
        Ok(Self { options, queries, batch_size: batch_size as u64 })
    }

    fn epoch_length(&self, _: &Corpus<'_>) -> u64 {
        self.queries.len() as u64 / self.batch_size
    }

    fn sample(
        &mut self,
        corpus: &Corpus<'_>,
        seed: u64,
        ordinal: u64,
        batch: &mut Batch,
    ) -> Result<()> {
        let (order, first) = match ordinal.checked_sub(self.options.over) {
            None => (Permutation::new(self.within_reach(ordinal), &[seed, GROWING, ordinal]), 0),
            Some(walked) => {
                let length = self.epoch_length(corpus);
                let (epoch, place) = (walked / length, walked % length);
                let order = Permutation::new(self.queries.len() as u64, &[seed, WALKING, epoch]);
                (order, place * self.batch_size)
            }
        };
        for place in first..first + self.batch_size {
            let query = self.queries[order.at(place) as usize];
            let passage = match self.options.passages {
                Passages::SameLanguage => query + 1,
                Passages::OtherLanguage => {
                    let key = [seed, PASSAGE, ordinal, u64::from(query)];
                    in_another_language(corpus, query, &mut Random::new(&key))
                }
            };
            batch.push(query, passage);
        }
        Ok(())
    }
}

impl Competence {
    /// How many of the easiest pairs batch `ordinal` of the curriculum may draw.
    fn within_reach(&self, ordinal: u64) -> u64 {
        let pairs = self.queries.len() as u64;
        let squared = self.options.start * self.options.start;
        let progress = ordinal as f64 / self.options.over as f64;
        let competence = (progress * (1.0 - squared) + squared).sqrt().min(1.0);
        ((competence * pairs as f64).ceil() as u64).clamp(self.batch_size, pairs)
    }
}

/// The query rows that may be drawn, by difficulty.
fn easiest_first(options: &Options, corpus: &Corpus<'_>) -> Result<Vec<u32>> {
    let Some(user) = corpus.user else {
        return Err(Error::invalid(
            "the training data has no user column; `user_column` of [[train.data]] names the difficulty of its pairs",
        ));
    };
    // Rows come in twos: the query of an example in a language, then its passage.
    let mut queries: Vec<u32> = (0..corpus.rows())
        .step_by(2)
        .filter(|row| options.passages == Passages::SameLanguage || is_parallel(corpus, *row))
        .map(|row| row as u32)
        .collect();
    let unknown = queries.iter().filter(|row| user[**row as usize].is_nan()).count();
    if unknown > 0 && options.missing == Missing::Refuse {
        let all = queries.len();
        return Err(Error::invalid(format!(
            "{unknown} of {all} pairs have no difficulty; `missing = \"hardest\"` draws them last"
        )));
    }
    let difficulty = |row: u32| match user[row as usize] {
        number if number.is_nan() => f64::INFINITY,
        number => number,
    };
    queries.sort_unstable_by(|&a, &b| {
        let hash = |row: u32| corpus.text_hash[row as usize];
        let by_difficulty = difficulty(a).total_cmp(&difficulty(b));
        by_difficulty.then_with(|| hash(a).cmp(&hash(b))).then(a.cmp(&b))
    });
    Ok(queries)
}

/// Whether the example of a query row exists in another language too: its rows lie side by side.
fn is_parallel(corpus: &Corpus<'_>, row: usize) -> bool {
    let example = Some(&corpus.example[row]);
    let before = row.checked_sub(2).and_then(|before| corpus.example.get(before));
    before == example || corpus.example.get(row + 2) == example
}

/// A passage row of the query's example in one of its other languages.
fn in_another_language(corpus: &Corpus<'_>, query: u32, random: &mut Random) -> u32 {
    let example = corpus.example[query as usize];
    let first = corpus.example.partition_point(|other| *other < example);
    let end = corpus.example.partition_point(|other| *other <= example);
    let others = (end - first) as u64 / 2 - 1;
    let drawn = first as u32 + 2 * random.below(others) as u32;
    if drawn < query { drawn + 1 } else { drawn + 3 }
}

impl Passages {
    /// The pairs that it leaves, for a message.
    fn kind(self) -> &'static str {
        match self {
            Self::SameLanguage => "of a query and a passage",
            Self::OtherLanguage => "whose example exists in two languages or more",
        }
    }
}
