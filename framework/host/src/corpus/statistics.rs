//! What a data set holds, in numbers: what `limit` left of it, the held-out part included.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::examples::Examples;
use super::negative_rows::NegativeStatistics;
use super::shape::LanguageCorpus;

/// The counts of one data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataSetStatistics {
    /// The name of the data set.
    pub name: String,
    /// Examples, each counted once whatever its languages.
    pub examples: usize,
    /// Those of them that `holdout` keeps away from training.
    pub held_out: usize,
    /// Groups (paragraphs) over all languages.
    pub groups: usize,
    /// How many examples exist in how many languages.
    pub by_languages: BTreeMap<usize, usize>,
    /// What has become of its hard negatives, where it names some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negatives: Option<NegativeStatistics>,
    /// The counts of each language, in the order of the codes.
    pub languages: Vec<LanguageStatistics>,
}

/// The counts of one language of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LanguageStatistics {
    /// The language code.
    pub language: String,
    /// Examples that exist in the language.
    pub examples: usize,
    /// Distinct query texts.
    pub queries: usize,
    /// Distinct passage texts.
    pub passages: usize,
    /// Lines without a text, of aligned ones: there the example does not exist. `limit` does not change them.
    pub empty_lines: usize,
}

/// Counts what `kept` holds of a data set.
pub(super) fn count(
    name: &str,
    languages: &[LanguageCorpus],
    examples: &Examples<'_>,
    kept: &[usize],
    held_out: usize,
) -> DataSetStatistics {
    let groups: HashSet<_> = kept.iter().map(|&example| examples.groups.get(example)).collect();
    let mut by_languages = BTreeMap::new();
    for &example in kept {
        let present = (0..languages.len())
            .filter(|&language| examples.question(language, example).is_some())
            .count();
        *by_languages.entry(present).or_insert(0) += 1;
    }
    let languages = languages.iter().enumerate().map(|(language, corpus)| {
        let questions: Vec<_> =
            kept.iter().filter_map(|&example| examples.question(language, example)).collect();
        let queries: HashSet<&str> =
            questions.iter().map(|question| question.text.as_str()).collect();
        let passages: HashSet<&str> = questions
            .iter()
            .filter_map(|question| corpus.passages.get(question.passage))
            .map(|passage| passage.text.as_str())
            .collect();
        LanguageStatistics {
            language: corpus.language.clone(),
            examples: questions.len(),
            queries: queries.len(),
            passages: passages.len(),
            empty_lines: corpus.empty_lines,
        }
    });
    DataSetStatistics {
        name: name.to_owned(),
        examples: kept.len(),
        held_out,
        groups: groups.len(),
        by_languages,
        negatives: None,
        languages: languages.collect(),
    }
}
