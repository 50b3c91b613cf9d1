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

mod pool;
mod words;

use bm25::Tokenizer;

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::groups::{Target, empty_run, targets};
use crate::order::{Precedence, Spare, Top};
use crate::parallel::Workers;
use crate::run::{Hit, Judged, QueryRun, Setting, SettingRun};
use pool::{Pool, Scores};
use words::Words;

/// The parameters of BM25.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bm25 {
    /// How soon a word that is repeated counts no more, from 0; usual are 0.9 to 2.
    pub k1: f32,
    /// How much long passages are discounted, from 0 to 1.
    pub b: f32,
}

/// Those of Anserini and Pyserini, which the baselines of MIRACL and BEIR are computed with (Yang, Fang and Lin 2017).
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
    let mut workers = Workers::new(options.threads, options.cancelled);
    let rows = 0..documents.len() as u32;
    let length = |row: u32| Words.tokenize(documents[row as usize].as_ref()).len() as u32;
    let lengths = workers.each(rows.clone(), |_: &mut Scores, row| length(row))?;
    let precedence = Precedence::new(&collection.documents().ids);
    let index = Index { collection, precedence, depth: options.depth };
    // One pool at a time: that of all languages holds as many words as all others together.
    for language in pools(&runs) {
        let own = |row: &u32| {
            language.is_none_or(|own| collection.documents().language[*row as usize] == own)
        };
        let own = rows.clone().filter(own).collect();
        let pool = Pool::new(own, documents, &lengths, options.bm25, &mut workers)?;
        for asking in 0..collection.languages().len() as u32 {
            let is_asked = |query: &u32| collection.queries().language[*query as usize] == asking;
            let asked: Vec<u32> = (0..queries.len() as u32).filter(is_asked).collect();
            for target in targets(&runs, asking) {
                if target.pool_language == language {
                    let found = workers.each(asked.iter().copied(), |scores, query| {
                        let text = queries[query as usize].as_ref();
                        index.search((query, text), (language, &pool), scores)
                    })?;
                    keep(&mut runs, target, found);
                }
            }
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

/// What is the same for all pools of a search.
struct Index<'a> {
    collection: &'a Collection,
    precedence: Precedence,
    depth: usize,
}

impl Index<'_> {
    /// The outcome of one query in one pool, or nothing where the pool holds no relevant passage.
    fn search(
        &self,
        (query, text): (u32, &str),
        (pool_language, pool): (Option<u32>, &Pool),
        scores: &mut Scores,
    ) -> Option<QueryRun> {
        let language = |document: u32| self.collection.documents().language[document as usize];
        let judgements = self.collection.judgements(query as usize).iter().filter(|judgement| {
            pool_language.is_none_or(|pool| language(judgement.document) == pool)
        });
        let relevant = judgements.clone().filter(|judgement| judgement.grade > 0).count() as u32;
        if relevant == 0 {
            return None;
        }
        pool.score(text, scores);
        let (documents, values): (Vec<u32>, Vec<f32>) = pool.found(scores).unzip();
        let precedence: Vec<u32> =
            documents.iter().map(|document| self.precedence.of(*document)).collect();
        let rank = |document: u32| {
            let Some(own) = pool.score_of(document, scores) else { return 0 };
            let place = self.precedence.of(document);
            let found = values.iter().zip(&precedence);
            let ahead =
                found.filter(|(score, other)| **score > own || (**score == own && **other < place));
            1 + ahead.count() as u32
        };
        let judge = |document: u32, grade| Judged {
            document,
            rank: rank(document),
            grade,
            language: language(document),
        };
        let mut judged: Vec<Judged> =
            judgements.map(|judgement| judge(judgement.document, judgement.grade)).collect();
        judged.sort_by_key(|judged| judged.rank.wrapping_sub(1));
        let (mut top, mut spare) = (Top::default(), Spare::default());
        top.offer(&values, &precedence, self.depth, &mut spare);
        let hit = |document, score| Hit { document, language: language(document), score };
        let top = top.ranked(self.depth, &self.precedence, &mut spare, hit);
        let unretrieved = (pool.len() - documents.len()) as u32;
        Some(QueryRun { query, relevant, unretrieved, judged, top })
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
