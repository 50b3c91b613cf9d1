//! The passages of a pool by their words, and the scores of those that share one with a query.
//!
//! The crate's own scorer looks a query's words up in every passage that holds any of them. Here each word has a list
//! of its passages, and a score is added up list by list, in the order in which the crate adds: the sums are the same
//! to the bit, and no passage is looked at that has none of the words.

use std::collections::HashMap;

use bm25::{Embedder, EmbedderBuilder};
use foldhash::fast::FixedState;

use super::Bm25;
use super::words::Words;
use crate::error::Result;
use crate::parallel::Workers;

/// Passages that are taken to words before the next: enough for all threads, few enough for memory.
const PART: usize = 8192;

/// What no sum of weights can be.
const NOT_FOUND: f32 = -1.0;

/// A word of a passage.
struct Posting {
    /// The passage's place in the pool.
    place: u32,
    /// What the word weighs there, how rare it is not counted.
    weight: f32,
}

/// The passages of one language, or of all.
pub(super) struct Pool {
    embedder: Embedder<u64, Words>,
    /// The passages, ascending.
    documents: Vec<u32>,
    postings: HashMap<u64, Vec<Posting>, FixedState>,
}

/// The scores of a pool's passages for one query, with the memory for those of the next.
#[derive(Default)]
pub(super) struct Scores {
    /// By place; [`NOT_FOUND`] where a passage has none of the words.
    by_place: Vec<f32>,
    found: Vec<u32>,
}

impl Pool {
    /// The pool of some passages, of which each has so many words.
    pub(super) fn new<S: AsRef<str> + Sync>(
        documents: Vec<u32>,
        texts: &[S],
        lengths: &[u32],
        bm25: Bm25,
        workers: &mut Workers<'_, Scores>,
    ) -> Result<Self> {
        let words: u64 =
            documents.iter().map(|document| u64::from(lengths[*document as usize])).sum();
        let avgdl = (words as f64 / documents.len().max(1) as f64) as f32;
        let embedder = EmbedderBuilder::with_avgdl(avgdl).k1(bm25.k1).b(bm25.b).build();
        let mut postings: HashMap<u64, Vec<Posting>, FixedState> = HashMap::default();
        for (part, own) in documents.chunks(PART).enumerate() {
            let embed =
                |_: &mut Scores, document: u32| embedder.embed(texts[document as usize].as_ref());
            let embedded = workers.each(own.iter().copied(), embed)?;
            for (place, passage) in ((part * PART) as u32..).zip(embedded) {
                for word in passage.iter() {
                    let list = postings.entry(word.index).or_default();
                    // A word that is repeated weighs the same at every place of the passage.
                    if list.last().is_none_or(|last| last.place != place) {
                        list.push(Posting { place, weight: word.value });
                    }
                }
            }
        }
        Ok(Self { embedder, documents, postings })
    }

    /// Computes the scores of the passages for a query.
    pub(super) fn score(&self, query: &str, scores: &mut Scores) {
        scores.clear(self.documents.len());
        for word in self.embedder.embed(query).indices() {
            let Some(list) = self.postings.get(word) else { continue };
            let rarity = rarity(self.documents.len(), list.len());
            for posting in list {
                let score = &mut scores.by_place[posting.place as usize];
                if *score == NOT_FOUND {
                    *score = 0.0;
                    scores.found.push(posting.place);
                }
                *score += rarity * posting.weight;
            }
        }
    }

    /// How many passages it holds.
    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    /// The passages that share a word with the query that was last scored, with their scores.
    pub(super) fn found(&self, scores: &Scores) -> impl Iterator<Item = (u32, f32)> {
        let place = |place: &u32| *place as usize;
        scores.found.iter().map(place).map(|at| (self.documents[at], scores.by_place[at]))
    }

    /// The score of a passage, if it is of this pool and shares a word with the query that was last scored.
    pub(super) fn score_of(&self, document: u32, scores: &Scores) -> Option<f32> {
        let place = self.documents.binary_search(&document).ok()?;
        scores.by_place.get(place).copied().filter(|score| *score != NOT_FOUND)
    }
}

/// ln(1 + (N - n + 0.5) / (n + 0.5)), in the crate's order of rounding.
fn rarity(passages: usize, holding: usize) -> f32 {
    let holding = holding as f32;
    (1.0 + (passages as f32 - holding + 0.5) / (holding + 0.5)).ln()
}

impl Scores {
    /// Forgets the scores, for a pool of so many passages.
    fn clear(&mut self, passages: usize) {
        for place in self.found.drain(..) {
            self.by_place[place as usize] = NOT_FOUND;
        }
        self.by_place.resize(passages, NOT_FOUND);
    }
}
