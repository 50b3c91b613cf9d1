//! Exact search over blocks of queries and slabs of documents.
//!
//! The scores of a block of queries and a tile of documents are computed once, serve every setting, and are gone with
//! the next: the pool of one language is a slice of them, a rank is a count that goes on from tile to tile, and so is a
//! list of the best. Memory holds one slab of prepared documents and one tile of scores a thread, never the whole of
//! either. How the work is cut follows from the data alone, and threads take the pieces in turn, so that their number
//! changes how soon a result is there, not what it is.
//!
//! What is held, in bytes: 40 MiB of a slab; 4 × dimension a query; for every query and pool 12 × depth, and
//! 8 × (2 × depth + 128) while it is searched; 4 × block × tile of scores a thread; 8 a document beside the
//! collection's own columns. The embeddings of the documents are asked for row by row and may lie on disk.

use std::ops::Range;

use crate::block::{Found, QueryBlock, Scratch, Search, Tally};
use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::groups::{empty_run, targets};
use crate::order::Precedence;
use crate::parallel::Workers;
use crate::run::{Setting, SettingRun};
use crate::similarity::Similarity;
use crate::slab::{Shelf, Slab};
use crate::source::{EmbeddingSource, check};

/// What to search for, and with how many hands.
#[derive(Clone, Copy)]
pub struct SearchOptions<'a> {
    /// How embeddings become scores.
    pub similarity: Similarity,
    /// The settings to report, one run each, in this order.
    pub settings: &'a [Setting],
    /// Where the windows of each document begin among the rows of the documents' embeddings, and where the last end: then
    /// a document scores as the best of its windows (Litschko et al. 2021, arXiv 2112.11031). Without, each
    /// document has a row.
    pub windows: Option<&'a [usize]>,
    /// How many hits to keep per query and group.
    pub depth: usize,
    /// How many threads may work, the calling one included; zero counts as one. The result does not depend on it.
    pub threads: usize,
    /// Once it says yes, the search ends with [`Error::Cancelled`] after the blocks that are at work.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// Ranks every document for every query, in each of the settings asked for.
///
/// Fails if embeddings do not fit the collection, or if a score is NaN; of several NaN, the error names one that does
/// not depend on the threads: within the first slab that has any, that of the first query and, there, the first
/// document.
pub fn search(
    collection: &Collection,
    queries: &dyn EmbeddingSource,
    documents: &dyn EmbeddingSource,
    options: &SearchOptions<'_>,
) -> Result<Vec<SettingRun>> {
    search_in_blocks(collection, queries, documents, options, &Cut::of(documents))
}

/// How the work is cut.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Queries of a block: many, for the product packs the documents once a block.
    queries: usize,
    /// Documents of a tile; with the queries of a block, its scores should stay near the processor.
    tile: usize,
    /// Documents of a slab.
    slab: usize,
    /// Pieces that the work on a slab should at least have, so that all threads have some.
    pieces: usize,
}

impl Cut {
    fn of(documents: &dyn EmbeddingSource) -> Self {
        const SLAB_VALUES: usize = 10 << 20;
        let slab = (SLAB_VALUES / documents.dim().max(1)).clamp(1 << 10, 1 << 18);
        Self { queries: 256, tile: 1280, slab, pieces: 32 }
    }
}

fn search_in_blocks(
    collection: &Collection,
    queries: &dyn EmbeddingSource,
    documents: &dyn EmbeddingSource,
    options: &SearchOptions<'_>,
    cut: &Cut,
) -> Result<Vec<SettingRun>> {
    check(queries, "query", collection.queries().ids.len())?;
    let count = collection.documents().ids.len();
    check(documents, "document", windows(options.windows, count)?.unwrap_or(count))?;
    if queries.rows() > 0 && documents.rows() > 0 && queries.dim() != documents.dim() {
        let (found, expected) = (documents.dim(), queries.dim());
        return Err(Error::Shape { role: "document", what: "the dimension", found, expected });
    }
    let mut runs: Vec<SettingRun> =
        options.settings.iter().map(|&setting| empty_run(collection, setting)).collect();
    let shelf = Shelf {
        collection,
        precedence: Precedence::new(&collection.documents().ids),
        similarity: options.similarity,
        embeddings: documents,
        windows: options.windows,
    };
    let languages = 0..collection.languages().len() as u32;
    let targets: Vec<_> = languages.map(|language| targets(&runs, language)).collect();
    let search = Search { shelf: &shelf, targets, depth: options.depth, tile: cut.tile };
    let pass = Pass { search: &search, options, cut };
    for found in pass.run(queries)? {
        let run = &mut runs[found.target.run];
        let group = &mut run.groups[found.target.group];
        match found.outcome {
            Some(query) => group.queries.push(query),
            None => {
                group.left_out += 1;
                run.left_out += 1;
            }
        }
    }
    Ok(runs)
}

/// The number of rows that windows of so many documents ask for, each of which must have one.
fn windows(starts: Option<&[usize]>, documents: usize) -> Result<Option<usize>> {
    let Some(starts) = starts else { return Ok(None) };
    if starts.len() != documents + 1 {
        let (found, expected) = (starts.len(), documents + 1);
        return Err(Error::Length { table: "windows", column: "starts", found, expected });
    }
    match starts.windows(2).position(|pair| pair[0] >= pair[1]) {
        Some(document) => Err(Error::NoWindow { document }),
        None => Ok(starts.last().zip(starts.first()).map(|(last, first)| last - first)),
    }
}

/// One pass over the documents.
struct Pass<'a> {
    search: &'a Search<'a>,
    options: &'a SearchOptions<'a>,
    cut: &'a Cut,
}

impl Pass<'_> {
    /// What was found, by query.
    fn run(&self, queries: &dyn EmbeddingSource) -> Result<Vec<Found>> {
        let mut workers = Workers::new(self.options.threads, self.options.cancelled);
        let order = self.order();
        let asked: Vec<&[u32]> = order.chunks(self.cut.queries).collect();
        let blocks = workers.each(asked.into_iter(), |scratch, asked| {
            QueryBlock::new(asked.to_vec(), queries, self.search, scratch)
        })?;
        // With few queries the documents are cut too, into stripes with tallies of their own.
        let stripes = self.cut.pieces.div_ceil(blocks.len().max(1));
        let mut tallies: Vec<Vec<Tally>> =
            blocks.iter().map(|block| (0..stripes).map(|_| block.tally()).collect()).collect();
        let mut slab = Slab::default();
        let mut found = Vec::new();
        let documents = self.search.shelf.collection.documents().ids.len();
        let mut end = 0;
        loop {
            let rows = end..self.search.shelf.after(end, self.cut.slab);
            end = rows.end;
            let last = rows.end as usize == documents;
            slab.fill(self.search.shelf, rows, workers.memory());
            found.extend(self.search_slab(&slab, last, &blocks, &mut tallies, &mut workers)?);
            if last {
                break;
            }
        }
        drop(slab);
        if stripes > 1 {
            let parts: Vec<_> = blocks.iter().zip(tallies).collect();
            let finish = |scratch: &mut Scratch, (block, tallies): (&QueryBlock, _)| {
                block.finish(tallies, self.search, scratch)
            };
            let parts = workers.each(parts.into_iter(), finish)?;
            found.extend(parts.into_iter().flatten());
        }
        found.sort_by_key(|found| found.query);
        Ok(found)
    }

    /// Searches a slab for all blocks, and says what was found for those that are done: in the last slab, all that
    /// have one tally. They leave their memory to the next.
    fn search_slab(
        &self,
        slab: &Slab,
        last: bool,
        blocks: &[QueryBlock],
        tallies: &mut [Vec<Tally>],
        workers: &mut Workers<'_, Scratch>,
    ) -> Result<Vec<Found>> {
        let stripes = tallies.first().map_or(1, Vec::len);
        let pieces: Vec<_> = blocks
            .iter()
            .zip(tallies.iter_mut())
            .flat_map(|(block, own)| {
                own.iter_mut().enumerate().map(move |(at, tally)| (block, at, tally))
            })
            .collect();
        let done = workers.each(pieces.into_iter(), |scratch, (block, at, tally)| {
            let columns = stripe(slab.len(), at, stripes);
            let nan = block.search(slab, columns, self.search, tally, scratch);
            if last && stripes == 1 {
                return (nan, block.finish(vec![std::mem::take(tally)], self.search, scratch));
            }
            tally.settle(self.options.depth);
            (nan, Vec::new())
        })?;
        let (nan, found): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        match nan.into_iter().flatten().min() {
            Some((query, document)) => Err(self.nan(query, document)),
            None => Ok(found.into_iter().flatten().collect()),
        }
    }

    /// The queries in an order in which those of a block share what is judged for them, which is what is parallel; or
    /// the pools that they are searched against, if none is searched against all.
    fn order(&self) -> Vec<u32> {
        let queries = self.search.shelf.collection.queries();
        let mut order: Vec<u32> = (0..queries.ids.len() as u32).collect();
        let alone = self.options.settings.iter().all(|setting| *setting == Setting::Monolingual);
        let key = if alone { &queries.language } else { &queries.group };
        order.sort_by_key(|&query| key[query as usize]);
        order
    }

    fn nan(&self, query: u32, document: u32) -> Error {
        let collection = self.search.shelf.collection;
        Error::NanScore {
            query: collection.queries().ids[query as usize].clone(),
            document: collection.documents().ids[document as usize].clone(),
        }
    }
}

/// The columns of one of so many stripes.
fn stripe(columns: usize, at: usize, stripes: usize) -> Range<usize> {
    at * columns / stripes..(at + 1) * columns / stripes
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
