//! Documents: JSON lines in any number of files, walked and never held.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::data_files::DataFiles;
use super::super::shape::{Checked, check_id};
use super::super::source::Source;
use super::fields;
use super::layout::Part;
use super::locate::locate;
use crate::error::{Diagnostic, Result};
use crate::manifest::types::Reader;

const ID: [&str; 6] = ["_id", "docid", "id", "doc_id", "docno", "entity_id"];
const TITLE_AND_TEXT: [&str; 2] = ["title", "text"];
/// What Mewsli-X says of an entity, and in which language.
const DESCRIPTION: [&str; 1] = ["description"];
const DESCRIPTION_LANGUAGE: [&str; 1] = ["description_language"];
/// The one text of documents that were made ready for an index, as Mr. TyDi's are.
const CONTENTS: &str = "contents";

/// A document in a line of a file.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) id: &'a str,
    pub(super) language: &'a str,
    pub(super) text: String,
}

/// Gives every document of `languages` to `take`; all of them, where there are none.
pub(super) fn walk(
    source: &Source<'_>,
    data_dir: &Path,
    languages: Option<&BTreeSet<&str>>,
    files: &mut DataFiles,
    take: &mut dyn FnMut(Document<'_>) -> Checked<()>,
) -> Result<()> {
    let of_entities = source.reader == Reader::MewsliX;
    let named = source.collection.and_then(|collection| collection.fields.as_ref());
    let named: Option<Vec<&str>> = named
        .map(|fields| fields.iter().map(String::as_str).collect())
        .or_else(|| of_entities.then(|| DESCRIPTION.to_vec()));
    let is_wanted = |language: &str| languages.is_none_or(|all| all.contains(language));
    for located in locate(source, Part::Corpus, data_dir, files)? {
        let of_file = located.of_file();
        if !of_file.language().is_none_or(is_wanted) {
            continue;
        }
        for path in &located.paths {
            let mut found = false;
            files.lines(path, &mut |_, line| {
                if line.trim().is_empty() {
                    return Ok(());
                }
                found = true;
                let object = fields::object(line)?;
                let id = fields::required(&object, &ID)?;
                check_id(&id)?;
                let language = match of_entities {
                    true => fields::code(&fields::required(&object, &DESCRIPTION_LANGUAGE)?)?,
                    false => fields::language(&object, of_file)?,
                };
                if is_wanted(&language) {
                    let text = text(&object, named.as_deref())?;
                    take(Document { id: &id, language: &language, text })?;
                }
                Ok(())
            })?;
            if !found {
                return Err(Diagnostic::new("there is no document in the file").file(path).into());
            }
        }
    }
    Ok(())
}

/// The passage that a document is; it may be empty, as in some published collections.
fn text(
    object: &serde_json::Map<String, serde_json::Value>,
    named: Option<&[&str]>,
) -> Checked<String> {
    let keys = named.unwrap_or(&TITLE_AND_TEXT);
    let keys = match keys.iter().any(|key| object.contains_key(*key)) {
        true => keys,
        false if named.is_none() && object.contains_key(CONTENTS) => &[CONTENTS],
        false => {
            let found = object.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let problem = format!("none of the keys {} is there; found: {found}", keys.join(", "));
            let allowed = "a document with one of them; `fields` of `collection` names others";
            return Err(Diagnostic::new(problem).allowed(allowed).into());
        }
    };
    let mut whole = String::new();
    for key in keys {
        let part = fields::text(object, &[key])?.unwrap_or_default();
        if !part.is_empty() && !whole.is_empty() {
            whole.push(' ');
        }
        whole.push_str(&part);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(json: &str, named: Option<&[&str]>) -> String {
        match text(&fields::object(json).unwrap(), named) {
            Ok(text) => text,
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn title_and_text_are_joined_by_a_space_and_an_empty_one_leaves_none() {
        for (json, expected) in [
            (r#"{"title":"a","text":" b"}"#, "a  b"),
            (r#"{"title":"","text":"b"}"#, "b"),
            (r#"{"title":"a","text":""}"#, "a"),
            (r#"{"title":null,"text":"b"}"#, "b"),
            (r#"{"text":"b"}"#, "b"),
            (r#"{"title":"","text":""}"#, ""),
            (r#"{"contents":"a\n\nb"}"#, "a\n\nb"),
        ] {
            assert_eq!(passage(json, None), expected);
        }
    }

    #[test]
    fn the_keys_of_a_passage_can_be_chosen() {
        let json = r#"{"title":"a","text":"b","summary":"c"}"#;
        assert_eq!(passage(json, Some(&["summary", "title"])), "c a");
        let message = passage(json, Some(&["body"]));
        assert!(message.starts_with("none of the keys body is there; found: title, text, summary"));
        let message = passage(r#"{"title":["a"]}"#, None);
        assert!(message.starts_with("the value of `title` is [\"a\"]"), "{message}");
    }
}
