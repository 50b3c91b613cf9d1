//! Collections: where their parts lie, and what readers have to do with it.

use super::super::address::Place;
use super::super::types::{Collection, PathPattern, Reader};
use super::data::check_paths;
use super::judge::Judge;

/// The parts of a collection, which only readers of collections have.
pub(super) fn check_collection(
    judge: &mut Judge,
    reader: Reader,
    collection: Option<&Collection>,
    at: &Place,
) {
    let at = at.key("collection");
    let Some(collection) = collection else {
        if reader == Reader::Trec {
            let problem = "the reader `trec` needs `corpus`, `queries` and `qrels` here: TREC's collections have no \
                           common layout";
            judge.wrong(&at, problem);
        }
        return;
    };
    if !reader.is_of_collections() {
        let readers = "`beir`, `miracl`, `mr-tydi`, `trec` and `mewsli-x`";
        judge.wrong(&at, format!("only the readers {readers} read collections"));
        return;
    }
    let Collection { split, corpus, queries, qrels, fields, parallel } = collection;
    for (key, path) in [("corpus", corpus), ("queries", queries), ("qrels", qrels)] {
        let at = at.key(key);
        match path {
            None if reader == Reader::Trec => judge.wrong(&at, "the reader `trec` needs it"),
            None => {}
            Some(PathPattern::Pattern(path)) if path.is_empty() => {
                judge.wrong(&at, "the path is empty");
            }
            Some(PathPattern::Pattern(_)) => {}
            Some(PathPattern::PerLanguage(paths)) => check_paths(judge, paths, &at),
        }
    }
    if split.as_deref().is_some_and(str::is_empty) {
        judge.wrong(&at.key("split"), "the name of the split is empty");
    }
    if let Some(fields) = fields {
        judge.not_empty(fields, "key", &at.key("fields"));
        judge.unique(fields, &at.key("fields"));
    }
    if *parallel && matches!(reader, Reader::Trec | Reader::MewsliX) {
        let problem = "the ids of this reader mean the same in every language anyway";
        judge.wrong(&at.key("parallel"), problem);
    }
    if qrels.is_some() && reader == Reader::MewsliX {
        let problem = "the mentions of `mewsli-x` say themselves which entity is right";
        judge.wrong(&at.key("qrels"), problem);
    }
}
