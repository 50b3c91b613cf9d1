//! SQuAD-shaped JSON: articles of paragraphs of questions, one file a language, parallel by question id.
//!
//! Titles are translated in some languages and paragraphs may be missing or in another order, so nothing but the
//! question id ties the languages together. Offsets count Unicode code points. An answer may cross a sentence
//! break: the passage is the sentence that holds `answer_start`, of the first answer that translation has not lost.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::file::json_problem;
use super::shape::{Checked, LanguageCorpus, Passage, Question, not_empty};
use super::user;
use crate::error::Diagnostic;
use crate::manifest::types::PassageUnit;

#[derive(Deserialize)]
struct File {
    data: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<QuestionAnswers>,
    sentences: Option<Vec<String>>,
    sentence_breaks: Option<Vec<(usize, usize)>>,
}

#[derive(Deserialize)]
struct QuestionAnswers {
    id: String,
    question: String,
    #[serde(default)]
    answers: Vec<Answer>,
    /// What else it tells: the user column is there, if it is anywhere.
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    text: String,
    answer_start: i64,
}

impl Answer {
    /// Whether translation has lost the answer: machine-translated sets (TAR-SQuAD-es, SQuAD-id) then keep its
    /// place in the list, with an empty text and this offset.
    fn is_lost(&self) -> bool {
        self.answer_start == -1 && self.text.is_empty()
    }
}

/// A passage with the code point of the context after its last.
struct Candidate {
    text: String,
    end: usize,
}

/// Reads the file of one language.
pub(super) fn read(
    text: &str,
    language: &str,
    unit: PassageUnit,
    user_column: Option<&str>,
) -> Checked<LanguageCorpus> {
    let file: File = serde_json::from_str(text).map_err(|source| {
        Diagnostic::new(json_problem(&source)).line(source.line()).allowed(
            "the shape of SQuAD v1.1: data > paragraphs > context, qas > id, question, answers",
        )
    })?;
    let mut corpus = LanguageCorpus { language: language.to_owned(), ..LanguageCorpus::default() };
    let mut seen = HashSet::new();
    let mut paragraphs = 0;
    for (article, entry) in (1..).zip(file.data) {
        for (position, paragraph) in (1..).zip(entry.paragraphs) {
            let place = format!("paragraph {position} of article {article}");
            not_empty("context", &paragraph.context, &place)?;
            let length = paragraph.context.chars().count();
            let candidates = match unit {
                PassageUnit::Paragraph => {
                    vec![Candidate { text: paragraph.context, end: length }]
                }
                PassageUnit::Sentence => sentences(
                    &paragraph.context,
                    paragraph.sentences,
                    paragraph.sentence_breaks,
                    &place,
                )?,
            };
            for entry in paragraph.qas {
                let passage = corpus.passages.len() + answering(&entry, &candidates, length, unit)?;
                let QuestionAnswers { id, question: text, others, .. } = entry;
                if !seen.insert(id.clone()) {
                    return Err(Diagnostic::new(format!(
                        "the question id `{id}` stands twice, the second time in {place}"
                    ))
                    .allowed("each question id once a file")
                    .into());
                }
                let user = match user_column {
                    Some(name) => number(&id, name, &others)?,
                    None => user::ABSENT,
                };
                corpus.questions.push(Question { id, text, passage, group: None, user });
            }
            let passage =
                |candidate: Candidate| Passage { text: candidate.text, paragraph: paragraphs };
            corpus.passages.extend(candidates.into_iter().map(passage));
            paragraphs += 1;
        }
    }
    Ok(corpus)
}

/// The number of a question that goes into the user column.
fn number(id: &str, name: &str, others: &Map<String, Value>) -> Checked<f64> {
    user::from_json(name, others.get(name)).map_err(|mut problem| {
        problem.problem = format!("question `{id}`: {}", problem.problem);
        problem
    })
}

/// Which of the candidates of its paragraph answers a question.
fn answering(
    entry: &QuestionAnswers,
    candidates: &[Candidate],
    length: usize,
    unit: PassageUnit,
) -> Checked<usize> {
    let QuestionAnswers { id, question, answers, .. } = entry;
    not_empty("id", id, "a question")?;
    not_empty("text", question, &format!("question `{id}`"))?;
    let Some(answer) = answers.iter().find(|answer| !answer.is_lost()) else {
        return match unit {
            PassageUnit::Paragraph => Ok(0),
            PassageUnit::Sentence => Err(Diagnostic::new(format!(
                "question `{id}` has no answer, so no sentence holds it"
            ))
            .allowed("passage = \"paragraph\", or an answer for every question")
            .into()),
        };
    };
    let start = usize::try_from(answer.answer_start).ok().filter(|&start| start < length);
    let Some(start) = start else {
        return Err(Diagnostic::new(format!(
            "answer_start of question `{id}` is {}, outside its context of {length} code points",
            answer.answer_start
        ))
        .allowed(format!("0 to {}, in code points", length.saturating_sub(1)))
        .into());
    };
    // What lies between two sentences is most often a space before the second, so it counts to that one.
    let sentence = candidates.partition_point(|candidate| candidate.end <= start);
    Ok(sentence.min(candidates.len().saturating_sub(1)))
}

/// The sentences of a paragraph: its own where the file lists them, else by UAX #29.
fn sentences(
    context: &str,
    sentences: Option<Vec<String>>,
    breaks: Option<Vec<(usize, usize)>>,
    place: &str,
) -> Checked<Vec<Candidate>> {
    let (sentences, breaks) = match (sentences, breaks) {
        (None, None) => return Ok(segment(context)),
        (sentences, breaks) => (sentences.unwrap_or_default(), breaks.unwrap_or_default()),
    };
    if sentences.len() != breaks.len() || sentences.is_empty() {
        return Err(Diagnostic::new(format!(
            "{place} has {} sentences and {} sentence breaks",
            sentences.len(),
            breaks.len()
        ))
        .allowed("as many `sentence_breaks` as `sentences`, at least one, or neither key")
        .into());
    }
    if !breaks.is_sorted_by(|before, after| before.1 <= after.0)
        || breaks.iter().any(|(start, end)| start >= end)
    {
        return Err(Diagnostic::new(format!("the sentence breaks of {place} are out of order"))
            .allowed("pairs of start and end in code points, ascending")
            .into());
    }
    (1..)
        .zip(sentences.into_iter().zip(breaks))
        .map(|(number, (text, (_, end)))| {
            not_empty(&format!("sentence {number}"), &text, place)?;
            Ok(Candidate { text, end })
        })
        .collect()
}

/// The sentences by UAX #29, without the white space after them. U+FEFF is no white space, and stays.
fn segment(context: &str) -> Vec<Candidate> {
    let mut start = 0;
    let mut candidates = Vec::new();
    for (_, piece) in context.split_sentence_bound_indices() {
        let text = piece.trim_end();
        if !text.is_empty() {
            candidates.push(Candidate { text: text.to_owned(), end: start + text.chars().count() });
        }
        start += piece.chars().count();
    }
    candidates
}
