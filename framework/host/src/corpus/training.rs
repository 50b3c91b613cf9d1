//! Building the tables to train on and to validate on.
//!
//! `limit` applies first, then `holdout`, which takes whole groups: a question about a paragraph that training has
//! seen, be it in another language, would make the validation loss look better than it is.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::draw::{self, Purpose};
use super::examples::Examples;
use super::negative_rows::{ByPair, DataSetRows};
use super::shape::{LanguageCorpus, Question, merged};
use super::source::Source;
use super::statistics::{self, DataSetStatistics};
use super::table::{Pair, TextTable, narrow};
use super::{negatives, read};
use crate::error::Result;
use crate::manifest::Manifest;
use crate::manifest::types::DataSet;

/// What a run trains on.
#[derive(Debug)]
pub struct TrainingData {
    /// The rows to train on.
    pub train: TextTable,
    /// The rows kept away for the validation loss, where a data set asks for it.
    pub holdout: Option<TextTable>,
    /// The counts of each data set, in the order of the manifest.
    pub statistics: Vec<DataSetStatistics>,
    /// Every file that was read, with the BLAKE3 hash of its bytes in hexadecimal.
    pub files: Vec<(PathBuf, String)>,
    /// What the user should know of the data.
    pub warnings: Vec<String>,
}

/// Reads the data sets that a manifest trains on, `train.data` in their order; paths resolve against `data_dir`.
///
/// # Errors
/// A diagnostic that names the file with its line or record, or the key of the manifest, if a file is missing or
/// malformed or a language has no data.
pub fn read_training(
    manifest: &Manifest,
    data: &[DataSet],
    data_dir: &Path,
) -> Result<TrainingData> {
    let (mut files, mut warnings) = (Vec::new(), Vec::new());
    let mut corpora = Vec::with_capacity(data.len());
    for (index, set) in data.iter().enumerate() {
        let source = Source::training(manifest, &format!("train.data.{index}"), set);
        let corpus = read::read(&source, data_dir)?;
        files.extend(corpus.files);
        warnings.extend(corpus.warnings);
        let negatives = negatives::read(&source, data_dir)?.map(|(lines, read)| {
            files.extend(read);
            lines
        });
        corpora.push((source, set.holdout, merged(corpus.islands), negatives));
    }
    let mut train = Vec::with_capacity(corpora.len());
    let mut holdout = Vec::with_capacity(corpora.len());
    let mut statistics = Vec::with_capacity(corpora.len());
    for (source, fraction, languages, _) in &corpora {
        let examples = Rc::new(Examples::of(languages));
        let kept = limited(&examples, source);
        let (training, held_out) = split(&examples, &kept, *fraction, source)?;
        statistics.push(statistics::count(
            source.name,
            languages,
            &examples,
            &kept,
            held_out.len(),
        ));
        train.push(Part { languages, examples: Rc::clone(&examples), chosen: training });
        holdout.push(Part { languages, examples, chosen: held_out });
    }
    let data_sets: Vec<String> = data.iter().map(|set| set.name.clone()).collect();
    let has_user = data.iter().any(|set| set.user_column.is_some());
    let (mut train, parts) = (table(data_sets.clone(), &train, has_user)?, train);
    let (mut found, mut first_example) = (ByPair::new(), 0);
    let named = corpora.iter().zip(&parts).zip(0..).zip(&mut statistics);
    for ((((source, .., lines), part), data_set), statistics) in named {
        let rows = DataSetRows { source, part, data_set, first_example };
        if let Some(lines) = lines {
            statistics.negatives = Some(rows.add(lines, &mut train, &mut found)?);
        }
        first_example += narrow(part.chosen.len())?;
    }
    let pairs = 0..train.pair_rows() / 2;
    train.set_negatives(pairs.map(|pair| Ok(found.remove(&pair).unwrap_or_default())))?;
    let holdout = table(data_sets, &holdout, has_user)?;
    let holdout = (holdout.rows() > 0).then_some(holdout);
    Ok(TrainingData { train, holdout, statistics, files, warnings })
}

/// The examples that `limit` leaves.
pub(super) fn limited(examples: &Examples<'_>, source: &Source<'_>) -> Vec<usize> {
    limited_ids(&examples.ids, source)
}

/// The examples that `limit` leaves, of those with these ids.
pub(super) fn limited_ids(ids: &[&str], source: &Source<'_>) -> Vec<usize> {
    let all = 0..ids.len();
    match source.limit.and_then(|limit| usize::try_from(limit).ok()) {
        Some(limit) => draw::lowest(limit, all, ids, source.name, Purpose::Limit),
        None => all.collect(),
    }
}

/// Parts `kept` into the examples to train on and those held out, `fraction` of the groups.
fn split(
    examples: &Examples<'_>,
    kept: &[usize],
    fraction: f64,
    source: &Source<'_>,
) -> Result<(Vec<usize>, Vec<usize>)> {
    if fraction.is_nan() || fraction <= 0.0 {
        return Ok((kept.to_vec(), Vec::new()));
    }
    let group = |example: &usize| examples.groups.get(*example).copied().unwrap_or(*example);
    let groups: BTreeSet<usize> = kept.iter().map(group).collect();
    if groups.len() < 2 {
        let problem = format!("the data has {} group, none can be held out", groups.len());
        return Err(source
            .problem("holdout", problem)
            .allowed("0, or data of at least two paragraphs")
            .into());
    }
    // Who asks for a validation loss gets one, however small the data.
    let count = (groups.len() as f64 * fraction).round() as usize;
    let count = count.clamp(1, groups.len() - 1);
    let out = draw::lowest(count, groups, &examples.ids, source.name, Purpose::Holdout);
    Ok(kept.iter().partition(|example| out.binary_search(&group(example)).is_err()))
}

/// The examples that one table takes from one data set.
pub(super) struct Part<'a> {
    pub(super) languages: &'a [LanguageCorpus],
    pub(super) examples: Rc<Examples<'a>>,
    /// Ascending.
    pub(super) chosen: Vec<usize>,
}

impl<'a> Part<'a> {
    /// The question and the passage of an example in the language at `language`, where it exists there.
    fn pair(&self, language: usize, example: usize) -> Option<(&'a Question, &'a str)> {
        let question = self.examples.question(language, example)?;
        let passage = self.languages.get(language)?.passages.get(question.passage)?;
        Some((question, &passage.text))
    }

    /// The place of a language that was read.
    pub(super) fn position(&self, language: &str) -> Option<usize> {
        self.languages.iter().position(|own| own.language == language)
    }

    /// The languages in which any of the examples exists.
    fn present(&self) -> impl Iterator<Item = &'a str> {
        self.languages.iter().enumerate().filter_map(|(position, corpus)| {
            let exists = |example: &usize| self.examples.question(position, *example).is_some();
            self.chosen.iter().any(exists).then_some(corpus.language.as_str())
        })
    }
}

/// The table of all parts: their examples in the order of their ids, in all their languages.
pub(super) fn table(
    data_sets: Vec<String>,
    parts: &[Part<'_>],
    has_user: bool,
) -> Result<TextTable> {
    let codes: BTreeSet<&str> = parts.iter().flat_map(Part::present).collect();
    let codes: Vec<String> = codes.into_iter().map(str::to_owned).collect();
    let mut table = TextTable::new(codes, data_sets, has_user);
    for (data_set, part) in parts.iter().enumerate() {
        let data_set = narrow(data_set)?;
        let mut codes = Vec::with_capacity(part.languages.len());
        for own in part.languages {
            let code = table.languages.partition_point(|language| *language < own.language);
            codes.push(narrow(code)?);
        }
        let mut groups = HashMap::new();
        for &index in &part.chosen {
            let Some((id, root)) = part.examples.get(index) else { continue };
            let group = match groups.get(&root) {
                Some(group) => *group,
                None => {
                    let group = table.open_group()?;
                    groups.insert(root, group);
                    group
                }
            };
            let example = table.open_example(id)?;
            for (position, &language) in codes.iter().enumerate() {
                if let Some((question, passage)) = part.pair(position, index) {
                    let Question { text: query, user, .. } = question;
                    let user = *user;
                    table.push(Pair {
                        data_set,
                        language,
                        example,
                        group,
                        query,
                        passage,
                        user,
                    })?;
                }
            }
        }
    }
    Ok(table)
}
