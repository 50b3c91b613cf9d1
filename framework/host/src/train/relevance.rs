//! Which passages of a batch are right for a query, and which are neither right nor wrong.
//!
//! The host alone decides this, from the rows and not from the sampler, so that every objective sees the same truth
//! whatever drew the batch. Right is the passage of the query's own pair. Ignored, because calling it wrong would be
//! a false negative, is any other passage of the same example (in whatever language), any with the same text as the
//! right one, any that answers a query of the same text, and, where the stage asks, any of the same group.

use crate::corpus::TextTable;
use crate::plugin::Lists;

/// The two lists that every objective gets, each with a row a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relevance {
    /// The passages that are right.
    pub positives: Lists,
    /// The passages that are neither right nor wrong.
    pub ignored: Lists,
}

/// Judges every passage row of a batch for every query row; the first passages are those of the pairs, in their order.
pub fn relevance(
    table: &TextTable,
    queries: &[u32],
    passages: &[u32],
    ignore_same_group: bool,
) -> Relevance {
    let same = |a: u32, b: u32| {
        let (a, b) = (a as usize, b as usize);
        table.text_hash[a] == table.text_hash[b] && table.text(a) == table.text(b)
    };
    let mut relevance = Relevance::default();
    for (pair, query) in queries.iter().enumerate() {
        let own = passages[pair] as usize;
        let example = table.example[*query as usize];
        let ignored = (0..passages.len()).filter(|at| {
            let at = *at;
            let passage = passages[at] as usize;
            let same_text = same(passages[at], passages[pair]);
            let same_query = queries.get(at).is_some_and(|other| same(*other, *query));
            let same_group = ignore_same_group && table.group[passage] == table.group[own];
            let same_example = table.example[passage] == example;
            at != pair && (same_example || same_text || same_query || same_group)
        });
        relevance.positives.push([pair as u32]);
        relevance.ignored.push(ignored.map(|at| at as u32));
    }
    relevance
}
