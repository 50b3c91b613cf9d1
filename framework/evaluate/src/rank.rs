//! The order of a ranking, and how to read ranks and the top k off unsorted scores.
//!
//! Sorting thirteen thousand scores a query would cost more than computing them. A rank is a count: one plus the
//! documents ahead. And of the top k only the survivors of a moving threshold are ever sorted. For both, the order
//! of the ids, which settles ties, is computed once and stands as a number beside each document.
//!
//! Score columns are arranged by language, so that the pool of a language is one slice and the pool of all
//! languages is the whole row.

use std::cmp::Reverse;
use std::ops::Range;

use crate::collection::Documents;
use crate::run::Hit;

/// The documents in the order of the score columns.
pub(crate) struct Arrangement {
    /// The document in each column: by language, then by id, descending.
    order: Vec<u32>,
    /// The column of each document.
    column: Vec<u32>,
    /// Per column, how many ids of the whole collection come before its own among equal scores.
    precedence: Vec<u32>,
    /// The column of each precedence.
    by_precedence: Vec<u32>,
    /// The columns of each language.
    pools: Vec<Range<usize>>,
}

impl Arrangement {
    /// Arranges documents whose languages all lie below `languages`.
    pub(crate) fn new(documents: &Documents, languages: usize) -> Self {
        let count = documents.ids.len();
        let mut by_id: Vec<u32> = (0..count as u32).collect();
        by_id
            .sort_unstable_by_key(|&document| Reverse(documents.ids[document as usize].as_bytes()));
        let mut place = vec![0; count];
        for (precedence, &document) in by_id.iter().enumerate() {
            place[document as usize] = precedence as u32;
        }

        let mut order = by_id;
        order.sort_by_key(|&document| documents.language[document as usize]);
        let precedence: Vec<u32> = order.iter().map(|&document| place[document as usize]).collect();
        let mut column = vec![0; count];
        let mut by_precedence = vec![0; count];
        for (at, (&document, &precedence)) in order.iter().zip(&precedence).enumerate() {
            column[document as usize] = at as u32;
            by_precedence[precedence as usize] = at as u32;
        }

        let start =
            |language: u32| order.partition_point(|&d| documents.language[d as usize] < language);
        let pools =
            (0..languages as u32).map(|language| start(language)..start(language + 1)).collect();
        Self { order, column, precedence, by_precedence, pools }
    }

    /// The document in each column.
    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The columns of one language's pool, or of all.
    pub(crate) fn pool(&self, language: Option<u32>) -> Range<usize> {
        match language {
            Some(language) => self.pools[language as usize].clone(),
            None => 0..self.order.len(),
        }
    }

    /// The column of a document.
    pub(crate) fn column(&self, document: u32) -> usize {
        self.column[document as usize] as usize
    }

    /// The rank, from 1, of the document in `column` among those of `pool`.
    pub(crate) fn rank(&self, scores: &[f32], pool: Range<usize>, column: usize) -> u32 {
        let own = scores[column];
        let (mut above, mut level) = (0_u32, 0_u32);
        // A pool has fewer than 2³² documents; not having to watch for overflow lets this loop run on vectors.
        for &score in &scores[pool.clone()] {
            above = above.wrapping_add(u32::from(score > own));
            level = level.wrapping_add(u32::from(score == own));
        }
        // The document is level with itself; only with a second one is there a tie to settle.
        if level > 1 {
            let ids = scores[pool.clone()].iter().zip(&self.precedence[pool]);
            above += ids
                .map(|(&score, &id)| u32::from(score == own && id < self.precedence[column]))
                .sum::<u32>();
        }
        above + 1
    }

    /// The best `depth` documents of `pool`, best first. `keys` is scratch space.
    pub(crate) fn top(
        &self,
        scores: &[f32],
        pool: Range<usize>,
        depth: usize,
        keys: &mut Vec<u64>,
        language: &[u32],
    ) -> Vec<Hit> {
        let depth = depth.min(pool.len());
        if depth == 0 {
            return Vec::new();
        }
        keys.clear();
        let mut threshold = 0;
        for (&score, &precedence) in scores[pool.clone()].iter().zip(&self.precedence[pool]) {
            let key = key(score, precedence);
            if key <= threshold {
                continue;
            }
            keys.push(key);
            // Cutting only once as many again have gathered makes each cut pay for itself.
            if keys.len() >= depth.saturating_mul(2) {
                let (_, &mut smallest, _) =
                    keys.select_nth_unstable_by_key(depth - 1, |&key| Reverse(key));
                keys.truncate(depth);
                threshold = smallest;
            }
        }
        keys.sort_unstable_by_key(|&key| Reverse(key));
        keys.truncate(depth);
        let hit = |&key: &u64| {
            let column = self.by_precedence[!(key as u32) as usize] as usize;
            let document = self.order[column];
            Hit { document, language: language[document as usize], score: scores[column] }
        };
        keys.iter().map(hit).collect()
    }
}

/// One integer that orders like (score, id): larger is better, and none is zero. Wants a score that is neither NaN
/// nor negative zero.
fn key(score: f32, precedence: u32) -> u64 {
    // The bits of floats of one sign order like integers, those of the negative ones backwards.
    let bits = score.to_bits();
    let ascending = if score.is_sign_negative() { !bits } else { bits | 1 << 31 };
    u64::from(ascending) << 32 | u64::from(!precedence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(ids: &[&str]) -> Documents {
        Documents {
            ids: ids.iter().map(ToString::to_string).collect(),
            language: vec![0; ids.len()],
        }
    }

    fn scores_of(arrangement: &Arrangement, by_document: &[f32]) -> Vec<f32> {
        arrangement.order().iter().map(|&document| by_document[document as usize]).collect()
    }

    #[test]
    fn ties_go_to_the_larger_document_id() {
        // As strings, "9" is larger than "10".
        let documents = documents(&["en:10", "en:9", "en:11"]);
        let arrangement = Arrangement::new(&documents, 1);
        let scores = scores_of(&arrangement, &[0.5, 0.5, 0.5]);
        let rank = |document| arrangement.rank(&scores, 0..3, arrangement.column(document));
        assert_eq!([rank(0), rank(1), rank(2)], [3, 1, 2]);
        let top = arrangement.top(&scores, 0..3, 2, &mut Vec::new(), &documents.language);
        assert_eq!(top.iter().map(|hit| hit.document).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn keys_order_like_scores() {
        let ascending =
            [f32::NEG_INFINITY, -2.0, -1.0, -1e-45, 0.0, 1e-45, 1.0, 2.0, f32::INFINITY];
        assert!(ascending.windows(2).all(|pair| key(pair[0], 0) < key(pair[1], 7)));
        assert!(key(1.0, 0) > key(1.0, 1));
    }

    #[test]
    fn the_top_of_a_long_list_is_its_sorted_beginning() {
        let ids: Vec<String> = (0..1000).map(|i| format!("en:{i}")).collect();
        let documents = Documents { language: vec![0; ids.len()], ids };
        let arrangement = Arrangement::new(&documents, 1);
        let by_document: Vec<f32> = (0..1000).map(|i| (i * 7919 % 101) as f32 - 50.0).collect();
        let scores = scores_of(&arrangement, &by_document);
        let mut sorted: Vec<u32> = (0..1000).collect();
        sorted.sort_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            by_document[b]
                .total_cmp(&by_document[a])
                .then_with(|| documents.ids[b].cmp(&documents.ids[a]))
        });
        for depth in [0, 1, 7, 499, 500, 999, 1000, usize::MAX] {
            let top =
                arrangement.top(&scores, 0..1000, depth, &mut Vec::new(), &documents.language);
            let found: Vec<u32> = top.iter().map(|hit| hit.document).collect();
            assert_eq!(found, sorted[..depth.min(1000)], "depth {depth}");
        }
    }
}
