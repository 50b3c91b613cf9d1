//! Exact search over blocks of queries.
//!
//! A block's scores against all documents are computed once and serve every setting: the pool of one language is a
//! slice of them. Memory holds one block a thread, never the whole matrix. Blocks have a size that only the data
//! fixes, and threads take them in turn, so the number of threads changes how soon a result is there, not what it is.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::groups::{Target, empty_run, targets};
use crate::product::dot_products;
use crate::rank::Arrangement;
use crate::run::{Judged, QueryRun, Setting, SettingRun};
use crate::similarity::{Embeddings, Similarity};

/// What to search for, and with how many hands.
#[derive(Clone, Copy)]
pub struct SearchOptions<'a> {
    /// How embeddings become scores.
    pub similarity: Similarity,
    /// The settings to report, one run each, in this order.
    pub settings: &'a [Setting],
    /// How many hits to keep per query and group.
    pub depth: usize,
    /// How many threads may work, the calling one included; zero counts as one. The result does not depend on it.
    pub threads: usize,
    /// Once it says yes, the search ends with [`Error::Cancelled`] after the blocks that are at work.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// Ranks every document for every query, in each of the settings asked for.
///
/// Fails if an embedding matrix does not fit the collection, or if a score is NaN; of several NaN, the error names
/// the first query and, there, the first document.
pub fn search(
    collection: &Collection,
    queries: Embeddings<'_>,
    documents: Embeddings<'_>,
    options: &SearchOptions<'_>,
) -> Result<Vec<SettingRun>> {
    search_in_blocks(collection, queries, documents, options, block_rows(documents.rows))
}

/// The product repacks all documents once a block, which many rows make cheap; but the block's scores should stay
/// near the processor, and below the size of the embeddings themselves.
fn block_rows(documents: usize) -> usize {
    const SCORES: usize = 1 << 22;
    (SCORES / documents.max(1)).clamp(32, 256)
}

fn search_in_blocks(
    collection: &Collection,
    queries: Embeddings<'_>,
    documents: Embeddings<'_>,
    options: &SearchOptions<'_>,
    block_rows: usize,
) -> Result<Vec<SettingRun>> {
    queries.check("query", collection.queries().ids.len())?;
    documents.check("document", collection.documents().ids.len())?;
    if queries.rows > 0 && documents.rows > 0 && queries.dim != documents.dim {
        let (found, expected) = (documents.dim, queries.dim);
        return Err(Error::Shape { role: "document", what: "the dimension", found, expected });
    }

    let arrangement = Arrangement::new(collection.documents(), collection.languages().len());
    let mut prepared = Vec::with_capacity(documents.data.len());
    for &document in arrangement.order() {
        options.similarity.prepare(documents.row(document as usize), &mut prepared);
    }
    let mut runs: Vec<SettingRun> = options
        .settings
        .iter()
        .map(|&setting| empty_run(collection, &arrangement, setting))
        .collect();
    let searcher = Searcher {
        collection,
        queries,
        documents: prepared,
        arrangement,
        options,
        block_rows,
        groups: targets(&runs),
    };
    for block in searcher.run() {
        for found in block? {
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
    }
    Ok(runs)
}

/// What one query came to in one group; nothing if it was left out.
struct Found {
    target: Target,
    outcome: Option<QueryRun>,
}

/// Memory that a thread uses again for every block.
#[derive(Default)]
struct Scratch {
    queries: Vec<f32>,
    scores: Vec<f32>,
    keys: Vec<u64>,
}

struct Searcher<'a> {
    collection: &'a Collection,
    queries: Embeddings<'a>,
    /// Prepared for the similarity, and in the order of the score columns.
    documents: Vec<f32>,
    arrangement: Arrangement,
    options: &'a SearchOptions<'a>,
    block_rows: usize,
    groups: Vec<Target>,
}

impl Searcher<'_> {
    /// Searches all blocks and returns them in order; after an error, those behind it may be missing.
    fn run(&self) -> Vec<Result<Vec<Found>>> {
        let blocks = self.queries.rows.div_ceil(self.block_rows);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut scratch = Scratch::default();
            let mut done = Vec::new();
            loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                if block >= blocks {
                    return done;
                }
                let found = match (self.options.cancelled)() {
                    true => Err(Error::Cancelled),
                    false => self.search_block(block, &mut scratch),
                };
                if found.is_err() {
                    next.fetch_max(blocks, Ordering::Relaxed);
                }
                done.push((block, found));
            }
        };
        let mut done = thread::scope(|scope| {
            // A thread that the system refuses makes the search slower, and nothing else.
            let spawn =
                |_| thread::Builder::new().name("search".into()).spawn_scoped(scope, work).ok();
            let helpers: Vec<_> = (1..self.options.threads.min(blocks)).filter_map(spawn).collect();
            let mut done = work();
            for helper in helpers {
                done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done
        });
        done.sort_unstable_by_key(|&(block, _)| block);
        done.into_iter().map(|(_, found)| found).collect()
    }

    fn search_block(&self, block: usize, scratch: &mut Scratch) -> Result<Vec<Found>> {
        let first = block * self.block_rows;
        let queries = first..self.queries.rows.min(first + self.block_rows);
        scratch.queries.clear();
        for query in queries.clone() {
            self.options.similarity.prepare(self.queries.row(query), &mut scratch.queries);
        }
        dot_products(&scratch.queries, &self.documents, self.queries.dim, &mut scratch.scores);

        let columns = self.arrangement.order().len();
        let mut found = Vec::new();
        for query in queries {
            let start = (query - first) * columns;
            let scores = &mut scratch.scores[start..start + columns];
            self.settle(query, scores)?;
            let language = self.collection.queries().language[query];
            for &target in self.groups.iter().filter(|target| target.query_language == language) {
                let outcome = self.rank(query, scores, target.pool_language, &mut scratch.keys);
                found.push(Found { target, outcome });
            }
        }
        Ok(found)
    }

    /// Refuses NaN, and turns negative zero into zero, which leaves scores that order alike as floats and as bits.
    fn settle(&self, query: usize, scores: &mut [f32]) -> Result<()> {
        let mut any_nan = false;
        for score in scores.iter_mut() {
            *score += 0.0;
            any_nan |= score.is_nan();
        }
        if !any_nan {
            return Ok(());
        }
        let nan =
            self.arrangement.order().iter().zip(scores.iter()).filter(|(_, score)| score.is_nan());
        let document = nan.map(|(&document, _)| document as usize).min().unwrap_or_default();
        Err(Error::NanScore {
            query: self.collection.queries().ids[query].clone(),
            document: self.collection.documents().ids[document].clone(),
        })
    }

    /// The outcome of one query in one pool, or nothing where the pool holds no relevant passage.
    fn rank(
        &self,
        query: usize,
        scores: &[f32],
        pool: Option<u32>,
        keys: &mut Vec<u64>,
    ) -> Option<QueryRun> {
        let language = &self.collection.documents().language;
        let columns = self.arrangement.pool(pool);
        let in_pool = self.collection.judgements(query).iter().filter(|judgement| {
            pool.is_none_or(|pool| language[judgement.document as usize] == pool)
        });
        let relevant = in_pool.clone().filter(|judgement| judgement.grade > 0).count();
        if relevant == 0 {
            return None;
        }
        let mut judged: Vec<Judged> = in_pool
            .map(|judgement| Judged {
                document: judgement.document,
                rank: self.arrangement.rank(
                    scores,
                    columns.clone(),
                    self.arrangement.column(judgement.document),
                ),
                grade: judgement.grade,
                language: language[judgement.document as usize],
            })
            .collect();
        judged.sort_unstable_by_key(|judged| judged.rank);
        let top = self.arrangement.top(scores, columns, self.options.depth, keys, language);
        Some(QueryRun { query: query as u32, relevant: relevant as u32, judged, top })
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
