//! Laws of samplers.

use std::collections::BTreeSet;

use triglot_abi as abi;

use super::{Broken, Result, demand, trying};
use crate::{Batch, Corpus, Law, Sampler, Unit};

/// Draws the first `batches` batches of an instance, and returns them for what the sampler promises beyond the law.
///
/// The law: each batch has `batch_size` pairs of a query row and a passage row of one example, with passage rows for
/// hard negatives; and the last batch, and the one in the middle, are what a fresh instance draws there.
///
/// # Errors
/// At the first batch that is otherwise, or cannot be drawn.
pub fn draws<S: Sampler>(
    make: impl Fn() -> crate::Result<S>,
    corpus: &Corpus<'_>,
    batch_size: usize,
    seed: u64,
    batches: u64,
) -> Result<Vec<Batch>> {
    let mut walking = trying("making an instance", make())?;
    let mut drawn = Vec::new();
    for ordinal in 0..batches {
        let batch = draw(&mut walking, corpus, seed, ordinal)?;
        valid(&batch, corpus, batch_size)
            .map_err(|broken| Broken::new(format!("batch {ordinal}: {broken}")))?;
        drawn.push(batch);
    }
    for ordinal in batches.checked_sub(1).into_iter().flat_map(|last| [last, last / 2]) {
        let mut fresh = trying("making an instance", make())?;
        let afresh = draw(&mut fresh, corpus, seed, ordinal)?;
        demand(drawn.get(ordinal as usize) == Some(&afresh), || {
            format!("a fresh instance draws another batch {ordinal} than one that walked there")
        })?;
    }
    Ok(drawn)
}

/// Holds that what a sampler states is a law, and that batches which it drew keep it; returns it, `None` if it states
/// none. How often each language pair is drawn is for a test of many batches to hold against it.
///
/// The law: probabilities are not negative and add up to 1, each pair of languages stands there once; no batch has a
/// pair of languages that is not there, and none has two where whole batches are drawn.
///
/// # Errors
/// If it is no law, or a batch breaks it.
pub fn states<S: Sampler>(
    sampler: &S,
    corpus: &Corpus<'_>,
    drawn: &[Batch],
) -> Result<Option<Law>> {
    let Some(law) = sampler.law(corpus) else { return Ok(None) };
    let mut known = BTreeSet::new();
    for (query, passage, probability) in &law.pairs {
        demand((0.0..=1.0).contains(probability), || format!("a probability of {probability}"))?;
        let last = query.max(passage);
        demand((*last as usize) < corpus.languages.len(), || format!("language {last} in a law"))?;
        demand(known.insert((*query, *passage)), || {
            format!("languages {query} and {passage} twice in a law")
        })?;
    }
    let sum: f64 = law.pairs.iter().map(|(.., probability)| probability).sum();
    demand((sum - 1.0).abs() < 1e-9, || format!("probabilities that add up to {sum}"))?;
    for (ordinal, batch) in drawn.iter().enumerate() {
        let language = |row: &u32| corpus.language.get(*row as usize).copied().unwrap_or_default();
        let pairs = batch.queries.iter().zip(&batch.passages);
        let languages: BTreeSet<_> = pairs.map(|(q, p)| (language(q), language(p))).collect();
        let unstated = languages.difference(&known).next();
        demand(unstated.is_none(), || {
            format!("batch {ordinal} has the languages {unstated:?}, which the law lacks")
        })?;
        demand(law.unit == Unit::Pair || languages.len() < 2, || {
            format!(
                "batch {ordinal} has several pairs of languages, where one is drawn for a batch"
            )
        })?;
    }
    Ok(Some(law))
}

/// One batch.
///
/// # Errors
/// If the sampler cannot draw it.
pub fn draw<S: Sampler>(
    sampler: &mut S,
    corpus: &Corpus<'_>,
    seed: u64,
    ordinal: u64,
) -> Result<Batch> {
    let mut batch = Batch::default();
    trying(
        format_args!("drawing batch {ordinal}"),
        sampler.sample(corpus, seed, ordinal, &mut batch),
    )?;
    Ok(batch)
}

fn valid(batch: &Batch, corpus: &Corpus<'_>, batch_size: usize) -> Result {
    let pairs = batch.queries().len();
    demand(pairs == batch_size, || format!("{pairs} pairs where {batch_size} were asked for"))?;
    let role = |row: u32| corpus.role.get(row as usize).copied();
    let example = |row: u32| corpus.example.get(row as usize);
    for (pair, (query, passage)) in batch.queries().iter().zip(batch.passages()).enumerate() {
        let roles = (role(*query), role(*passage));
        demand(roles == (Some(abi::ROLE_QUERY), Some(abi::ROLE_PASSAGE)), || {
            format!(
                "pair {pair} is of row {query}, {}, and row {passage}, {}",
                named(roles.0),
                named(roles.1)
            )
        })?;
        demand(example(*query) == example(*passage), || {
            format!("pair {pair} joins rows {query} and {passage} of two examples")
        })?;
        for negative in batch.negatives(pair) {
            demand(corpus.is_passage(*negative), || {
                format!("pair {pair} has row {negative} for a negative, {}", named(role(*negative)))
            })?;
        }
    }
    Ok(())
}

fn named(role: Option<u8>) -> &'static str {
    match role {
        Some(abi::ROLE_QUERY) => "a query",
        Some(_) => "a passage",
        None => "which the corpus lacks",
    }
}
