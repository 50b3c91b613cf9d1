//! Which passages of a batch are right for a query, and which are neither right nor wrong.
//!
//! The host alone decides this, from the rows and not from the sampler, so that every objective sees the same truth
//! whatever drew the batch. Right is the passage of the query's own pair. Ignored, because calling it wrong would be
//! a false negative, is any other passage of the same example (in whatever language), any with the same text as the
//! right one, and, where the stage asks, any of the same group.

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
    let mut relevance = Relevance::default();
    for (pair, query) in queries.iter().enumerate() {
        let own = passages[pair] as usize;
        let example = table.example[*query as usize];
        let ignored = passages.iter().enumerate().filter(|(at, passage)| {
            let passage = **passage as usize;
            let same_text = table.text_hash[passage] == table.text_hash[own]
                && table.text(passage) == table.text(own);
            let same_group = ignore_same_group && table.group[passage] == table.group[own];
            *at != pair && (table.example[passage] == example || same_text || same_group)
        });
        relevance.positives.push([pair as u32]);
        relevance.ignored.push(ignored.map(|(at, _)| at as u32));
    }
    relevance
}
