//! A block of queries on its way through the documents: scores become counts and lists, and are forgotten.
//!
//! The scores of the judged documents are computed first. Whoever is ahead of them can then be counted wherever it
//! turns up, and no score has to be kept. They are compared with scores of other products, and are the same numbers to
//! the bit where the documents are the same ([`Scores`]).

use std::ops::Range;

use crate::groups::Target;
use crate::order::{Spare, Top, ahead};
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

/// What was counted and kept for a block of queries, in a part of the documents.
#[derive(Default)]
pub(crate) struct Tally {
    /// For every judgement, the documents ahead in the pool of its document's language, and in that of all.
    ahead: Vec<(u32, u32)>,
    /// For every query and target, the best documents.
    tops: Vec<Top>,
}

impl Tally {
    /// Gives back the memory of what is not among the best `depth` by now.
    pub(crate) fn settle(&mut self, depth: usize) {
        self.tops.iter_mut().for_each(|top| top.settle(depth));
    }
}

/// Memory that a thread uses again and again.
#[derive(Default)]
pub(crate) struct Scratch {
    scores: Scores,
    judged: Slab,
    lists: Spare,
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
        search: &Search<'_>,
        scratch: &mut Scratch,
    ) -> Self {
        let shelf = search.shelf;
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
            lists.push(last(&lists) + search.targets_of(query).len());
        }
        let mut block = Self { queries, values, offsets, own: Vec::new(), lists };
        block.score_judged(shelf, search.tile, scratch);
        block
    }

    fn score_judged(&mut self, shelf: &Shelf<'_>, tile: usize, scratch: &mut Scratch) {
        let judgements = |query: &u32| shelf.collection.judgements(*query as usize);
        let all = self.queries.iter().flat_map(judgements).map(|judgement| judgement.document);
        let mut documents: Vec<u32> = all.collect();
        documents.sort_unstable();
        documents.dedup();
        self.own = vec![0.0; self.offsets.last().copied().unwrap_or_default()];
        let Scratch { scores, judged, .. } = scratch;
        let mut rest = &*documents;
        while !rest.is_empty() {
            let mut rows = 0;
            let fits = rest.iter().take_while(|&&document| {
                rows += shelf.rows(document).len();
                rows <= tile
            });
            let (documents, others) = rest.split_at(fits.count().max(1));
            rest = others;
            judged.fill(shelf, documents.iter().copied(), &mut [()]);
            self.score(judged, 0..documents.len(), shelf, scores);
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

    /// The scores of some columns.
    fn score(&self, slab: &Slab, columns: Range<usize>, shelf: &Shelf<'_>, scores: &mut Scores) {
        scores.multiply(&self.values, slab.values(columns.clone()), slab.dim());
        if shelf.windows.is_some() {
            scores.best_of(slab.starts(columns));
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
        let Scratch { scores, lists, .. } = scratch;
        for tile in slab.tiles(columns, search.tile) {
            if !self.wants(slab, tile.clone(), search) {
                continue;
            }
            self.score(slab, tile.clone(), search.shelf, scores);
            let (tally, lists) = (&mut *tally, &mut *lists);
            let tile = Tile { block: self, slab, columns: tile, scores, search, tally, lists };
            nan = nan.into_iter().chain(pulp::Arch::new().dispatch(tile)).min();
        }
        nan
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

    /// What the tallies of all parts of the documents come to.
    pub(crate) fn finish(
        &self,
        tallies: Vec<Tally>,
        search: &Search<'_>,
        scratch: &mut Scratch,
    ) -> Vec<Found> {
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
                let outcome =
                    outcome(query, target.pool_language, ahead, top, search, &mut scratch.lists);
                found.push(Found { query, target, outcome });
            }
        }
        found
    }
}

/// The scores of a block of queries and some columns of a slab, about to be looked at.
struct Tile<'a> {
    block: &'a QueryBlock,
    slab: &'a Slab,
    columns: Range<usize>,
    scores: &'a Scores,
    search: &'a Search<'a>,
    tally: &'a mut Tally,
    lists: &'a mut Spare,
}

/// Says of which query and document, if any, the score is NaN. With all that it calls it is compiled for wide vectors too, for
/// processors that have it.
impl pulp::NullaryFnOnce for Tile<'_> {
    type Output = Option<(u32, u32)>;

    #[inline(always)]
    fn call(mut self) -> Self::Output {
        let mut nan = None;
        for (row, &query) in self.block.queries.iter().enumerate() {
            let scores = self.scores.row(row);
            self.count(row, query, scores);
            if scores.iter().fold(false, |any, score| any | score.is_nan()) {
                let documents = &self.slab.documents[self.columns.clone()];
                let undefined = scores.iter().zip(documents).filter(|(s, _)| s.is_nan());
                nan = undefined.map(|(_, &document)| (query, document)).chain(nan).min();
            }
        }
        nan
    }
}

impl Tile<'_> {
    /// Looks at the scores of one query.
    #[inline(always)]
    fn count(&mut self, row: usize, query: u32, scores: &[f32]) {
        let Self { block, slab, columns, search, lists, .. } = self;
        let shelf = search.shelf;
        let targets = search.targets_of(query);
        let all = targets.iter().any(|target| target.pool_language.is_none());
        let judgements = shelf.collection.judgements(query as usize);
        let judged = block.offsets[row]..block.offsets[row + 1];
        let tops = &mut self.tally.tops[block.lists[row]..block.lists[row + 1]];
        for (language, part) in slab.pools_in(columns.clone()) {
            let precedence = &slab.precedence[part.clone()];
            let scores = &scores[part.start - columns.start..part.end - columns.start];
            for (target, top) in targets.iter().zip(&mut *tops) {
                if target.pool_language.is_none_or(|pool| pool == language) {
                    top.offer(scores, precedence, search.depth, lists);
                }
            }
            let ahead_of = &mut self.tally.ahead[judged.clone()];
            let own = block.own[judged.clone()].iter().zip(ahead_of);
            for (judgement, (&own, (in_own, in_all))) in judgements.iter().zip(own) {
                let is_own = shelf.language(judgement.document) == language;
                if !all && !is_own {
                    continue;
                }
                let before = shelf.precedence.of(judgement.document);
                let place = precedence.partition_point(|&precedence| precedence < before);
                let ahead = ahead(scores, place, own);
                *in_all += ahead;
                *in_own += if is_own { ahead } else { 0 };
            }
        }
    }
}

/// The outcome of one query in one pool, or nothing where the pool holds no relevant passage.
fn outcome(
    query: u32,
    pool: Option<u32>,
    ahead: &[(u32, u32)],
    top: &mut Top,
    search: &Search<'_>,
    lists: &mut Spare,
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
    let hit = |document, score| Hit { document, language: shelf.language(document), score };
    let top = top.ranked(search.depth, &shelf.precedence, lists, hit);
    Some(QueryRun { query, relevant, unretrieved: 0, judged, top })
}

/// What is the same for all blocks of a search.
pub(crate) struct Search<'a> {
    pub(crate) shelf: &'a Shelf<'a>,
    /// The groups that queries of each language belong to.
    pub(crate) targets: Vec<Vec<Target>>,
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
