//! Files of hard negatives: JSON lines, each with the passages that somebody found close to a query and wrong.
//!
//! What a line says is told apart here from what it means: its ids and languages are looked up once the rows to train
//! on are known ([`negative_rows`](super::negative_rows)).

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::data_files::DataFiles;
use super::file::json_problem;
use super::shape::{Checked, not_empty};
use super::source::{Located, Source};
use crate::error::{Diagnostic, Result};

const KEYS: [&str; 3] = ["id", "language", "negatives"];
const FORMS: &str = "the id of an example, {\"id\": …, \"language\": …} or {\"text\": …}";

/// The hard negatives of one query.
#[derive(Debug)]
pub(super) struct Line {
    /// Where it stands.
    pub(super) file: Rc<Path>,
    pub(super) number: usize,
    /// The query, by its example and language.
    pub(super) id: String,
    pub(super) language: String,
    pub(super) negatives: Vec<Negative>,
}

/// A hard negative; where it names no language, it is of the query's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Negative {
    pub(super) what: What,
    pub(super) language: Option<String>,
}

/// Which passage a hard negative is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// That of the example with this id.
    Example(String),
    /// One with this text, which need not answer anything.
    Text(String),
}

/// Reads the hard negatives of a data set, if it has some; tells the files too.
#[expect(clippy::type_complexity, reason = "two things that are read together")]
pub(super) fn read(
    source: &Source<'_>,
    data_dir: &Path,
) -> Result<Option<(Vec<Line>, Vec<(PathBuf, String)>)>> {
    let Some(source) = source.of_negatives() else { return Ok(None) };
    let mut files = DataFiles::default();
    let mut lines = Vec::new();
    for Located { language, path, .. } in source.locate(data_dir, &mut files)? {
        let text = source.open(source.path_key, &path, &mut files)?;
        let file: Rc<Path> = path.into();
        for (number, content) in (1..).zip(text.lines()) {
            if content.trim().is_empty() {
                continue;
            }
            let (id, language, negatives) = line(content, language.as_deref())
                .map_err(|problem| problem.line(number).file(&*file))?;
            lines.push(Line { file: Rc::clone(&file), number, id, language, negatives });
        }
    }
    Ok(Some((lines, files.into_read())))
}

/// A line of a file, which may be of one language.
fn line(content: &str, of_file: Option<&str>) -> Checked<(String, String, Vec<Negative>)> {
    let object: Map<String, Value> = serde_json::from_str(content).map_err(|source| {
        Diagnostic::new(json_problem(&source)).allowed("one JSON object a line")
    })?;
    known(&object, &KEYS)?;
    let Some(id) = string(&object, "id")? else { return Err(missing("id")) };
    not_empty("id", id, "the line")?;
    let language = match (string(&object, "language")?, of_file) {
        (Some(language), Some(file)) if language != file => {
            let problem =
                format!("the line is of the language `{language}`, in the file of another");
            return Err(Diagnostic::new(problem).allowed(file).into());
        }
        (Some(language), _) | (None, Some(language)) => language,
        (None, None) => return Err(missing("language")),
    };
    let Some(Value::Array(negatives)) = object.get("negatives") else {
        return Err(match object.get("negatives") {
            Some(other) => Diagnostic::new(format!("the value of `negatives` is {other}"))
                .allowed(format!("a list: of each {FORMS}"))
                .into(),
            None => missing("negatives"),
        });
    };
    let negatives = negatives.iter().map(negative).collect::<Checked<_>>()?;
    Ok((id.to_owned(), language.to_owned(), negatives))
}

fn negative(value: &Value) -> Checked<Negative> {
    let object = match value {
        Value::String(id) => {
            return Ok(Negative { what: What::Example(id.clone()), language: None });
        }
        Value::Object(object) => object,
        other => {
            return Err(Diagnostic::new(format!("a negative is {other}")).allowed(FORMS).into());
        }
    };
    known(object, &["id", "text", "language"])?;
    let what = match (string(object, "id")?, string(object, "text")?) {
        (Some(id), None) => What::Example(id.to_owned()),
        (None, Some(text)) => {
            not_empty("text", text, "a negative")?;
            What::Text(text.to_owned())
        }
        _ => return Err(Diagnostic::new(format!("a negative is {value}")).allowed(FORMS).into()),
    };
    Ok(Negative { what, language: string(object, "language")?.map(str::to_owned) })
}

fn known(object: &Map<String, Value>, keys: &[&str]) -> Checked<()> {
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(Diagnostic::new(format!("unknown key `{key}`"))
            .nearest(key, keys.iter().copied())
            .allowed(keys.join(", "))
            .into()),
        None => Ok(()),
    }
}

fn string<'a>(object: &'a Map<String, Value>, key: &str) -> Checked<Option<&'a str>> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Diagnostic::new(format!("the value of `{key}` is {other}"))
            .allowed("a string")
            .into()),
    }
}

fn missing(key: &str) -> Box<Diagnostic> {
    Diagnostic::new(format!("the key `{key}` is missing")).allowed(KEYS.join(", ")).into()
}
