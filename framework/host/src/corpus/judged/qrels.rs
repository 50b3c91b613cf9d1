//! Judgements: TREC's four columns, or BEIR's three below a header.
//!
//! Columns are separated by tabs or blanks, any number of them, as in trec_eval. A document that is judged twice for a
//! query is an error where the grades differ; where they do not, it says nothing new.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use super::super::data_files::DataFiles;
use super::super::shape::Checked;
use super::super::source::Source;
use super::layout::Part;
use super::locate::{Located, locate};
use super::queries::Known;
use crate::error::{Diagnostic, Result};

/// With what BEIR's header line begins.
const HEADER: &str = "query-id";

/// The grade of a document for a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judgement {
    /// The language of the file, where it is of one: that of the document, and of the query too where ids are not
    /// shared.
    pub(super) language: Option<Rc<str>>,
    pub(super) query: String,
    pub(super) document: String,
    /// Relevant above zero.
    pub(super) grade: i32,
}

/// Reads all judgements, each of a query that is known.
pub(super) fn read(
    source: &Source<'_>,
    data_dir: &Path,
    known: &Known,
    files: &mut DataFiles,
) -> Result<Vec<Judgement>> {
    let mut judgements = Vec::new();
    let mut seen = HashMap::new();
    let mut located = locate(source, Part::Qrels, data_dir, files)?;
    if known.is_shared() {
        // Beside judgements by language there often lie those of all, whose name looks like one more.
        let corpus = locate(source, Part::Corpus, data_dir, files)?;
        let is_of_corpus = |of: &Located| corpus.iter().any(|own| own.language == of.language);
        if corpus.iter().all(|own| own.language.is_some()) && located.iter().any(is_of_corpus) {
            located.retain(is_of_corpus);
        }
    }
    for Located { language, paths, .. } in located {
        let language: Option<Rc<str>> = language.map(Into::into);
        if language.is_none() && !known.is_shared() {
            let problem =
                "judgements of several languages, whose ids are their own, lie in one file";
            let allowed = "`{lang}` in `qrels`, or `parallel = true` where ids mean the same in every language";
            return Err(source.problem(Part::Qrels.key(), problem).allowed(allowed).into());
        }
        for path in paths {
            let before = judgements.len();
            let mut columns = None;
            files.lines(&path, &mut |number, line| {
                let Some(cells) = cells(line, number, &mut columns)? else { return Ok(()) };
                let judgement = Judgement { language: language.clone(), ..cells };
                known.check(&judgement)?;
                let Judgement { language, query, document, grade } = &judgement;
                let key = (language.clone(), query.clone(), document.clone());
                match seen.insert(key, (*grade, number)) {
                    None => judgements.push(judgement),
                    Some((earlier, _)) if earlier == *grade => {}
                    Some((earlier, line)) => {
                        let problem = format!(
                            "the document `{document}` has the grade {grade} for the query `{query}`, and had \
                             {earlier} in line {line}"
                        );
                        return Err(Diagnostic::new(problem).allowed("one grade a query and document").into());
                    }
                }
                Ok(())
            })?;
            if judgements.len() == before {
                return Err(Diagnostic::new("there is no judgement in the file").file(path).into());
            }
        }
    }
    Ok(judgements)
}

/// The judgement of a line; none of an empty line or a header. `columns` is how many the lines before have.
fn cells(line: &str, number: usize, columns: &mut Option<usize>) -> Checked<Option<Judgement>> {
    let cells: Vec<&str> = line.split_ascii_whitespace().collect();
    if cells.is_empty() || (number == 1 && cells.first() == Some(&HEADER)) {
        return Ok(None);
    }
    let (query, document, grade) = match cells[..] {
        [query, document, grade] => (query, document, grade),
        [query, _, document, grade] => (query, document, grade),
        _ => return Err(wrong_columns(cells.len(), *columns)),
    };
    if *columns.get_or_insert(cells.len()) != cells.len() {
        return Err(wrong_columns(cells.len(), *columns));
    }
    let grade = grade.parse().map_err(|_| {
        Diagnostic::new(format!("the grade of `{document}` for the query `{query}` is `{grade}`"))
            .allowed("a whole number, relevant above 0")
    })?;
    let (query, document) = (query.to_owned(), document.to_owned());
    Ok(Some(Judgement { language: None, query, document, grade }))
}

fn wrong_columns(found: usize, before: Option<usize>) -> Box<Diagnostic> {
    let problem = match before {
        Some(before) => format!("the line has {found} columns, the lines before have {before}"),
        None => format!("the line has {found} columns, separated by tabs or blanks"),
    };
    Diagnostic::new(problem)
        .allowed("TREC's four (query, anything, document, grade), or BEIR's three (query, document, grade)")
        .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Checked<Vec<(String, String, i32)>> {
        let mut columns = None;
        let mut found = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let judgement = cells(line, number, &mut columns)?;
            found.extend(judgement.map(|of| (of.query, of.document, of.grade)));
        }
        Ok(found)
    }

    fn problem(text: &str) -> String {
        all(text).unwrap_err().to_string()
    }

    proptest! {
        #[test]
        fn a_judgement_is_read_whatever_separates_its_columns(
            query in "[^\\s\u{b}]{1,6}", document in "[^\\s\u{b}]{1,6}", grade in any::<i32>(),
            gaps in prop::collection::vec("[ \t]{1,3}", 3),
        ) {
            prop_assume!(query != HEADER);
            let expected = vec![(query.clone(), document.clone(), grade)];
            let four = format!("{query}{}Q0{}{document}{}{grade}\r\n", gaps[0], gaps[1], gaps[2]);
            prop_assert_eq!(all(&four).unwrap(), expected.clone());
            let three = format!("query-id\tcorpus-id\tscore\n{query}{}{document}{}{grade}", gaps[0], gaps[1]);
            prop_assert_eq!(all(&three).unwrap(), expected);
        }
    }

    #[test]
    fn grades_may_be_negative_and_must_be_whole_numbers() {
        assert_eq!(all("q 0 d -1\n\n").unwrap(), [("q".to_owned(), "d".to_owned(), -1)]);
        for grade in ["x", "1.5", "1e3", "99999999999", "NaN"] {
            let message = problem(&format!("q 0 d {grade}"));
            let expected = format!("the grade of `d` for the query `q` is `{grade}`\n");
            assert!(message.starts_with(&expected), "{message}");
        }
    }

    #[test]
    fn every_line_has_as_many_columns() {
        assert!(
            problem("q\td\t1\nq\t0\te\t1\n").contains("has 4 columns, the lines before have 3")
        );
        assert!(problem("q,0,d,1\n").contains("has 1 columns, separated by tabs or blanks"));
    }
}
