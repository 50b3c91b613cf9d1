//! Laws of samplers.

use triglot_abi as abi;

use super::{Broken, Result, demand, trying};
use crate::{Batch, Corpus, Sampler};

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
