//! GitHub-flavoured Markdown (GFM specification, section 4.10).

use super::Sheet;

/// The sheet as Markdown.
pub fn render(sheet: &Sheet) -> String {
    let table = &sheet.table;
    let mut text = String::new();
    if !table.title.is_empty() {
        text += &format!("### {}\n\n", escaped(&table.title));
    }
    text += &line(table.header.iter().map(|name| escaped(name)));
    let rule = |column| if table.is_numeric(column) { "---:" } else { "---" };
    text += &line((0..table.header.len()).map(|column| rule(column).to_owned()));
    for (number, row) in table.rows.iter().enumerate() {
        text +=
            &line(row.iter().enumerate().map(
                |(column, cell)| match sheet.is_strong(number, column) && !cell.is_empty() {
                    true => format!("**{}**", escaped(cell)),
                    false => escaped(cell),
                },
            ));
    }
    if !table.notes.is_empty() {
        text.push('\n');
    }
    for note in &table.notes {
        text += &format!("{}\n\n", escaped(note));
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// Text as itself: a backslash before whatever Markdown may read as its own, and white space as blanks, for a cell is a
/// line. A character before which a backslash means nothing (GFM, section 6.1: any but ASCII punctuation) goes as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '|' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '~' | '&' | '$' | '!'
            | '@' => {
                escaped.push('\\');
                escaped.push(character);
            }
            character if character.is_control() || is_line_break(character) => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

/// Whether a character that is no control ends a line all the same.
pub(super) fn is_line_break(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::*;

    #[test]
    fn markdown_shows_what_is_in_a_cell_and_obeys_none_of_it() {
        assert_eq!(
            render(&hostile()),
            "### \\<b\\>50% \\& more\\_of \\$x\\$\\</b\\>\n\n\
             | a\\|b | \\\\end{table} |\n\
             | --- | ---: |\n\
             | \\<script\\>alert('1')\\</script\\> | **0.5120 ± 0.0119ᵃᵇ** |\n\
             | x,\"y\" z | – |\n\n\
             \\# {note} \\~^\n\n"
        );
    }
}
