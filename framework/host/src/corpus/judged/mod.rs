//! Collections: documents, queries and judgements apart, as retrieval data sets are published.
//!
//! Queries and judgements are few and come first, so that what a `limit` leaves and what training needs is known
//! before the documents are walked, of which there may be millions: what is not wanted of them is never kept.
//!
//! Two laws tell what an id means. Where the languages of a data set are collections of their own (MIRACL), the query
//! `4` of one has nothing to do with the query `4` of another, and a judgement is of the language of its file. Where ids
//! are shared (TREC's topics, a translated collection), a judgement holds for the query in every language in which it
//! is asked; the language of its document is that of its file, or whichever has a document of that id. Mewsli-X is of the
//! latter kind: an entity has one description, in one of many languages.

mod codes;
mod documents;
mod evaluation;
mod fields;
mod layout;
mod locate;
mod mewsli;
mod pool;
mod qrels;
mod queries;
mod resolve;
mod shards;
mod training;

use std::collections::BTreeSet;
use std::path::Path;

use super::data_files::DataFiles;
use super::source::Source;
use crate::error::Result;
use crate::manifest::types::Reader;
use qrels::Judgement;
use queries::Query;

pub(super) use evaluation::read as read_evaluation;
pub(super) use mewsli::read_pairs as read_mention_pairs;
pub(super) use training::read as read_pairs;

/// The queries and the judgements of a data set.
#[derive(Debug, Default)]
struct Judged {
    /// Those about which there is a judgement, in the order of their languages, then of the files.
    queries: Vec<Query>,
    /// In the order of the files.
    judgements: Vec<Judgement>,
    /// Whether an id means the same in every language.
    is_shared: bool,
}

impl Judged {
    /// Reads both, and makes sure that every judgement is about a query that is there.
    fn read(source: &Source<'_>, data_dir: &Path, files: &mut DataFiles) -> Result<Self> {
        let is_shared = matches!(source.reader, Reader::Trec | Reader::MewsliX)
            || source.collection.is_some_and(|collection| collection.parallel);
        if source.reader == Reader::MewsliX {
            let (queries, judgements) = mewsli::read(source, data_dir, files)?;
            return Ok(Self { queries, judgements, is_shared });
        }
        let mut known = queries::Known::new(is_shared);
        let queries = queries::read(source, data_dir, &mut known, files)?;
        let judgements = qrels::read(source, data_dir, &known, files)?;
        let mut judged = Self { queries, judgements, is_shared };
        let asked = judged.languages();
        judged.leave_out_unjudged();
        let left = judged.languages();
        match asked.iter().find(|language| !is_shared && !left.contains(*language)) {
            Some(unjudged) => {
                let problem = format!("there is no judgement of the language `{unjudged}`");
                let present = left.iter().map(String::as_str);
                Err(source.without_data(unjudged, problem, present).into())
            }
            None => Ok(judged),
        }
    }

    /// The languages of the queries.
    fn languages(&self) -> BTreeSet<String> {
        self.queries.iter().map(|query| query.language.clone()).collect()
    }

    /// Published queries are often those of all splits.
    fn leave_out_unjudged(&mut self) {
        let asked = resolve::Asked::of(&self.queries, self.is_shared);
        let mut is_judged = vec![false; self.queries.len()];
        for number in self.judgements.iter().flat_map(|judgement| asked.by(judgement)) {
            if let Some(is_judged) = is_judged.get_mut(*number) {
                *is_judged = true;
            }
        }
        let mut is_judged = is_judged.into_iter();
        self.queries.retain(|_| is_judged.next() == Some(true));
    }

    /// What ties a query to its translations, and nothing else to it: its id, behind its language where ids mean
    /// something within a language only.
    fn group(&self, query: &Query) -> String {
        match self.is_shared {
            true => query.id.clone(),
            false => format!("{}/{}", query.language, query.id),
        }
    }

    /// Keeps the queries, and what is judged of them, of which `keep` says so.
    fn retain(&mut self, mut keep: impl FnMut(&Query) -> bool) {
        self.queries.retain(|query| keep(query));
        let kept = resolve::Asked::of(&self.queries, self.is_shared);
        self.judgements.retain(|judgement| !kept.by(judgement).is_empty());
    }
}
