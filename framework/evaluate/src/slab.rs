//! A part of the documents, ready to be multiplied with.
//!
//! However large a collection is, no more than one slab of it stands in memory as prepared numbers. Within a slab the
//! documents are arranged by language, so that its part of a language's pool is one slice of the scores, and within a
//! language by precedence, so that ranks are counted by one comparison a score.

use std::ops::Range;

use crate::collection::Collection;
use crate::order::Precedence;
use crate::parallel;
use crate::similarity::Similarity;
use crate::source::EmbeddingSource;

/// What the search reads of the collection's documents.
pub(crate) struct Shelf<'a> {
    pub(crate) collection: &'a Collection,
    pub(crate) precedence: Precedence,
    pub(crate) similarity: Similarity,
    pub(crate) embeddings: &'a dyn EmbeddingSource,
}

impl Shelf<'_> {
    pub(crate) fn language(&self, document: u32) -> u32 {
        self.collection.documents().language[document as usize]
    }
}

/// Some documents, in the order of the score columns, with their prepared embeddings.
#[derive(Default)]
pub(crate) struct Slab {
    pub(crate) documents: Vec<u32>,
    pub(crate) precedence: Vec<u32>,
    /// The columns of each language that is there, ascending.
    pub(crate) pools: Vec<(u32, Range<usize>)>,
    values: Vec<f32>,
    dim: usize,
}

/// Rows that a thread prepares at a time.
const AT_ONCE: usize = 64;

impl Slab {
    /// Takes these documents in the place of what is here, with as many threads as there are workers.
    pub(crate) fn fill<S: Send>(
        &mut self,
        shelf: &Shelf<'_>,
        documents: impl Iterator<Item = u32>,
        workers: &mut [S],
    ) {
        self.documents.clear();
        self.documents.extend(documents);
        let order = |&document: &u32| (shelf.language(document), shelf.precedence.of(document));
        self.documents.sort_unstable_by_key(order);
        self.precedence.clear();
        self.precedence.extend(self.documents.iter().map(|&d| shelf.precedence.of(d)));

        self.pools.clear();
        let mut start = 0;
        for pool in self.documents.chunk_by(|a, b| shelf.language(*a) == shelf.language(*b)) {
            self.pools.push((shelf.language(pool[0]), start..start + pool.len()));
            start += pool.len();
        }

        self.dim = shelf.embeddings.dim();
        self.values.resize(self.documents.len() * self.dim, 0.0);
        if self.values.is_empty() {
            return;
        }
        let values = self.values.chunks_mut(AT_ONCE * self.dim);
        let parts = self.documents.chunks(AT_ONCE).zip(values);
        parallel::for_each(workers, parts, |_, (documents, values)| {
            for (&document, row) in documents.iter().zip(values.chunks_exact_mut(self.dim)) {
                shelf.embeddings.read(document as usize, row);
                shelf.similarity.prepare(row);
            }
        });
    }

    /// The number of documents.
    pub(crate) fn len(&self) -> usize {
        self.documents.len()
    }

    /// The length of an embedding.
    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    /// The prepared embeddings of some columns, row by row.
    pub(crate) fn values(&self, columns: Range<usize>) -> &[f32] {
        &self.values[columns.start * self.dim..columns.end * self.dim]
    }

    /// The parts of the languages' pools that lie in some columns.
    pub(crate) fn pools_in(
        &self,
        columns: Range<usize>,
    ) -> impl Iterator<Item = (u32, Range<usize>)> + '_ {
        self.pools.iter().filter_map(move |(language, pool)| {
            let part = pool.start.max(columns.start)..pool.end.min(columns.end);
            (!part.is_empty()).then_some((*language, part))
        })
    }
}
