//! Counting a data set, as rows to train on or as a pool to search.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{LanguageInspection, Lengths, Purpose, SetInspection};
use crate::corpus::{EvaluationData, QUERY, TextTable};

/// What is told of the texts of one language.
#[derive(Default)]
struct Texts<'t> {
    queries: Vec<&'t str>,
    passages: Vec<&'t str>,
    judgements: usize,
    relevant: usize,
    unanswered: usize,
    /// Which of the ids its queries have.
    ids: BTreeSet<u32>,
}

/// The data sets of a table of pairs.
pub(super) fn of_table(table: &TextTable, purpose: Purpose) -> Vec<SetInspection> {
    let mut sets: BTreeMap<u32, Vec<Texts<'_>>> = BTreeMap::new();
    let columns = table.data_set.iter().zip(&table.language).zip(&table.role).zip(&table.example);
    for (row, (((data_set, language), role), example)) in
        columns.enumerate().take(table.pair_rows())
    {
        let languages = sets.entry(*data_set).or_default();
        languages.resize_with(table.languages.len(), Texts::default);
        let Some(texts) = languages.get_mut(*language as usize) else { continue };
        match *role == QUERY {
            true => {
                texts.queries.push(table.text(row));
                texts.ids.insert(*example);
                texts.judgements += 1;
                texts.relevant += 1;
            }
            false => texts.passages.push(table.text(row)),
        }
    }
    let name = |number: u32| table.data_sets.get(number as usize).cloned().unwrap_or_default();
    let set = |(number, texts)| counted(name(number), purpose, &table.languages, texts);
    sets.into_iter().map(set).collect()
}

/// A data set to measure on.
pub(super) fn of_evaluation(name: &str, data: &EvaluationData) -> SetInspection {
    let mut languages: Vec<Texts<'_>> = Vec::new();
    languages.resize_with(data.languages.len(), Texts::default);
    for (text, language) in data.document_texts.iter().zip(&data.document_language) {
        if let Some(texts) = languages.get_mut(*language as usize) {
            texts.passages.push(text);
        }
    }
    let queries = data.query_texts.iter().zip(&data.query_language).zip(&data.query_group);
    for (((text, language), group), list) in queries.zip(&data.judgements) {
        let Some(texts) = languages.get_mut(*language as usize) else { continue };
        let relevant = list.iter().filter(|(_, grade)| *grade > 0).count();
        texts.queries.push(text);
        texts.ids.insert(*group);
        texts.judgements += list.len();
        texts.relevant += relevant;
        texts.unanswered += usize::from(relevant == 0);
    }
    counted(name.to_owned(), Purpose::Evaluation, &data.languages, languages)
}

fn counted(
    name: String,
    purpose: Purpose,
    codes: &[String],
    languages: Vec<Texts<'_>>,
) -> SetInspection {
    let named: Vec<(&String, Texts<'_>)> = (codes.iter().zip(languages))
        .filter(|(_, texts)| !(texts.queries.is_empty() && texts.passages.is_empty()))
        .collect();
    let mut present: BTreeMap<u32, usize> = BTreeMap::new();
    for id in named.iter().flat_map(|(_, texts)| &texts.ids) {
        *present.entry(*id).or_default() += 1;
    }
    let mut ids_by_languages = BTreeMap::new();
    for languages in present.into_values() {
        *ids_by_languages.entry(languages).or_default() += 1;
    }
    let common = |(code, texts): &(&String, Texts<'_>)| {
        let others = named.iter().filter(|(other, _)| other != code);
        let counts =
            others.map(|(other, of)| ((*other).clone(), texts.ids.intersection(&of.ids).count()));
        ((*code).clone(), counts.collect())
    };
    let common_ids = named.iter().map(common).collect();
    let languages = named.iter().map(|(code, texts)| language(code, texts)).collect();
    SetInspection { name, purpose, languages, ids_by_languages, common_ids }
}

fn language(code: &str, texts: &Texts<'_>) -> LanguageInspection {
    let lengths =
        |texts: &[&str]| Lengths::of(texts.iter().map(|text| text.chars().count()).collect());
    let duplicates = |texts: &[&str]| texts.len() - texts.iter().collect::<HashSet<_>>().len();
    let empty = texts.passages.iter().filter(|text| text.trim().is_empty());
    LanguageInspection {
        language: code.to_owned(),
        queries: texts.queries.len(),
        passages: texts.passages.len(),
        judgements: texts.judgements,
        relevant: texts.relevant,
        unanswered: texts.unanswered,
        query_length: lengths(&texts.queries),
        passage_length: lengths(&texts.passages),
        duplicate_queries: duplicates(&texts.queries),
        duplicate_passages: duplicates(&texts.passages),
        empty_passages: empty.count(),
    }
}
