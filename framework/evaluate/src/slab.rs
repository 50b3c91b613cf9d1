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
    /// Where the windows of each document begin among the rows of its embeddings; without, each has a row.
    pub(crate) windows: Option<&'a [usize]>,
}

impl Shelf<'_> {
    pub(crate) fn language(&self, document: u32) -> u32 {
        self.collection.documents().language[document as usize]
    }

    /// The rows of a document's embeddings.
    pub(crate) fn rows(&self, document: u32) -> Range<usize> {
        let document = document as usize;
        match self.windows {
            Some(starts) => starts[document] - starts[0]..starts[document + 1] - starts[0],
            None => document..document + 1,
        }
    }

    /// The first document after so many rows from the beginning of another, and at least the next.
    pub(crate) fn after(&self, document: u32, rows: usize) -> u32 {
        let documents = self.collection.documents().ids.len() as u32;
        let end = match self.windows {
            Some(starts) => {
                let most = starts[document as usize] + rows;
                starts.partition_point(|&start| start <= most) as u32 - 1
            }
            None => document.saturating_add(u32::try_from(rows).unwrap_or(u32::MAX)),
        };
        end.clamp((document + 1).min(documents), documents)
    }
}

/// Some documents, in the order of the score columns, with their prepared embeddings.
#[derive(Default)]
pub(crate) struct Slab {
    pub(crate) documents: Vec<u32>,
    pub(crate) precedence: Vec<u32>,
    /// The columns of each language that is there, ascending.
    pub(crate) pools: Vec<(u32, Range<usize>)>,
    /// Where the rows of each column begin, and the last end.
    starts: Vec<usize>,
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

        self.starts.clear();
        self.starts.push(0);
        let mut rows = 0;
        for &document in &self.documents {
            rows += shelf.rows(document).len();
            self.starts.push(rows);
        }
        self.dim = shelf.embeddings.dim();
        self.values.resize(rows * self.dim, 0.0);
        if self.values.is_empty() {
            return;
        }
        let mut rest = &mut *self.values;
        let mut parts = Vec::with_capacity(self.documents.len().div_ceil(AT_ONCE));
        for (part, documents) in self.documents.chunks(AT_ONCE).enumerate() {
            let first = part * AT_ONCE;
            let rows = self.starts[first + documents.len()] - self.starts[first];
            let (own, others) = std::mem::take(&mut rest).split_at_mut(rows * self.dim);
            parts.push((documents, own));
            rest = others;
        }
        parallel::for_each(workers, parts.into_iter(), |_, (documents, values)| {
            let rows = documents.iter().flat_map(|&document| shelf.rows(document));
            for (row, into) in rows.zip(values.chunks_exact_mut(self.dim)) {
                shelf.embeddings.read(row, into);
                shelf.similarity.prepare(into);
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
        &self.values[self.starts[columns.start] * self.dim..self.starts[columns.end] * self.dim]
    }

    /// Where the rows of some columns begin, and the last end.
    pub(crate) fn starts(&self, columns: Range<usize>) -> &[usize] {
        &self.starts[columns.start..=columns.end]
    }

    /// Some columns, cut into tiles of at most about `rows` rows: whole pools, as many as fit, for then a list of the best
    /// of one is made at once; and parts of those that are larger. A document that alone has more rows is a tile.
    pub(crate) fn tiles(&self, columns: Range<usize>, rows: usize) -> Vec<Range<usize>> {
        let mut tiles: Vec<Range<usize>> = Vec::new();
        for (_, pool) in self.pools_in(columns) {
            match tiles.last_mut() {
                Some(last) if self.starts[pool.end] - self.starts[last.start] <= rows => {
                    last.end = pool.end;
                }
                _ => tiles.extend(self.parts(pool, rows)),
            }
        }
        tiles
    }

    /// Columns in parts of about as many rows, at most about `rows`.
    fn parts(&self, columns: Range<usize>, rows: usize) -> impl Iterator<Item = Range<usize>> {
        let starts = self.starts(columns.clone());
        let (first, last) = (starts[0], starts[columns.len()]);
        let parts = (last - first).div_ceil(rows);
        let border = move |part: usize| {
            let row = first + part * (last - first) / parts;
            columns.start + starts.partition_point(|&start| start < row)
        };
        (0..parts).map(move |part| border(part)..border(part + 1)).filter(|part| !part.is_empty())
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
