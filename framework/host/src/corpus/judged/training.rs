//! A collection to train on: a pair of a query and a document of its language for each judgement as relevant.
//!
//! A pair is an example of its own, for a query has as many right passages as were found relevant; the pairs of a query
//! are of one group, so that none of them is held out while another is trained on. Where ids are shared, the pair of
//! the same query and document is the same example in every language that has both.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::super::data_files::DataFiles;
use super::super::shape::{Collector, Corpus, Row};
use super::super::source::Source;
use super::super::user;
use super::Judged;
use super::documents;
use super::resolve::{Asked, Named};
use crate::error::Result;

/// Reads the pairs of a collection.
pub(in super::super) fn read(source: &Source<'_>, data_dir: &Path) -> Result<Corpus> {
    let mut files = DataFiles::default();
    let mut judged = Judged::read(source, data_dir, &mut files)?;
    judged.judgements.retain(|judgement| judgement.grade > 0);
    let languages: BTreeSet<&str> =
        judged.queries.iter().map(|query| query.language.as_str()).collect();
    let named = Named::by(judged.judgements.iter());
    let mut texts: HashMap<(String, String), String> = HashMap::new();
    documents::walk(source, data_dir, Some(&languages), &mut files, &mut |document| {
        if named.holds(document.language, document.id) && !document.text.trim().is_empty() {
            let key = (document.language.to_owned(), document.id.to_owned());
            texts.insert(key, document.text);
        }
        Ok(())
    })?;

    let asked = Asked::of(&judged.queries, judged.is_shared);
    let mut collector = Collector::default();
    let mut without = 0;
    for judgement in &judged.judgements {
        let mut is_pair = false;
        for query in asked.by(judgement).iter().filter_map(|number| judged.queries.get(*number)) {
            if judgement.language.as_deref().is_some_and(|language| language != query.language) {
                continue;
            }
            let key = (query.language.clone(), judgement.document.clone());
            let Some(passage) = texts.get(&key) else { continue };
            is_pair = true;
            let group = judged.group(query);
            let row = Row {
                line: 0,
                id: &format!("{group}/{}", judgement.document),
                language: &query.language,
                query: &query.text,
                passage,
                group: Some(&group),
                user: user::ABSENT,
            };
            collector.push(row).map_err(|problem| *problem)?;
        }
        without += usize::from(!is_pair);
    }
    let read = collector.finish();
    let present: BTreeSet<&str> = read.iter().map(|own| own.language.as_str()).collect();
    let wanted = source.wanted().unwrap_or_default();
    let missing = wanted.iter().find(|language| !present.contains(**language)).copied();
    if let Some(missing) = missing.or_else(|| read.is_empty().then_some("any")) {
        let problem =
            format!("no query of the language `{missing}` has a relevant document of its language");
        return Err(source.without_data(missing, problem, present).into());
    }
    let warning = (without > 0).then(|| {
        format!(
            "{}: {without} of {} judgements as relevant make no pair: the corpus has no text of the document in the \
             language of the query",
            source.name,
            judged.judgements.len()
        )
    });
    let warnings = warning.into_iter().collect();
    Ok(Corpus { warnings, ..Corpus::one(read, files.into_read()) })
}
