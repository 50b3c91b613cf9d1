//! What property tests run components on: strategies of proptest, behind the feature `proptest`.
//!
//! They make what a host may hand over and a first idea leaves out: examples that exist in some languages only,
//! passages that are neither right nor wrong, queries without a relevant passage, empty texts.

use proptest::prelude::*;
use triglot_abi as abi;

use super::{CorpusBuilder, EmbeddingBatch, RankingBuilder, TextBuilder};
use crate::views::Role;

const CODES: [&str; 5] = ["de", "en", "es", "fi", "zh"];

/// Corpora of 1 to 5 languages and up to 60 examples, each in some of the languages; sometimes empty. Some have hard
/// negatives, and further passages among these.
pub fn corpora() -> impl Strategy<Value = CorpusBuilder> {
    let list = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    let lists = prop::collection::vec(list, 0..60);
    (examples(), prop::option::of((0usize..4, lists))).prop_map(|(corpus, negatives)| {
        let Some((further, lists)) = negatives else { return corpus };
        let corpus = (0..further).fold(corpus, |corpus, _| corpus.further_passage(0));
        let pairs = corpus.view().rows() / 2;
        // Passages of pairs have odd rows.
        let passage = |index: &prop::sample::Index| match index.index(pairs + further) {
            pair if pair < pairs => 2 * pair as u32 + 1,
            beyond => (pairs + beyond) as u32,
        };
        let lists: Vec<Vec<u32>> =
            lists.iter().take(pairs).map(|list| list.iter().map(passage).collect()).collect();
        corpus.negatives(&lists)
    })
}

fn examples() -> impl Strategy<Value = CorpusBuilder> {
    (1..=CODES.len()).prop_flat_map(|languages| {
        prop::collection::vec(1..1u8 << languages, 0..60).prop_map(move |examples| {
            let empty = CorpusBuilder::new(&CODES[..languages]);
            examples.iter().fold(empty, |builder, bits| {
                let exists = (0..languages as u32).filter(|l| bits >> l & 1 == 1);
                builder.example(&exists.collect::<Vec<_>>())
            })
        })
    })
}

/// Batches of 1 to 5 queries, up to 3 passages beyond those of the pairs, and 1 to 11 dimensions. Passage i is right
/// for query i, others are so by chance, and some are ignored. No embedding is nearly zero, where a direction has no
/// slope.
pub fn embedding_batches() -> impl Strategy<Value = EmbeddingBatch> {
    (1usize..6, 0usize..4, 1usize..12).prop_flat_map(|(queries, more, dim)| {
        let passages = queries + more;
        let relation = prop_oneof![4 => Just(Relation::Wrong), 1 => Just(Relation::Right), 1 => Just(Relation::Ignored)];
        let relations = prop::collection::vec(prop::collection::vec(relation, passages), queries);
        (rows(queries, dim), rows(passages, dim), relations).prop_map(
            |(queries, passages, relations)| {
                let list = |wanted: Relation| {
                    let of_query = |(query, row): (usize, &Vec<Relation>)| {
                        let to = |passage: usize| match passage == query {
                            true => Relation::Right,
                            false => row[passage],
                        };
                        (0..row.len()).filter(|p| to(*p) == wanted).map(|p| p as u32).collect()
                    };
                    relations.iter().enumerate().map(of_query).collect()
                };
                let (positives, ignored) = (list(Relation::Right), list(Relation::Ignored));
                EmbeddingBatch { queries, passages, positives, ignored, ..Default::default() }
            },
        )
    })
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Relation {
    Right,
    Wrong,
    Ignored,
}

/// Rows of numbers from −0.5 to 0.5, each at least 0.2 long.
fn rows(count: usize, dim: usize) -> impl Strategy<Value = Vec<Vec<f32>>> {
    let row = prop::collection::vec(-0.5f32..0.5, dim).prop_map(|mut row| {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length < 0.2 {
            row[0] += if row[0] < 0.0 { -0.4 } else { 0.4 };
        }
        row
    });
    prop::collection::vec(row, count)
}

/// Rankings of up to 5 queries in one of the three settings, over pools of up to 60 passages in four languages; judged
/// passages have grades from −1 to 3 and any rank or none, and every passage down to rank 100 is among the top.
pub fn rankings() -> impl Strategy<Value = RankingBuilder> {
    let setting = prop::sample::select(vec![
        abi::SETTING_MONOLINGUAL,
        abi::SETTING_CROSS_LINGUAL,
        abi::SETTING_MULTILINGUAL,
    ]);
    let by_rank = prop::collection::vec((prop::option::of(-1..=3), 0u32..4), 0..60);
    let unretrieved = prop::collection::vec((-1..=3, 0u32..4), 0..4);
    let query = (by_rank, unretrieved, 0u32..4, 0u32..3);
    (setting, prop::collection::vec(query, 0..6)).prop_map(|(setting, queries)| {
        let empty = RankingBuilder::new(setting);
        queries.iter().fold(empty, |ranking, (by_rank, unretrieved, language, group)| {
            let ranked = (1u32..).zip(by_rank);
            let judged =
                ranked.clone().filter_map(|(rank, (grade, l))| Some((rank, (*grade)?, *l)));
            let lost = unretrieved.iter().map(|(grade, language)| (0, *grade, *language));
            let pool = by_rank.len() + unretrieved.len();
            let top = ranked.map(|(rank, (_, language))| (rank - 1, *language, 1.0 / rank as f32));
            ranking
                .query(pool as u32, &judged.chain(lost).collect::<Vec<_>>())
                .language(*language)
                .group(*group)
                .top(&top.collect::<Vec<_>>())
        })
    })
}

/// Up to 12 texts of any characters, some empty, in some languages, of both roles, with any keys.
pub fn texts() -> impl Strategy<Value = TextBuilder> {
    let words = prop_oneof!["\\PC{0,30}", "[a-zäöß]{1,8}( [a-zäöß]{1,8}){0,6}"];
    let role = prop_oneof![Just(Role::Query), Just(Role::Passage)];
    let text = (words, prop::sample::select(CODES.to_vec()), role, any::<u64>());
    prop::collection::vec(text, 0..12).prop_map(|texts| {
        let all = texts.iter();
        all.fold(TextBuilder::new(), |builder, (text, language, role, key)| {
            builder.text(text, language, *role, *key)
        })
    })
}
