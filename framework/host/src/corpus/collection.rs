//! The evaluation side: the candidates, the queries, and which candidate answers which query.
//!
//! The pool of a SQuAD-shaped file is every passage in it, those included that no question asks about, and passages
//! with equal texts stay apart, as in LAReQA (Roy et al. 2020). The pool of records is their distinct passages. A
//! query's judgements cover all languages; each retrieval setting picks those that its pool holds.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use indexmap::IndexSet;

use super::examples::Examples;
use super::shape::{Corpus, LanguageCorpus};
use super::source::Source;
use super::table::narrow;
use super::training::limited_ids;
use super::{judged, read};
use crate::error::Result;
use crate::manifest::Manifest;
use crate::manifest::types::{Evaluation, Reader};

/// The grade of a passage that answers the query.
const RELEVANT: i32 = 1;

/// What a model is measured on: documents by language, queries by language, and judgements between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EvaluationData {
    /// The language codes, ascending.
    pub languages: Vec<String>,
    /// The id of each document: its language, a colon, and the id that its collection gives it, else its running
    /// number in the language, counted from 0 before `limit`.
    pub document_ids: Vec<String>,
    /// The language of each document, an index into `languages`.
    pub document_language: Vec<u32>,
    /// The text of each document.
    pub document_texts: Vec<String>,
    /// The id of each query: its language, a colon, and the id that its translations share.
    pub query_ids: Vec<String>,
    /// The language of each query, an index into `languages`.
    pub query_language: Vec<u32>,
    /// The parallel question of each query, from 0 without gaps, the same in every language.
    pub query_group: Vec<u32>,
    /// The text of each query.
    pub query_texts: Vec<String>,
    /// For each query the (document, grade) pairs of all languages, ascending; every other document is irrelevant.
    pub judgements: Vec<Vec<(u32, i32)>>,
    /// What is searched apart: most often one island of everything.
    pub islands: Vec<Island>,
    /// Every file that was read, with the BLAKE3 hash of its bytes in hexadecimal.
    pub files: Vec<(PathBuf, String)>,
    /// What the user should know of the data.
    pub warnings: Vec<String>,
}

/// Documents and queries that are searched among each other and with no others: a pair of files that nothing ties to
/// the next, of which a sentence may well have a twin there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Island {
    /// The languages, indices into those of the data, ascending.
    pub languages: Vec<u32>,
    /// The documents.
    pub documents: Range<usize>,
    /// The queries.
    pub queries: Range<usize>,
}

/// Reads a data set to measure on, which stands at `address` in the manifest; paths resolve against `data_dir`.
///
/// # Errors
/// A diagnostic that names the file with its line or record, or the key of the manifest, if a file is missing or
/// malformed or a language has no data.
pub fn read_evaluation(
    manifest: &Manifest,
    address: &str,
    evaluation: &Evaluation,
    data_dir: &Path,
) -> Result<EvaluationData> {
    let source = Source::evaluation(manifest, address, evaluation);
    read::check_passage(&source)?;
    if source.reader.is_of_collections() {
        return judged::read_evaluation(&source, &evaluation.settings, data_dir);
    }
    let Corpus { islands, files, warnings } = read::read(&source, data_dir)?;
    let codes: BTreeSet<&String> = islands.iter().flatten().map(|own| &own.language).collect();
    let languages: Vec<String> = codes.into_iter().cloned().collect();
    check_pair_names(&source, &languages)?;
    islands.iter().try_for_each(|languages| check_ids(&source, languages))?;

    let all: Vec<Examples<'_>> = islands.iter().map(|own| Examples::of(own)).collect();
    let ids: Vec<&str> = all.iter().flat_map(|examples| examples.ids.iter().copied()).collect();
    let kept = limited_ids(&ids, &source);
    let is_limited = kept.len() < ids.len();
    let is_one_a_text = source.reader == Reader::Bucc;
    let mut data = EvaluationData { languages, files, warnings, ..EvaluationData::default() };
    let mut numbered = vec![0; data.languages.len()];
    let mut before = 0;
    for (languages, examples) in islands.iter().zip(&all) {
        let range = before..before + examples.ids.len();
        let kept: Vec<usize> =
            kept.iter().filter(|at| range.contains(at)).map(|at| at - before).collect();
        before = range.end;
        let part = Part { languages, examples, kept: &kept, is_limited, is_one_a_text };
        if !(kept.is_empty() && islands.len() > 1) {
            data.push(&part, &mut numbered)?;
        }
    }
    Ok(data)
}

/// Refuses languages of which two ordered pairs would share the name `query-pool`, and with it metrics and files.
pub(super) fn check_pair_names(source: &Source<'_>, languages: &[String]) -> Result<()> {
    let mut pairs = HashMap::new();
    for query in languages {
        for pool in languages.iter().filter(|pool| *pool != query) {
            let pair = (query.as_str(), pool.as_str());
            let name = format!("{}-{}", pair.0, pair.1);
            if let Some(earlier) = pairs.insert(name.clone(), pair) {
                let problem = format!(
                    "the pair `{}` and `{}` would be called `{name}`, and so would `{}` and `{}`",
                    earlier.0, earlier.1, pair.0, pair.1
                );
                return Err(source
                    .problem("languages", problem)
                    .allowed("language codes whose pairs, joined by `-`, differ")
                    .into());
            }
        }
    }
    Ok(())
}

/// Refuses ids that the blank-separated files of a run could not carry, before anything is trained.
fn check_ids(source: &Source<'_>, languages: &[LanguageCorpus]) -> Result<()> {
    let all = languages.iter().flat_map(|own| own.questions.iter().map(move |q| (own, q)));
    for (own, question) in all {
        if question.id.contains(char::is_whitespace) {
            let (id, language) = (&question.id, &own.language);
            let problem = format!("the id {id:?} of language `{language}` holds white space");
            return Err(source
                .problem("path", problem)
                .allowed("ids without white space: TREC files separate their columns by it")
                .into());
        }
    }
    Ok(())
}

/// What of an island is kept.
struct Part<'a> {
    languages: &'a [LanguageCorpus],
    examples: &'a Examples<'a>,
    kept: &'a [usize],
    is_limited: bool,
    /// Whether the examples that a language asks in the same words are one query, to which all their passages answer.
    is_one_a_text: bool,
}

impl Part<'_> {
    /// The topics of the examples that are kept, from 0 without gaps: each is one, unless queries of several are.
    fn topics(&self) -> Vec<usize> {
        if !self.is_one_a_text {
            return (0..self.kept.len()).collect();
        }
        let mut topics = IndexSet::new();
        let root = |example: &usize| self.examples.groups.get(*example).copied();
        self.kept.iter().map(|example| topics.insert_full(root(example)).0).collect()
    }
}

impl EvaluationData {
    /// Everything as one island.
    pub fn whole(&self) -> Island {
        Island {
            languages: (0..).take(self.languages.len()).collect(),
            documents: 0..self.document_ids.len(),
            queries: 0..self.query_ids.len(),
        }
    }

    /// Appends an island; `numbered` passages of each language have been numbered.
    fn push(&mut self, part: &Part<'_>, numbered: &mut [usize]) -> Result<()> {
        let Part { languages, examples, kept, .. } = *part;
        let first = (self.document_ids.len(), self.query_ids.len());
        let groups = self.query_group.iter().max().map_or(0, |last| last + 1);
        let topics = part.topics();
        let code = |own: &LanguageCorpus| {
            self.languages.partition_point(|language| *language < own.language)
        };
        let codes: Vec<usize> = languages.iter().map(code).collect();
        let mut relevant = vec![Vec::new(); kept.len()];
        for (position, (own, &code)) in languages.iter().zip(&codes).enumerate() {
            let Some(numbered) = numbered.get_mut(code) else { continue };
            let documents = self.documents(position, part, narrow(code)?, *numbered)?;
            *numbered += own.passages.len();
            for (list, &example) in relevant.iter_mut().zip(kept) {
                let question = examples.question(position, example);
                let document = question.and_then(|question| *documents.get(question.passage)?);
                list.extend(document.map(|document| (document, RELEVANT)));
            }
        }
        for (position, (own, &code)) in languages.iter().zip(&codes).enumerate() {
            let language = narrow(code)?;
            let mut asked = HashMap::new();
            for ((topic, &example), list) in topics.iter().zip(kept).zip(&relevant) {
                let Some(question) = examples.question(position, example) else { continue };
                if part.is_one_a_text {
                    let query = *asked.entry(&question.text).or_insert(self.query_ids.len());
                    if let Some(judgements) = self.judgements.get_mut(query) {
                        judgements.extend(list);
                        judgements.sort_unstable();
                        judgements.dedup();
                        continue;
                    }
                }
                self.query_ids.push(format!("{}:{}", own.language, question.id));
                self.query_language.push(language);
                self.query_group.push(groups + narrow(*topic)?);
                self.query_texts.push(question.text.clone());
                self.judgements.push(list.clone());
            }
        }
        self.islands.push(Island {
            languages: codes.into_iter().map(narrow).collect::<Result<_>>()?,
            documents: first.0..self.document_ids.len(),
            queries: first.1..self.query_ids.len(),
        });
        narrow(self.query_ids.len())?;
        Ok(())
    }

    /// Appends the pool of a language, narrowed to the paragraphs of the kept examples where there is a limit;
    /// tells where each passage of the language has come to stand.
    fn documents(
        &mut self,
        position: usize,
        part: &Part<'_>,
        language: u32,
        numbered: usize,
    ) -> Result<Vec<Option<u32>>> {
        let Some(own) = part.languages.get(position) else { return Ok(Vec::new()) };
        let paragraphs: Option<BTreeSet<usize>> = part.is_limited.then(|| {
            (part.kept.iter())
                .filter_map(|&example| part.examples.question(position, example))
                .filter_map(|question| own.passages.get(question.passage))
                .map(|passage| passage.paragraph)
                .collect()
        });
        let mut documents = vec![None; own.passages.len()];
        for (number, (passage, document)) in own.passages.iter().zip(&mut documents).enumerate() {
            if paragraphs.as_ref().is_some_and(|kept| !kept.contains(&passage.paragraph)) {
                continue;
            }
            *document = Some(narrow(self.document_ids.len())?);
            self.document_ids.push(format!("{}:{}", own.language, numbered + number));
            self.document_language.push(language);
            self.document_texts.push(passage.text.clone());
        }
        Ok(documents)
    }
}
