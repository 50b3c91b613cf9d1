//! The evaluation side: the candidates, the queries, and which candidate answers which query.
//!
//! The pool of a SQuAD-shaped file is every passage in it, those included that no question asks about, and passages
//! with equal texts stay apart, as in LAReQA (Roy et al. 2020). The pool of records is their distinct passages. A
//! query's judgements cover all languages; each retrieval setting picks those that its pool holds.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::examples::Examples;
use super::read;
use super::shape::LanguageCorpus;
use super::source::Source;
use super::table::narrow;
use super::training::limited;
use crate::error::Result;
use crate::manifest::Manifest;
use crate::manifest::types::Evaluation;

/// The grade of a passage that answers the query.
const RELEVANT: i32 = 1;

/// What a model is measured on: documents by language, queries by language, and judgements between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EvaluationData {
    /// The language codes, ascending.
    pub languages: Vec<String>,
    /// The id of each document: its language, a colon, and its running number in the language, counted from 0
    /// before `limit`.
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
    /// Every file that was read, with the BLAKE3 hash of its bytes in hexadecimal.
    pub files: Vec<(PathBuf, String)>,
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
    let corpus = read::read(&source, data_dir)?;
    check_pair_names(&source, &corpus.languages)?;
    check_ids(&source, &corpus.languages)?;
    let examples = Examples::of(&corpus.languages);
    let kept = limited(&examples, &source);
    let is_limited = kept.len() < examples.ids.len();

    let mut data = EvaluationData { files: corpus.files, ..EvaluationData::default() };
    let mut relevant = vec![Vec::new(); kept.len()];
    for (position, own) in corpus.languages.iter().enumerate() {
        let documents = data.documents(position, own, &examples, is_limited.then_some(&kept))?;
        for (list, &example) in relevant.iter_mut().zip(&kept) {
            let question = examples.question(position, example);
            let document = question.and_then(|question| *documents.get(question.passage)?);
            list.extend(document.map(|document| (document, RELEVANT)));
        }
        data.languages.push(own.language.clone());
    }
    for (position, own) in corpus.languages.iter().enumerate() {
        let language = narrow(position)?;
        for (group, (&example, list)) in kept.iter().zip(&relevant).enumerate() {
            let Some(question) = examples.question(position, example) else { continue };
            data.query_ids.push(format!("{}:{}", own.language, question.id));
            data.query_language.push(language);
            data.query_group.push(narrow(group)?);
            data.query_texts.push(question.text.clone());
            data.judgements.push(list.clone());
        }
    }
    Ok(data)
}

/// Refuses languages of which two ordered pairs would share the name `query-pool`, and with it metrics and files.
fn check_pair_names(source: &Source<'_>, languages: &[LanguageCorpus]) -> Result<()> {
    let mut pairs = HashMap::new();
    for query in languages {
        for pool in languages.iter().filter(|pool| pool.language != query.language) {
            let pair = (query.language.as_str(), pool.language.as_str());
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

impl EvaluationData {
    /// Appends the pool of a language, narrowed to the paragraphs of the `kept` examples where there is a limit;
    /// tells where each passage of the language has come to stand.
    fn documents(
        &mut self,
        position: usize,
        own: &LanguageCorpus,
        examples: &Examples<'_>,
        kept: Option<&Vec<usize>>,
    ) -> Result<Vec<Option<u32>>> {
        let paragraphs: Option<BTreeSet<usize>> = kept.map(|kept| {
            kept.iter()
                .filter_map(|&example| examples.question(position, example))
                .filter_map(|question| own.passages.get(question.passage))
                .map(|passage| passage.paragraph)
                .collect()
        });
        let language = narrow(position)?;
        let mut documents = vec![None; own.passages.len()];
        for (number, (passage, document)) in own.passages.iter().zip(&mut documents).enumerate() {
            if paragraphs.as_ref().is_some_and(|kept| !kept.contains(&passage.paragraph)) {
                continue;
            }
            *document = Some(narrow(self.document_ids.len())?);
            self.document_ids.push(format!("{}:{number}", own.language));
            self.document_language.push(language);
            self.document_texts.push(passage.text.clone());
        }
        Ok(documents)
    }
}
