//! BM25: what words alone find.
//!
//! A model that finds less than this has learnt little, so that a table of models wants it as a line (Robertson and
//! Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", section 3.2). The weights are those of the
//! crate bm25: of a query's word t in a passage of length |d|, where it stands f times,
//!
//! ```text
//! ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5)) · f (k1 + 1) / (f + k1 (1 - b + b |d| / avgdl))
//! ```
//!
//! with N passages in the pool, of which n(t) hold t, and avgdl their mean length in words. All three are the pool's, so
//! every pool has an index of its own: that of a language, and that of all.
//!
//! A passage without any of the query's words is not retrieved. Its rank is 0, as in the lists that other engines cut.

mod words;

use std::sync::atomic::{AtomicBool, Ordering};

use bm25::{Embedder, EmbedderBuilder, Scorer, Tokenizer};

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::groups::{Target, empty_run, targets};
use crate::order::Precedence;
use crate::parallel;
use crate::run::{Hit, Judged, QueryRun, Setting, SettingRun};
use words::Words;

/// The parameters of BM25.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bm25 {
    /// How soon a word that is repeated counts no more, from 0; usual are 0.9 to 2.
    pub k1: f32,
    /// How much long passages are discounted, from 0 to 1.
    pub b: f32,
}

/// Those of Anserini, which the baselines of MIRACL and BEIR are computed with (Yang et al. 2017).
impl Default for Bm25 {
    fn default() -> Self {
        Self { k1: 0.9, b: 0.4 }
    }
}

/// What to search for by words, and with how many hands.
#[derive(Clone, Copy)]
pub struct LexicalOptions<'a> {
    /// The weights of words.
    pub bm25: Bm25,
    /// The settings to report, one run each, in this order.
    pub settings: &'a [Setting],
    /// How many hits to keep per query and group.
    pub depth: usize,
    /// How many threads may work, the calling one included; zero counts as one. The result does not depend on it.
    pub threads: usize,
    /// Once it says yes, the search ends with [`Error::Cancelled`].
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// Ranks the passages that share a word with a query, in each of the settings asked for.
///
/// `queries` and `documents` are the texts of the collection's, in its order. Fails if they are not as many.
pub fn search_words<S: AsRef<str> + Sync>(
    collection: &Collection,
    queries: &[S],
    documents: &[S],
    options: &LexicalOptions<'_>,
) -> Result<Vec<SettingRun>> {
    check("queries", queries.len(), collection.queries().ids.len())?;
    check("documents", documents.len(), collection.documents().ids.len())?;
    let mut runs: Vec<SettingRun> =
        options.settings.iter().map(|&setting| empty_run(collection, setting)).collect();
    let precedence = Precedence::new(&collection.documents().ids);
    let index = Index { collection, precedence, depth: options.depth };
    let mut workers = vec![(); options.threads.max(1)];
    let pools: Vec<Pool> = in_parallel(&mut workers, options, pools(&runs), |of| {
        Pool::new(of, collection, documents, options.bm25)
    })?;
    for language in 0..collection.languages().len() as u32 {
        let asked: Vec<u32> = (0..queries.len() as u32)
            .filter(|&query| collection.queries().language[query as usize] == language)
            .collect();
        for target in targets(&runs, language) {
            let Some(pool) = pools.iter().find(|pool| pool.language == target.pool_language) else {
                continue;
            };
            let found = in_parallel(&mut workers, options, asked.clone(), |query| {
                index.search(query, queries[query as usize].as_ref(), pool)
            })?;
            keep(&mut runs, target, found);
        }
    }
    Ok(runs)
}

fn check(table: &'static str, found: usize, expected: usize) -> Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(Error::Length { table, column: "text", found, expected }),
    }
}

/// The pools that any group is searched in.
fn pools(runs: &[SettingRun]) -> Vec<Option<u32>> {
    let mut pools: Vec<_> =
        runs.iter().flat_map(|run| run.groups.iter().map(|group| group.pool_language)).collect();
    pools.sort_unstable();
    pools.dedup();
    pools
}

fn keep(runs: &mut [SettingRun], target: Target, found: Vec<Option<QueryRun>>) {
    let run = &mut runs[target.run];
    let group = &mut run.groups[target.group];
    let left_out = found.iter().filter(|found| found.is_none()).count();
    group.left_out += left_out;
    run.left_out += left_out;
    group.queries.extend(found.into_iter().flatten());
}

/// Does `work` on every item and keeps what comes of it, in order.
fn in_parallel<T: Send, R: Send>(
    workers: &mut [()],
    options: &LexicalOptions<'_>,
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Result<Vec<R>> {
    let cancelled = AtomicBool::new(false);
    let mut done: Vec<Option<R>> = Vec::new();
    done.resize_with(items.len(), || None);
    parallel::for_each(workers, items.into_iter().zip(&mut done), |(), (item, done)| {
        if cancelled.load(Ordering::Relaxed) || (options.cancelled)() {
            cancelled.store(true, Ordering::Relaxed);
        } else {
            *done = Some(work(item));
        }
    });
    done.into_iter().collect::<Option<Vec<R>>>().ok_or(Error::Cancelled)
}

/// The passages of one language, or of all, by their words.
struct Pool {
    language: Option<u32>,
    embedder: Embedder<u64, Words>,
    scorer: Scorer<u32, u64>,
}

impl Pool {
    fn new<S: AsRef<str>>(
        language: Option<u32>,
        collection: &Collection,
        texts: &[S],
        bm25: Bm25,
    ) -> Self {
        let languages = collection.documents().language.iter();
        let own =
            |(_, (own, _)): &(_, (&u32, _))| language.is_none_or(|language| **own == language);
        let rows = || (0..).zip(languages.clone().zip(texts)).filter(own);
        let (mut words, mut passages) = (0_u64, 0_u64);
        for (_, (_, text)) in rows() {
            words += Words.tokenize(text.as_ref()).len() as u64;
            passages += 1;
        }
        let avgdl = (words as f64 / passages.max(1) as f64) as f32;
        let embedder = EmbedderBuilder::with_avgdl(avgdl).k1(bm25.k1).b(bm25.b).build();
        let mut scorer = Scorer::new();
        for (document, (_, text)) in rows() {
            scorer.upsert(&document, embedder.embed(text.as_ref()));
        }
        Self { language, embedder, scorer }
    }
}

/// What is the same for all pools of a search.
struct Index<'a> {
    collection: &'a Collection,
    precedence: Precedence,
    depth: usize,
}

impl Index<'_> {
    /// The outcome of one query in one pool, or nothing where the pool holds no relevant passage.
    fn search(&self, query: u32, text: &str, pool: &Pool) -> Option<QueryRun> {
        let language = |document: u32| self.collection.documents().language[document as usize];
        let judgements = self.collection.judgements(query as usize).iter().filter(|judgement| {
            pool.language.is_none_or(|pool| language(judgement.document) == pool)
        });
        let relevant = judgements.clone().filter(|judgement| judgement.grade > 0).count() as u32;
        if relevant == 0 {
            return None;
        }
        let mut hits = pool.scorer.matches(&pool.embedder.embed(text));
        hits.sort_unstable_by(|a, b| {
            let precedence = |hit: u32| self.precedence.of(hit);
            b.score.total_cmp(&a.score).then_with(|| precedence(a.id).cmp(&precedence(b.id)))
        });
        let mut judged: Vec<Judged> = judgements
            .map(|judgement| Judged {
                document: judgement.document,
                rank: 0,
                grade: judgement.grade,
                language: language(judgement.document),
            })
            .collect();
        for (rank, hit) in (1..).zip(&hits) {
            if let Ok(at) = judged.binary_search_by_key(&hit.id, |judged| judged.document) {
                judged[at].rank = rank;
            }
        }
        judged.sort_by_key(|judged| judged.rank.wrapping_sub(1));
        let hit = |hit: &bm25::ScoredDocument<u32>| Hit {
            document: hit.id,
            language: language(hit.id),
            score: hit.score,
        };
        let top = hits.iter().take(self.depth).map(hit).collect();
        Some(QueryRun { query, relevant, judged, top })
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
