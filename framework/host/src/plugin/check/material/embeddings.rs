//! Batches of embeddings for objectives.

use super::scattered;
use crate::plugin::Lists;

/// A batch of embeddings and what is right among them.
#[derive(Debug, Clone)]
pub struct Embeddings {
    /// Length of an embedding.
    pub dim: usize,
    /// Query embeddings [queries × dim].
    pub queries: Vec<f32>,
    /// Passage embeddings [passages × dim].
    pub passages: Vec<f32>,
    /// Language of each query.
    pub query_language: Vec<u32>,
    /// Language of each passage.
    pub passage_language: Vec<u32>,
    /// Example of each query.
    pub query_example: Vec<u32>,
    /// Example of each passage.
    pub passage_example: Vec<u32>,
    /// For each query the passages that are right.
    pub positives: Lists,
    /// For each query the passages that are neither right nor wrong.
    pub ignored: Lists,
    /// For each query the passages that are hard negatives of its own.
    pub hard_negatives: Lists,
    /// Further matrices by name, with rows of `dim`.
    pub extra: Vec<(String, Vec<f32>)>,
    /// Step of the run.
    pub step: u64,
}

impl Embeddings {
    /// A batch of so many pairs, with one hard negative for every second of them.
    ///
    /// Every third query has a second right passage, and every fourth one that is ignored. Beside the batch stand the
    /// embeddings of a teacher.
    pub fn of(pairs: usize, dim: usize, seed: u64) -> Self {
        let negatives = pairs / 2;
        let passages = pairs + negatives;
        let number = |at: usize| scattered(seed.wrapping_mul(1 << 32).wrapping_add(at as u64));
        let matrix = |from: usize, rows: usize| -> Vec<f32> {
            (0..rows * dim).map(|at| (number(from + at) * 2.0 - 1.0) as f32).collect()
        };
        let (mut positives, mut ignored) = (Lists::default(), Lists::default());
        for query in 0..pairs {
            let second = (query % 3 == 0 && passages > pairs).then_some(pairs);
            positives.push([Some(query), second].into_iter().flatten().map(|p| p as u32));
            let beside = (query % 4 == 1 && pairs > 2).then_some((query + 1) % pairs);
            ignored.push(beside.map(|p| p as u32));
        }
        // A hard negative is the passage of a pair in another language: so are some texts of the batch parallel.
        let row = |row: usize| ((row % pairs.max(1)) as u32, (row / pairs.max(1)) as u32);
        let columns =
            |rows: usize| (0..rows).map(row).map(|(pair, turn)| (pair + turn) % 3).collect();
        let examples = |rows: usize| (0..rows).map(row).map(|(pair, _)| pair).collect();
        Self {
            dim,
            queries: matrix(0, pairs),
            passages: matrix(pairs * dim, passages),
            query_language: columns(pairs),
            passage_language: columns(passages),
            query_example: examples(pairs),
            passage_example: examples(passages),
            positives,
            ignored,
            // The first is right for some, and each of the others belongs to the query of its number.
            hard_negatives: (0..pairs)
                .map(|query| (pairs + query..passages).take(usize::from(query > 0)))
                .map(|own| own.map(|passage| passage as u32).collect::<Vec<_>>())
                .collect(),
            extra: vec![
                ("teacher.query".into(), matrix(1 << 20, pairs)),
                ("teacher.passage".into(), matrix(1 << 21, passages)),
            ],
            step: 3,
        }
    }

    /// Six pairs of eight numbers.
    pub fn small() -> Self {
        Self::of(6, 8, 1)
    }

    /// No queries, no passages.
    pub fn empty() -> Self {
        Self::of(0, 8, 1)
    }

    /// The same with every number replaced by what `change` makes of it and its place.
    #[must_use]
    pub fn changed(mut self, change: impl Fn(usize, f32) -> f32) -> Self {
        for values in [&mut self.queries, &mut self.passages] {
            values.iter_mut().enumerate().for_each(|(at, value)| *value = change(at, *value));
        }
        self
    }
}
