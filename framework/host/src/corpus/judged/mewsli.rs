//! Mewsli-X: mentions of entities in news, and descriptions of entities, of which each mention asks for one.
//!
//! The task is XTREME-R's (Ruder et al. 2021, arXiv 2104.07412), the files are those that `get-mewsli-x.sh` of
//! google-research leaves. An entity is described in one language, which chance has drawn, so a mention seldom asks for a
//! description in its own: the published task is to find it among all candidates, the multilingual setting. With one right
//! passage the published MAP@20 is `mrr@20`.
//!
//! What a mention asks is written as in XTREME-R's baseline: the mention, a colon, and its sentence, in which braces stand
//! around the mention; other braces become parentheses. So much of it is composed here that line breaks and double spaces
//! are made single spaces, as there; nothing else of a text is touched.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use serde::Deserialize;

use super::super::data_files::DataFiles;
use super::super::file::json_problem;
use super::super::read::no_data;
use super::super::shape::{Checked, Collector, Corpus, Row, check_id, check_language};
use super::super::source::Source;
use super::super::user;
use super::codes::code_of;
use super::layout::Part;
use super::locate::{Located, locate};
use super::qrels::Judgement;
use super::queries::Query;
use crate::error::{Diagnostic, Result};

/// A line of mentions, or of a pair of a mention and its entity.
#[derive(Deserialize)]
struct Line {
    context: Option<Context>,
    #[serde(default)]
    mentions: Vec<Mention>,
    contextual_mention: Option<ContextualMention>,
    entity: Option<Entity>,
}

#[derive(Deserialize)]
struct ContextualMention {
    context: Context,
    mention: Mention,
}

#[derive(Deserialize)]
struct Context {
    language: String,
    text: String,
    #[serde(default)]
    sentence_spans: Vec<Span>,
}

/// From one code point to before another.
#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
}

#[derive(Deserialize)]
struct Mention {
    example_id: String,
    entity_id: String,
    mention_span: TextSpan,
}

#[derive(Deserialize)]
struct TextSpan {
    start: usize,
    end: usize,
    text: String,
}

#[derive(Deserialize)]
struct Entity {
    entity_id: String,
    description: String,
    description_language: String,
}

/// Reads the mentions of the languages that are wanted, and of which entity each is.
pub(super) fn read(
    source: &Source<'_>,
    data_dir: &Path,
    files: &mut DataFiles,
) -> Result<(Vec<Query>, Vec<Judgement>)> {
    let wanted = source.wanted();
    let (mut queries, mut judgements) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for path in locate(source, Part::Queries, data_dir, files)?.into_iter().flat_map(paths) {
        let before = queries.len();
        files.lines(&path, &mut |_, line| {
            let Some(line) = parsed(line)? else { return Ok(()) };
            for (context, mention) in line.mentions()? {
                let query = query(context, mention)?;
                check_id(&mention.entity_id)?;
                if !seen.insert(query.id.clone()) {
                    let problem = format!("the mention `{}` stands twice", query.id);
                    return Err(Diagnostic::new(problem).allowed("each `example_id` once").into());
                }
                if wanted.as_ref().is_none_or(|wanted| wanted.contains(query.language.as_str())) {
                    let (asked, document) = (query.id.clone(), mention.entity_id.clone());
                    judgements.push(Judgement { language: None, query: asked, document, grade: 1 });
                    queries.push(query);
                }
            }
            Ok(())
        })?;
        if queries.len() == before {
            let problem = "there is no mention of a language that is wanted in the file";
            return Err(Diagnostic::new(problem).file(path).into());
        }
    }
    queries.sort_by(|a: &Query, b| a.language.cmp(&b.language));
    Ok((queries, judgements))
}

/// Reads the pairs to train on: a mention and the description of its entity, in one language.
pub(in super::super) fn read_pairs(source: &Source<'_>, data_dir: &Path) -> Result<Corpus> {
    let mut files = DataFiles::default();
    let wanted = source.wanted();
    let mut collector = Collector::default();
    for path in locate(source, Part::Pairs, data_dir, &mut files)?.into_iter().flat_map(paths) {
        files.lines(&path, &mut |number, line| {
            let Some(line) = parsed(line)? else { return Ok(()) };
            let (Some(pair), Some(entity)) = (&line.contextual_mention, &line.entity) else {
                let problem = "`contextual_mention` or `entity` is missing";
                return Err(Diagnostic::new(problem).allowed("a pair of both").into());
            };
            let Query { id, language, text } = query(&pair.context, &pair.mention)?;
            let described = code_of(&entity.description_language);
            if described != language || entity.entity_id != pair.mention.entity_id {
                let problem = format!(
                    "the mention `{id}` is of `{}` in `{language}`, and its entity is `{}` in `{described}`",
                    pair.mention.entity_id, entity.entity_id
                );
                return Err(Diagnostic::new(problem).allowed("the same entity and language").into());
            }
            if wanted.as_ref().is_some_and(|wanted| !wanted.contains(language.as_str())) {
                return Ok(());
            }
            collector.push(Row {
                line: number,
                id: &id,
                language: &language,
                query: &text,
                passage: &entity.description,
                group: Some(&entity.entity_id),
                user: user::ABSENT,
            })
        })?;
    }
    let read = collector.finish();
    let present: BTreeSet<&str> = read.iter().map(|own| own.language.as_str()).collect();
    let missing = wanted.iter().flatten().find(|language| !present.contains(**language)).copied();
    if let Some(missing) = missing.or_else(|| read.is_empty().then_some("any")) {
        let problem = no_data(missing, Path::new("the pairs"));
        return Err(source.without_data(missing, problem, present).into());
    }
    Ok(Corpus::one(read, files.into_read()))
}

fn paths(located: Located) -> Vec<std::path::PathBuf> {
    located.paths
}

/// What a line holds, if it is not empty.
fn parsed(line: &str) -> Checked<Option<Line>> {
    if line.trim().is_empty() {
        return Ok(None);
    }
    serde_json::from_str(line).map(Some).map_err(|source| {
        let allowed =
            "`context` and `mentions`, or `contextual_mention` and `entity`, as Mewsli-X has them";
        Diagnostic::new(json_problem(&source)).allowed(allowed).into()
    })
}

impl Line {
    /// The mentions in their contexts.
    fn mentions(&self) -> Checked<Vec<(&Context, &Mention)>> {
        match (&self.context, &self.contextual_mention) {
            (Some(context), _) => {
                Ok(self.mentions.iter().map(|mention| (context, mention)).collect())
            }
            (None, Some(ContextualMention { context, mention })) => Ok(vec![(context, mention)]),
            (None, None) => {
                let problem = "neither `context` nor `contextual_mention` is there";
                Err(Diagnostic::new(problem).allowed("a mention in its context").into())
            }
        }
    }
}

/// What a mention asks.
fn query(context: &Context, mention: &Mention) -> Checked<Query> {
    let id = mention.example_id.clone();
    check_id(&id)?;
    let language = code_of(&context.language).to_owned();
    check_language(&language)?;
    let TextSpan { start, end, text } = &mention.mention_span;
    if slice(&context.text, *start, *end) != Some(text) || text.trim().is_empty() {
        let problem =
            format!("the mention `{id}` is {text:?}, which does not stand at {start} to {end}");
        let allowed = match context.text.is_empty() {
            true => "a context with its text, which `get-mewsli-x.sh` puts into the published file",
            false => "offsets in code points into the text of the context",
        };
        return Err(Diagnostic::new(problem).allowed(allowed).into());
    }
    let sentences = context.sentence_spans.iter();
    let own = sentences.filter(|span| span.start < *end && *start < span.end);
    let (first, last) =
        own.fold((*start, *end), |(first, last), span| (first.min(span.start), last.max(span.end)));
    let (left, right) = (slice(&context.text, first, *start), slice(&context.text, *end, last));
    let (Some(left), Some(right)) = (left, right) else {
        let problem =
            format!("the sentence of the mention `{id}` ends outside its context, at {last}");
        return Err(Diagnostic::new(problem).into());
    };
    let plain = |text: &str| text.replace('{', "(").replace('}', ")");
    let whole = format!("{text}: {} {{ {text} }} {}", plain(left), plain(right));
    let whole = whole.lines().collect::<Vec<_>>().join(" ").replace("  ", " ");
    Ok(Query { id, language, text: whole.trim().to_owned() })
}

/// The text from one code point to before another.
fn slice(text: &str, start: usize, end: usize) -> Option<&str> {
    let at = |point| text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(point);
    text.get(at(start)?..at(end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, spans: &[(usize, usize)], mention: (usize, usize, &str)) -> String {
        let spans = spans.iter().map(|(start, end)| Span { start: *start, end: *end });
        let context =
            Context { language: "spa".into(), text: text.into(), sentence_spans: spans.collect() };
        let (start, end, text) = mention;
        let mention = Mention {
            example_id: "m".into(),
            entity_id: "Q1".into(),
            mention_span: TextSpan { start, end, text: text.into() },
        };
        match query(&context, &mention) {
            Ok(query) => {
                assert_eq!((query.id.as_str(), query.language.as_str()), ("m", "es"));
                query.text
            }
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn a_mention_stands_before_its_sentence_and_in_braces_within_it() {
        let text = "Añil.\n\n¿Dónde está Ñ, {dices}?\nNo sé.";
        let spans = [(0, 5), (7, 30), (31, 37)];
        assert_eq!(asked(text, &spans, (19, 20, "Ñ")), "Ñ: ¿Dónde está { Ñ } , (dices)?");
        assert_eq!(asked(text, &spans, (0, 4, "Añil")), "Añil: { Añil } .");
        // A mention across a sentence break has both sentences, one outside of all has itself.
        let broken = [(0, 5), (7, 12), (12, 20)];
        assert_eq!(asked(text, &broken, (11, 13, "de")), "de: ¿Dón { de } está Ñ");
        assert_eq!(asked(text, &[], (8, 13, "Dónde")), "Dónde: { Dónde }");
    }

    #[test]
    fn a_mention_that_its_context_does_not_hold_is_refused() {
        let message = asked("", &[], (0, 1, "a"));
        assert!(message.contains("`get-mewsli-x.sh` puts into the published file"), "{message}");
        for (spans, mention) in
            [(&[(0, 2)][..], (1, 0, "")), (&[], (1, 4, "bc")), (&[], (0, 0, ""))]
        {
            let message = asked("abc", spans, mention);
            assert!(message.contains("which does not stand at"), "{message}");
        }
        let message = asked("abc", &[(0, 9)], (0, 1, "a"));
        assert!(message.contains("ends outside its context, at 9"), "{message}");
    }
}
