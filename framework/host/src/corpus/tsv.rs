//! Tab-separated text with a header line. There is no quoting: a quotation mark is a character of the text, and
//! a text holds neither tab nor line break; so splitting is all there is to parsing.

use super::shape::{Checked, Row};
use super::user;
use crate::error::Diagnostic;

const COLUMNS: [&str; 4] = ["id", "language", "query", "passage"];
const GROUP: &str = "group";
const ALLOWED: &str = "a header line with the columns id, language, query, passage and, if wanted, group and the one \
                       that `user_column` names";

/// Gives every record of `text` to `take`, in order; what goes wrong names its line.
pub(super) fn read(
    text: &str,
    user_column: Option<&str>,
    mut take: impl FnMut(Row<'_>) -> Checked<()>,
) -> Checked<()> {
    let mut lines = (1..).zip(text.lines());
    let Some((_, header)) = lines.next() else {
        return Err(Diagnostic::new("the file is empty").allowed(ALLOWED).into());
    };
    let header: Vec<&str> = header.split('\t').collect();
    let [id, language, query, passage] = COLUMNS.map(|name| column(&header, name));
    let (id, language, query, passage) = (id?, language?, query?, passage?);
    let group = header.iter().position(|&column| column == GROUP);
    let number = match user_column {
        Some(name) => Some((name, column(&header, name)?)),
        None => None,
    };

    let mut cells = Vec::with_capacity(header.len());
    for (line, content) in lines {
        if content.trim().is_empty() {
            continue;
        }
        cells.clear();
        cells.extend(content.split('\t'));
        if cells.len() != header.len() {
            return Err(Diagnostic::new(format!(
                "the line has {} columns, the header has {}",
                cells.len(),
                header.len()
            ))
            .line(line)
            .allowed("one cell a column; a text holds neither tab nor line break")
            .into());
        }
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let number = number.map(|(name, column)| user::from_cell(name, cell(column)));
        let row = number.transpose().map(|user| Row {
            line,
            id: cell(id),
            language: cell(language),
            query: cell(query),
            passage: cell(passage),
            group: group.map(cell),
            user: user.unwrap_or(user::ABSENT),
        });
        row.and_then(&mut take).map_err(|problem| problem.line(line))?;
    }
    Ok(())
}

fn column(header: &[&str], name: &str) -> Checked<usize> {
    header.iter().position(|&column| column == name).ok_or_else(|| {
        Diagnostic::new(format!("the column `{name}` is missing; found: {}", header.join(", ")))
            .line(1)
            .allowed(ALLOWED)
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_others_are_passed_over() {
        let mut rows = Vec::new();
        let text = "passage\tnote\tquery\tid\tlanguage\r\n\"p\tx\tq\"\t1\ten\r\n";
        read(text, None, |row| {
            rows.push((
                row.line,
                format!("{} {} {} {}", row.id, row.language, row.query, row.passage),
            ));
            Ok(())
        })
        .unwrap();
        assert_eq!(rows, [(2, "1 en q\" \"p".to_owned())]);
    }

    #[test]
    fn a_missing_column_names_the_columns_found() {
        let message = read("id\tlang\tquery\tpassage\n", None, |_| Ok(())).unwrap_err().to_string();
        assert!(
            message.contains("the column `language` is missing; found: id, lang, query, passage"),
            "{message}"
        );
    }

    #[test]
    fn a_line_with_too_few_cells_is_refused_with_its_number() {
        let diagnostic =
            read("id\tlanguage\tquery\tpassage\n1\ten\tq\tp\n\n2\ten\tq\n", None, |_| Ok(()))
                .unwrap_err();
        assert_eq!(diagnostic.line, Some(4));
        assert_eq!(diagnostic.problem, "the line has 3 columns, the header has 4");
    }
}
