//! Queries: lines of id and text, or JSON lines, told by their first character.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::super::data_files::DataFiles;
use super::super::shape::{Checked, check_id, not_empty};
use super::super::source::Source;
use super::fields::{self, OfFile};
use super::layout::Part;
use super::locate::locate;
use super::qrels::Judgement;
use crate::error::{Diagnostic, Result};

const ID: [&str; 5] = ["_id", "id", "qid", "query_id", "topic_id"];
const TEXT: [&str; 4] = ["text", "query", "title", "topic_title"];
/// NeuCLIR's key for a topic in several languages.
const TOPICS: &str = "topics";

/// A query in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) id: String,
    pub(super) language: String,
    pub(super) text: String,
}

/// The ids of all queries, in languages that are wanted and others.
#[derive(Debug)]
pub(super) struct Known {
    /// By language, which is empty where ids are shared.
    ids: HashSet<(String, String)>,
    is_shared: bool,
}

impl Known {
    /// Without any query yet.
    pub(super) fn new(is_shared: bool) -> Self {
        Self { ids: HashSet::new(), is_shared }
    }

    /// Whether ids mean the same in every language.
    pub(super) fn is_shared(&self) -> bool {
        self.is_shared
    }

    fn insert(&mut self, query: &Query) {
        let language = if self.is_shared { String::new() } else { query.language.clone() };
        self.ids.insert((language, query.id.clone()));
    }

    /// Refuses a judgement of a query that is not there.
    pub(super) fn check(&self, judgement: &Judgement) -> Checked<()> {
        let language = judgement.language.as_deref().filter(|_| !self.is_shared);
        let key = (language.unwrap_or_default().to_owned(), judgement.query.clone());
        if self.ids.contains(&key) {
            return Ok(());
        }
        let of =
            language.map_or(String::new(), |language| format!(" of the language `{language}`"));
        let problem = format!("there is no query `{}`{of}, of which this is a judgement", key.1);
        Err(Diagnostic::new(problem).into())
    }
}

/// Reads all queries of the languages that are wanted.
pub(super) fn read(
    source: &Source<'_>,
    data_dir: &Path,
    known: &mut Known,
    files: &mut DataFiles,
) -> Result<Vec<Query>> {
    let wanted = source.wanted();
    let mut queries = Vec::new();
    let mut seen = HashSet::new();
    for located in locate(source, Part::Queries, data_dir, files)? {
        for path in &located.paths {
            let before = queries.len();
            files.lines(path, &mut |_, line| {
                for query in of_line(line, located.of_file())? {
                    known.insert(&query);
                    let language = query.language.as_str();
                    if wanted.as_ref().is_some_and(|wanted| !wanted.contains(language)) {
                        continue;
                    }
                    if !seen.insert((query.language.clone(), query.id.clone())) {
                        let Query { id, language, .. } = query;
                        let problem =
                            format!("the query `{id}` stands twice for the language `{language}`");
                        return Err(Diagnostic::new(problem)
                            .allowed("each id once a language")
                            .into());
                    }
                    queries.push(query);
                }
                Ok(())
            })?;
            if queries.len() == before {
                let problem = "there is no query of a language that is wanted in the file";
                return Err(Diagnostic::new(problem).file(path).into());
            }
        }
    }
    queries.sort_by(|a: &Query, b| a.language.cmp(&b.language));
    Ok(queries)
}

/// The queries of a line of a file that may be of one language: one, but for NeuCLIR's topics.
fn of_line(line: &str, of_file: OfFile<'_>) -> Checked<Vec<Query>> {
    if line.trim().is_empty() {
        return Ok(Vec::new());
    }
    let queries = if line.trim_start().starts_with('{') {
        let object = fields::object(line)?;
        let id = fields::required(&object, &ID)?;
        match object.get(TOPICS) {
            Some(Value::Array(topics)) => translations(&id, topics)?,
            _ => {
                let language = fields::language(&object, of_file)?;
                vec![Query { id, language, text: fields::required(&object, &TEXT)? }]
            }
        }
    } else {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, text] = cells[..] else {
            let problem = format!("the line has {} columns, separated by tabs", cells.len());
            return Err(Diagnostic::new(problem)
                .allowed("two: id, tab, text; or JSON lines")
                .into());
        };
        let language = of_file.language().ok_or_else(fields::without_language)?.to_owned();
        vec![Query { id: id.to_owned(), language, text: text.to_owned() }]
    };
    for query in &queries {
        check_id(&query.id)?;
        not_empty("text", &query.text, &format!("query `{}`", query.id))?;
    }
    Ok(queries)
}

/// A topic in all its languages: of several translations the one that a person has made.
fn translations(id: &str, topics: &[Value]) -> Checked<Vec<Query>> {
    let mut queries: Vec<(Query, bool)> = Vec::new();
    for topic in topics {
        let none = Map::new();
        let topic = topic.as_object().unwrap_or(&none);
        let language = fields::code(&fields::required(topic, &["lang", "language"])?)?;
        let by_person = fields::text(topic, &["source"])?
            .is_none_or(|source| matches!(source.as_str(), "original" | "human translation"));
        let text = fields::required(topic, &["topic_title", "title", "text"])?;
        let query = Query { id: id.to_owned(), language, text };
        match queries.iter_mut().find(|(other, _)| other.language == query.language) {
            Some(other) if by_person && !other.1 => *other = (query, by_person),
            Some(_) => {}
            None => queries.push((query, by_person)),
        }
    }
    Ok(queries.into_iter().map(|(query, _)| query).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(line: &str, language: Option<&str>) -> Vec<(String, String, String)> {
        let of_file = language.map_or(OfFile::Unknown, OfFile::Told);
        let queries = of_line(line, of_file).unwrap().into_iter();
        queries.map(|query| (query.id, query.language, query.text)).collect()
    }

    fn query(id: &str, language: &str, text: &str) -> (String, String, String) {
        (id.to_owned(), language.to_owned(), text.to_owned())
    }

    #[test]
    fn a_line_is_two_columns_or_an_object() {
        let expected = [query("1#0", "fi", " mikä? ")];
        for line in [
            "1#0\t mikä? ",
            r#"{"_id":"1#0","text":" mikä? ","metadata":{}}"#,
            r#"{"query_id":"1#0","query":" mikä? "}"#,
        ] {
            assert_eq!(read_line(line, Some("fi")), expected);
        }
        assert_eq!(read_line(r#"{"id":7,"text":"a","lang":"zho"}"#, None), [query("7", "zh", "a")]);
    }

    #[test]
    fn a_line_that_names_its_language_is_of_it_unless_the_path_says_another() {
        let line = r#"{"id":"7","text":"a","lang":"zho"}"#;
        let language = |of_file| of_line(line, of_file).unwrap().remove(0).language;
        assert_eq!(language(OfFile::Assumed("de")), "zh");
        assert_eq!(language(OfFile::Told("de")), "de");
        assert_eq!(of_line("7\ta", OfFile::Assumed("de")).unwrap().remove(0).language, "de");
    }

    #[test]
    fn a_topic_is_asked_in_all_its_languages_by_a_person_where_one_has_translated_it() {
        let line = r#"{"topic_id":"1","languages_with_qrels":["zho"],"topics":[
            {"lang":"eng","source":"original","topic_title":"asteroids"},
            {"lang":"zho","source":"20220114-machine","topic_title":"a"},
            {"lang":"zho","source":"human translation","topic_title":"b"},
            {"lang":"fas","source":"20220114-machine","topic_title":"c"}]}"#
            .replace('\n', "");
        let expected =
            [query("1", "en", "asteroids"), query("1", "zh", "b"), query("1", "fa", "c")];
        assert_eq!(read_line(&line, None), expected);
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for (line, problem) in [
            ("1 what?", "the line has 1 columns, separated by tabs"),
            ("1\twhat?\twhy?", "the line has 3 columns"),
            ("1 2\twhat?", "the id \"1 2\" is empty or holds white space"),
            ("1\t ", "the text of query `1` is empty"),
            (
                r#"{"_id":"1"}"#,
                "none of the keys text, query, title, topic_title is there; found: _id",
            ),
            (r#"{"_id":"1","text":["a"]}"#, "the value of `text` is [\"a\"]"),
            (r#"{"_id":"1","text""#, "the JSON ends too early"),
        ] {
            let message = of_line(line, OfFile::Told("en")).unwrap_err().to_string();
            assert!(message.contains(problem), "{message}");
        }
        let message = of_line("1\ta", OfFile::Unknown).unwrap_err().to_string();
        assert!(message.contains("neither the path nor the line tells the language"), "{message}");
    }
}
