//! A block of queries on its way through the documents: scores become counts and lists, and are forgotten.
//!
//! The scores of the judged documents are computed first. Whoever is ahead of them can then be counted wherever it
//! turns up, and no score has to be kept. They are compared with scores of other products, and are the same numbers to
//! the bit where the documents are the same ([`Scores`]).

use std::ops::Range;

use crate::groups::Target;
use crate::order::{Top, ahead};
use crate::product::Scores;
use crate::run::{Hit, Judged, QueryRun};
use crate::slab::{Shelf, Slab};
use crate::source::EmbeddingSource;

/// Queries that are multiplied at once.
pub(crate) struct QueryBlock {
    /// Their numbers in the collection.
    queries: Vec<u32>,
    /// Their prepared embeddings.
    values: Vec<f32>,
    /// Where the judgements of each query begin in `own`; one more than there are queries.
    offsets: Vec<usize>,
    /// The score of every judged document.
    own: Vec<f32>,
    /// Where the targets of each query begin in lists of one for every query and target.
    lists: Vec<usize>,
}

/// The pools that queries of each language are searched against.
pub(crate) type Targets = Vec<Vec<Target>>;

/// What was counted and kept for a block of queries, in a part of the documents.
#[derive(Default)]
pub(crate) struct Tally {
    /// For every judgement, the documents ahead in the pool of its document's language, and in that of all.
    ahead: Vec<(u32, u32)>,
    /// For every query and target, the best documents.
    tops: Vec<Top>,
}

/// Memory that a thread uses again and again.
#[derive(Default)]
pub(crate) struct Scratch {
    scores: Scores,
    judged: Slab,
}

/// One query's outcome in one group; nothing if it was left out.
pub(crate) struct Found {
    pub(crate) query: u32,
    pub(crate) target: Target,
    pub(crate) outcome: Option<QueryRun>,
}

impl QueryBlock {
    /// Prepares queries and finds the scores of what is judged for them.
    pub(crate) fn new(
        queries: Vec<u32>,
        embeddings: &dyn EmbeddingSource,
        shelf: &Shelf<'_>,
        targets: &Targets,
        tile: usize,
        scratch: &mut Scratch,
    ) -> Self {
        let dim = embeddings.dim();
        let mut values = vec![0.0; queries.len() * dim];
        for (&query, row) in queries.iter().zip(values.chunks_exact_mut(dim.max(1))) {
            embeddings.read(query as usize, row);
            shelf.similarity.prepare(row);
        }
        let (mut offsets, mut lists) = (vec![0], vec![0]);
        for &query in &queries {
            let last = |ends: &[usize]| ends.last().copied().unwrap_or_default();
            let judged = shelf.collection.judgements(query as usize).len();
            offsets.push(last(&offsets) + judged);
            let language = shelf.collection.queries().language[query as usize];
            lists.push(last(&lists) + targets[language as usize].len());
        }
        let mut block = Self { queries, values, offsets, own: Vec::new(), lists };
        block.score_judged(shelf, tile, scratch);
        block
    }

    fn score_judged(&mut self, shelf: &Shelf<'_>, tile: usize, scratch: &mut Scratch) {
        let judgements = |query: &u32| shelf.collection.judgements(*query as usize);
        let all = self.queries.iter().flat_map(judgements).map(|judgement| judgement.document);
        let mut documents: Vec<u32> = all.collect();
        documents.sort_unstable();
        documents.dedup();
        self.own = vec![0.0; self.offsets.last().copied().unwrap_or_default()];
        let Scratch { scores, judged } = scratch;
        for documents in documents.chunks(tile) {
            judged.fill(shelf, documents.iter().copied(), &mut [()]);
            scores.multiply(&self.values, judged.values(0..documents.len()), judged.dim());
            // Which column a document of this tile stands in.
            let mut columns: Vec<(u32, usize)> =
                judged.documents.iter().enumerate().map(|(column, &d)| (d, column)).collect();
            columns.sort_unstable();
            for (row, query) in self.queries.iter().enumerate() {
                let own = &mut self.own[self.offsets[row]..self.offsets[row + 1]];
                for (judgement, own) in judgements(query).iter().zip(own) {
                    if let Ok(at) = columns.binary_search_by_key(&judgement.document, |c| c.0) {
                        *own = scores.row(row)[columns[at].1];
                    }
                }
            }
        }
    }

    /// An empty tally.
    pub(crate) fn tally(&self) -> Tally {
        let tops = self.lists.last().copied().unwrap_or_default();
        Tally {
            ahead: vec![(0, 0); self.own.len()],
            tops: (0..tops).map(|_| Top::default()).collect(),
        }
    }

    /// Searches some columns of a slab, and says of which query and document, if any, the score is NaN.
    pub(crate) fn search(
        &self,
        slab: &Slab,
        columns: Range<usize>,
        search: &Search<'_>,
        tally: &mut Tally,
        scratch: &mut Scratch,
    ) -> Option<(u32, u32)> {
        let mut nan = None;
        let scores = &mut scratch.scores;
        let tiles = columns.len().div_ceil(search.tile);
        let border = |tile: usize| columns.start + tile * columns.len() / tiles;
        for tile in (0..tiles).map(|tile| border(tile)..border(tile + 1)) {
            if !self.wants(slab, tile.clone(), search) {
                continue;
            }
            scores.multiply(&self.values, slab.values(tile.clone()), slab.dim());
            pulp::Arch::new().dispatch(|| {
                for row in 0..self.queries.len() {
                    let scores = scores.row(row);
                    self.count(row, scores, slab, tile.clone(), search, tally);
                    if scores.iter().fold(false, |any, score| any | score.is_nan()) {
                        let documents = &slab.documents[tile.clone()];
                        let undefined = scores.iter().zip(documents).filter(|(s, _)| s.is_nan());
                        let named = undefined.map(|(_, &document)| (self.queries[row], document));
                        nan = named.chain(nan).min();
                    }
                }
            });
        }
        nan
    }

    /// Gives back the memory of what is not among the best in the end.
    pub(crate) fn settle(&self, tally: &mut Tally, search: &Search<'_>) {
        tally.tops.iter_mut().for_each(|top| top.settle(search.depth));
    }

    /// Whether any query is searched against the pool of any of the columns.
    fn wants(&self, slab: &Slab, columns: Range<usize>, search: &Search<'_>) -> bool {
        let mut languages = self.queries.iter().map(|&query| search.targets_of(query));
        languages.any(|targets| {
            slab.pools_in(columns.clone()).any(|(language, _)| {
                targets
                    .iter()
                    .any(|target| target.pool_language.is_none_or(|pool| pool == language))
            })
        })
    }

    /// Looks at the scores of one query in some columns.
    #[inline(always)]
    fn count(
        &self,
        row: usize,
        scores: &[f32],
        slab: &Slab,
        columns: Range<usize>,
        search: &Search<'_>,
        tally: &mut Tally,
    ) {
        let query = self.queries[row];
        let targets = search.targets_of(query);
        let all = targets.iter().any(|target| target.pool_language.is_none());
        let judgements = search.shelf.collection.judgements(query as usize);
        let judged = self.offsets[row]..self.offsets[row + 1];
        let tops = &mut tally.tops[self.lists[row]..self.lists[row + 1]];
        for (language, part) in slab.pools_in(columns.clone()) {
            let precedence = &slab.precedence[part.clone()];
            let scores = &scores[part.start - columns.start..part.end - columns.start];
            for (target, top) in targets.iter().zip(&mut *tops) {
                if target.pool_language.is_none_or(|pool| pool == language) {
                    top.offer(scores, precedence, search.depth);
                }
            }
            let own = self.own[judged.clone()].iter().zip(&mut tally.ahead[judged.clone()]);
            for (judgement, (&own, (in_own, in_all))) in judgements.iter().zip(own) {
                let is_own = search.shelf.language(judgement.document) == language;
                if !all && !is_own {
                    continue;
                }
                let before = search.shelf.precedence.of(judgement.document);
                let place = precedence.partition_point(|&precedence| precedence < before);
                let ahead = ahead(scores, place, own);
                *in_all += ahead;
                if is_own {
                    *in_own += ahead;
                }
            }
        }
    }

    /// What the tallies of all parts of the documents come to.
    pub(crate) fn finish(&self, tallies: Vec<Tally>, search: &Search<'_>) -> Vec<Found> {
        let mut whole = self.tally();
        for tally in tallies {
            for (sum, part) in whole.ahead.iter_mut().zip(tally.ahead) {
                *sum = (sum.0 + part.0, sum.1 + part.1);
            }
            whole.tops.iter_mut().zip(tally.tops).for_each(|(top, other)| top.merge(other));
        }
        let mut found = Vec::with_capacity(whole.tops.len());
        for (row, &query) in self.queries.iter().enumerate() {
            let ahead = &whole.ahead[self.offsets[row]..self.offsets[row + 1]];
            let tops = &mut whole.tops[self.lists[row]..self.lists[row + 1]];
            for (&target, top) in search.targets_of(query).iter().zip(tops) {
                let outcome = outcome(query, target.pool_language, ahead, top, search);
                found.push(Found { query, target, outcome });
            }
        }
        found
    }
}

/// The outcome of one query in one pool, or nothing where the pool holds no relevant passage.
fn outcome(
    query: u32,
    pool: Option<u32>,
    ahead: &[(u32, u32)],
    top: &mut Top,
    search: &Search<'_>,
) -> Option<QueryRun> {
    let shelf = search.shelf;
    let judgements = shelf.collection.judgements(query as usize).iter().zip(ahead);
    let mut judged: Vec<Judged> = judgements
        .map(|(judgement, &(in_own, in_all))| Judged {
            document: judgement.document,
            rank: 1 + if pool.is_some() { in_own } else { in_all },
            grade: judgement.grade,
            language: shelf.language(judgement.document),
        })
        .filter(|judged| pool.is_none_or(|pool| judged.language == pool))
        .collect();
    let relevant = judged.iter().filter(|judged| judged.grade > 0).count() as u32;
    if relevant == 0 {
        return None;
    }
    judged.sort_unstable_by_key(|judged| judged.rank);
    let hit = |(document, score)| Hit { document, language: shelf.language(document), score };
    let top = top.ranked(search.depth, &shelf.precedence).map(hit).collect();
    Some(QueryRun { query, relevant, unretrieved: 0, judged, top })
}

/// What is the same for all blocks of a search.
pub(crate) struct Search<'a> {
    pub(crate) shelf: &'a Shelf<'a>,
    pub(crate) targets: Targets,
    pub(crate) depth: usize,
    /// Documents that are multiplied at once.
    pub(crate) tile: usize,
}

impl Search<'_> {
    fn targets_of(&self, query: u32) -> &[Target] {
        let language = self.shelf.collection.queries().language[query as usize];
        &self.targets[language as usize]
    }
}
