//! Tables, JSON and errors on a terminal or in a pipe.

use std::io::{IsTerminal, Write};

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table as Drawn, Width,
    presets,
};
use triglot_host::report::Table;
use triglot_host::{Error, Result};

/// Writes to standard output; a closed pipe ends the command quietly.
///
/// # Errors
/// If standard output cannot be written for another reason.
pub fn print(text: &str) -> Result<()> {
    let written = std::io::stdout().lock().write_all(text.as_bytes());
    match written {
        Err(source) if source.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|s| Error::failed(format!("cannot write standard output: {s}"))),
    }
}

/// Prints a value as one JSON document.
///
/// # Errors
/// As [`print()`].
pub fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|s| Error::failed(s.to_string()))?;
    print(&(text + "\n"))
}

/// Whether standard output is a terminal, and whether it may be coloured.
pub fn drawing() -> (bool, bool) {
    let terminal = std::io::stdout().is_terminal();
    (terminal, colours(terminal))
}

/// Columns of the terminal that standard output is.
pub fn width() -> Option<usize> {
    Drawn::new().width().filter(|_| std::io::stdout().is_terminal()).map(usize::from)
}

/// Prints a table, its title above and its notes below.
///
/// # Errors
/// As [`print()`].
pub fn print_table(table: &Table) -> Result<()> {
    print(&draw(table, colours(std::io::stdout().is_terminal())))
}

fn draw(table: &Table, colours: bool) -> String {
    let mut drawn = Drawn::new();
    drawn.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        drawn.set_content_arrangement(ContentArrangement::Disabled);
    }
    let bold = |text: &str| match colours {
        true => Cell::new(text).add_attribute(Attribute::Bold),
        false => Cell::new(text),
    };
    if table.header.iter().any(|name| !name.is_empty()) {
        drawn.set_header(table.header.iter().map(|name| bold(name)));
    }
    let numeric: Vec<bool> =
        (0..table.header.len()).map(|column| is_numeric(table, column)).collect();
    for row in &table.rows {
        drawn.add_row(row.iter().zip(&numeric).map(|(text, numeric)| match numeric {
            true => Cell::new(text).set_alignment(CellAlignment::Right),
            false => Cell::new(text),
        }));
    }
    if let Some(width) = drawn.width().filter(|_| std::io::stdout().is_terminal()) {
        for (column, width) in drawn.column_iter_mut().zip(whole_words(table, width.into())) {
            if let Ok(width) = u16::try_from(width) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
            }
        }
    }
    let mut text = String::new();
    if !table.title.is_empty() {
        text += &format!("\n{}\n", table.title);
    }
    for line in drawn.to_string().lines() {
        text += &format!("{}\n", line.trim_end());
    }
    for note in &table.notes {
        text += format!("  {note}").trim_end();
        text.push('\n');
    }
    text
}

/// How wide the first columns have to be so that no word of theirs is broken, as many as a terminal of this width has
/// room for: a name that is broken in two cannot be copied.
fn whole_words(table: &Table, width: usize) -> Vec<usize> {
    /// What a wide column is left, its margin included.
    const LEAST: usize = 12;
    const MARGIN: usize = 2;
    let word = |text: &String| text.split_whitespace().map(|word| word.chars().count()).max();
    let widest = |column| {
        let cells = table.rows.iter().filter_map(|row| row.get(column));
        let cells = cells.chain(table.header.get(column));
        cells.filter_map(word).max().unwrap_or(0) + MARGIN
    };
    let all: Vec<usize> = (0..table.header.len()).map(widest).collect();
    let fits = |whole: &usize| {
        let (whole, others) = all.split_at(*whole);
        let others = others.iter().map(|column| (*column).min(LEAST));
        whole.iter().sum::<usize>() + others.sum::<usize>() <= width
    };
    let whole = (0..=all.len()).rev().find(fits).unwrap_or(0);
    all.into_iter().take(whole).collect()
}

/// Whether a column holds nothing but numbers; the first names the rows.
fn is_numeric(table: &Table, column: usize) -> bool {
    let number = |text: &String| text.chars().all(|c| c.is_ascii_digit() || ".±–- ".contains(c));
    column > 0 && table.rows.iter().filter_map(|row| row.get(column)).all(number)
}

/// Prints a line that is not an error of this command to standard error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "note: {text}");
}

/// Prints an error to standard error.
pub fn error(error: &Error) {
    let red = colours(std::io::stderr().is_terminal());
    let (on, off) = if red { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    let messages: Vec<String> = match error {
        Error::Inputs(mistakes) => mistakes.iter().map(ToString::to_string).collect(),
        one => vec![one.to_string()],
    };
    for message in messages {
        // Where standard error is gone too, there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "{on}error:{off} {message}");
    }
}

fn colours(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_whole_from_the_left_as_far_as_there_is_room() {
        let words = |words: [&str; 3]| words.map(str::to_owned).to_vec();
        let table = Table {
            header: words(["kind", "name", "file"]),
            rows: vec![words(["metric", "ranking/lareqa-map", "libtriglot_metric_ranking.so"])],
            ..Table::default()
        };
        assert_eq!(whole_words(&table, 80), [8, 20, 30]);
        assert_eq!(whole_words(&table, 50), [8, 20]);
        assert_eq!(whole_words(&table, 40), [8, 20]);
        assert_eq!(whole_words(&table, 39), [8]);
        assert!(whole_words(&table, 10).is_empty());
    }
}
