//! A collection to measure on.
//!
//! The pool is every document, judged or not. A `limit` takes queries, and of the documents those that somebody has
//! judged for them, right and wrong: a small pool that is hard to search. Judgements that name a document which is not
//! in the corpus are left out and told, so that values are those of the corpus at hand; trec_eval, with the
//! judgements as published, would count such a document as one that no run has found.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::path::Path;

use indexmap::IndexSet;

use super::super::collection::{EvaluationData, Island, check_pair_names};
use super::super::data_files::DataFiles;
use super::super::read::no_data;
use super::super::source::Source;
use super::super::table::narrow;
use super::super::training::limited_ids;
use super::Judged;
use super::documents;
use super::pool::{Columns, Pool};
use super::resolve::{Asked, Named};
use crate::error::Result;
use crate::manifest::types::Setting;

/// Reads a collection to measure on in these settings.
pub(in super::super) fn read(
    source: &Source<'_>,
    settings: &[Setting],
    data_dir: &Path,
) -> Result<EvaluationData> {
    let mut files = DataFiles::default();
    let mut judged = Judged::read(source, data_dir, &mut files)?;
    let is_limited = limit(&mut judged, source);
    let of_queries: BTreeSet<&str> =
        judged.queries.iter().map(|query| query.language.as_str()).collect();
    let wanted = if judged.is_shared { source.wanted() } else { Some(of_queries.clone()) };
    let named = is_limited.then(|| Named::by(judged.judgements.iter()));
    let mut pool = Pool::default();
    documents::walk(source, data_dir, wanted.as_ref(), &mut files, &mut |document| {
        let kept = named.as_ref().is_none_or(|named| named.holds(document.language, document.id));
        if kept { pool.push(document.id, document.language, document.text) } else { Ok(()) }
    })?;

    let languages: BTreeSet<&str> = pool.languages().chain(of_queries.iter().copied()).collect();
    let asked_for = source.wanted().unwrap_or_default();
    let missing = match judged.is_shared {
        true => asked_for.iter().find(|language| !languages.contains(**language)),
        false => {
            (asked_for.iter().find(|language| !of_queries.contains(**language))).or_else(|| {
                let has_documents = |language: &str| pool.languages().any(|own| own == language);
                of_queries.iter().find(|language| !is_limited && !has_documents(language))
            })
        }
    };
    if let Some(missing) = missing {
        let problem = no_data(missing, Path::new("the collection"));
        return Err(source.without_data(missing, problem, pool.languages()).into());
    }
    let languages: Vec<String> = languages.into_iter().map(str::to_owned).collect();
    check_pair_names(source, &languages)?;
    let (judgements, warnings) = judgements(source, &judged, &pool)?;
    let Columns { ids, language, texts } = pool.into_columns(&languages)?;

    let mut data = EvaluationData {
        document_ids: ids,
        document_language: language,
        document_texts: texts,
        judgements,
        warnings,
        ..EvaluationData::default()
    };
    let mut groups = IndexSet::new();
    for query in &judged.queries {
        let code = languages.partition_point(|language| *language < query.language);
        data.query_ids.push(format!("{}:{}", query.language, query.id));
        data.query_language.push(narrow(code)?);
        data.query_group.push(narrow(groups.insert_full(judged.group(query)).0)?);
    }
    data.query_texts = judged.queries.into_iter().map(|query| query.text).collect();
    data.languages = languages;
    narrow(data.query_ids.len().max(data.document_ids.len()))?;
    check_settings(source, settings, &data)?;
    data.islands = islands(settings, &data);
    data.files = files.into_read();
    Ok(data)
}

/// Keeps the queries that `limit` leaves, each in all its languages; whether there is a limit.
fn limit(judged: &mut Judged, source: &Source<'_>) -> bool {
    let groups: BTreeSet<String> = judged.queries.iter().map(|query| judged.group(query)).collect();
    let ids: Vec<&str> = groups.iter().map(String::as_str).collect();
    let kept = limited_ids(&ids, source);
    if kept.len() == ids.len() {
        return false;
    }
    let kept: HashSet<&str> =
        kept.into_iter().filter_map(|place| ids.get(place).copied()).collect();
    let kept_queries: HashSet<(String, String)> = (judged.queries.iter())
        .filter(|query| kept.contains(judged.group(query).as_str()))
        .map(|query| (query.language.clone(), query.id.clone()))
        .collect();
    judged.retain(|query| kept_queries.contains(&(query.language.clone(), query.id.clone())));
    true
}

/// The (document, grade) pairs of every query, ascending, and what there is to warn of.
#[expect(clippy::type_complexity, reason = "two things that are found together")]
fn judgements(
    source: &Source<'_>,
    judged: &Judged,
    pool: &Pool,
) -> Result<(Vec<Vec<(u32, i32)>>, Vec<String>)> {
    let asked = Asked::of(&judged.queries, judged.is_shared);
    let mut lists = vec![Vec::new(); judged.queries.len()];
    let (mut relevant, mut absent) = (0, Vec::new());
    for judgement in &judged.judgements {
        let found: Vec<usize> = match &judgement.language {
            Some(language) => pool.find(language, &judgement.document).into_iter().collect(),
            None => {
                let places = pool.languages();
                places.filter_map(|language| pool.find(language, &judgement.document)).collect()
            }
        };
        if judgement.grade > 0 {
            relevant += 1;
            if found.is_empty() {
                absent.push(judgement);
            }
        }
        for query in asked.by(judgement) {
            for document in &found {
                let document = narrow(*document)?;
                if let Some(list) = lists.get_mut(*query) {
                    list.push((document, judgement.grade));
                }
            }
        }
    }
    if relevant == absent.len() {
        let problem = match relevant {
            0 => {
                "no judgement says that a document is relevant: there is nothing to find".to_owned()
            }
            _ => format!(
                "none of the {relevant} relevant documents is among the {} of the corpus",
                pool.len()
            ),
        };
        return Err(source.problem("path", problem).into());
    }
    let warning = absent.first().map(|first| {
        format!(
            "{}: of {relevant} judgements as relevant {} name a document that the corpus as read does not hold, \
             `{}` of the query `{}` for one; they are left out",
            source.name,
            absent.len(),
            first.document,
            first.query
        )
    });
    lists.iter_mut().for_each(|list| {
        list.sort_unstable();
        list.dedup_by_key(|(document, _)| *document);
    });
    Ok((lists, warning.into_iter().collect()))
}

/// Refuses a setting in which no query has anything to find: its every value would be undefined.
fn check_settings(source: &Source<'_>, settings: &[Setting], data: &EvaluationData) -> Result<()> {
    let (mut own, mut other) = (false, false);
    for (list, query) in data.judgements.iter().zip(&data.query_language) {
        for (document, _) in list.iter().filter(|(_, grade)| *grade > 0) {
            match data.document_language.get(*document as usize) == Some(query) {
                true => own = true,
                false => other = true,
            }
        }
    }
    let is_possible = |setting: &Setting| match setting {
        Setting::Monolingual => own,
        Setting::CrossLingual => other,
        Setting::Multilingual => own || other,
    };
    let Some(impossible) = settings.iter().find(|setting| !is_possible(setting)) else {
        return Ok(());
    };
    let possible: Vec<String> = (Setting::ALL.iter())
        .filter(|setting| is_possible(setting))
        .map(|setting| format!("\"{}\"", setting.as_str()))
        .collect();
    let whose = if own { "another language than its own" } else { "its own language" };
    let problem = format!(
        "in the setting `{}` there is nothing to find: no query has a relevant document of {whose}",
        impossible.as_str()
    );
    let allowed = format!("settings = [{}]", possible.join(", "));
    Err(source.problem("settings", problem).allowed(allowed).into())
}

/// Where queries only ever ask for documents of their language, each language is an island: no score between languages
/// is computed for nothing.
fn islands(settings: &[Setting], data: &EvaluationData) -> Vec<Island> {
    let are_sorted = data.query_language.is_sorted() && data.document_language.is_sorted();
    if settings != [Setting::Monolingual] || !are_sorted {
        return vec![data.whole()];
    }
    let rows = |column: &[u32], language: u32| -> Range<usize> {
        let start = column.partition_point(|other| *other < language);
        start..column.partition_point(|other| *other <= language)
    };
    let codes = (0..).take(data.languages.len());
    let island = |language: u32| Island {
        languages: vec![language],
        documents: rows(&data.document_language, language),
        queries: rows(&data.query_language, language),
    };
    let islands: Vec<Island> =
        codes.map(island).filter(|island| !island.queries.is_empty()).collect();
    match islands.iter().any(|island| island.documents.is_empty()) {
        true => vec![data.whole()],
        false => islands,
    }
}
