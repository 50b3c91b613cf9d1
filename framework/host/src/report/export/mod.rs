//! Tables for other programs: Markdown, LaTeX and CSV, a file each.
//!
//! A table holds text from everywhere (names of runs, queries, errors), so every format escapes all of it and trusts no
//! cell; what is Markdown or LaTeX in a cell is shown and not obeyed.

mod csv;
mod latex;
mod markdown;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Table;
use crate::error::Result;
use crate::files;

/// A table with the name of its files, and the cells that are to stand out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The name of its files, without ending: lower-case letters, digits and hyphens.
    pub name: String,
    /// The table.
    pub table: Table,
    /// Cells that stand out (row, column), such as the best of a column.
    pub strong: Vec<(usize, usize)>,
}

/// A format for tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// GitHub-flavoured Markdown.
    Markdown,
    /// LaTeX with booktabs.
    Latex,
    /// Comma-separated values (RFC 4180), with neither title nor notes.
    Csv,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::Latex, Self::Csv];

    /// What its files end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Latex => "tex",
            Self::Csv => "csv",
        }
    }
}

impl Sheet {
    /// A sheet in which no cell stands out. What a file cannot be called by becomes hyphens.
    pub fn new(name: &str, table: Table) -> Self {
        Self { name: file_name(name), table, strong: Vec::new() }
    }

    /// The sheet as text.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Markdown => markdown::render(self),
            Format::Latex => latex::render(self),
            Format::Csv => csv::render(self),
        }
    }

    fn is_strong(&self, row: usize, column: usize) -> bool {
        self.strong.contains(&(row, column))
    }
}

impl Table {
    /// Whether a column holds nothing but numbers, and belongs to the right; the first names the rows.
    pub fn is_numeric(&self, column: usize) -> bool {
        let is_number = |text: &String| {
            text.chars().all(|c| c.is_ascii_digit() || ".±–-−+%[],↑ ".contains(c) || is_mark(c))
        };
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        column > 0 && cells.all(is_number)
    }
}

/// The letters of marks, in the order in which they are dealt out. There is no superscript q.
pub(super) const MARKS: &str = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ";

/// The letters of [`MARKS`], on the line.
pub(super) const LETTERS: &str = "abcdefghijklmnoprstuvwxyz";

fn is_mark(character: char) -> bool {
    MARKS.contains(character)
}

/// Writes every sheet in every format into a folder, which is made; tells the files.
///
/// # Errors
/// If the disk fails.
pub fn write_sheets(sheets: &[Sheet], folder: &Path) -> Result<Vec<PathBuf>> {
    files::create_dir_all(folder)?;
    let mut written = Vec::new();
    for sheet in sheets {
        for format in Format::ALL {
            let path = folder.join(format!("{}.{}", sheet.name, format.extension()));
            files::write_atomic(&path, sheet.render(format).as_bytes())?;
            written.push(path);
        }
    }
    Ok(written)
}

/// Text as a name that is safe for files, anchors and labels everywhere.
pub(super) fn file_name(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let mut name: String = text.to_lowercase().chars().map(plain).collect();
    while name.contains("--") {
        name = name.replace("--", "-");
    }
    name.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A table whose every text is hostile to some format.
    pub fn hostile() -> Sheet {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table = Table {
            title: "<b>50% & more_of $x$</b>".into(),
            header: row(["a|b", "\\end{table}"]),
            rows: vec![
                row(["<script>alert('1')</script>", "0.5120 ± 0.0119ᵃᵇ"]),
                row(["x,\"y\"\nz", "–"]),
            ],
            notes: vec!["# {note} ~^".into()],
        };
        Sheet { strong: vec![(0, 1)], ..Sheet::new("Hostile: one/two", table) }
    }

    #[test]
    fn marks_and_letters_are_the_same_letters() {
        assert_eq!(MARKS.chars().count(), LETTERS.chars().count());
    }

    #[test]
    fn a_sheet_is_called_what_a_file_can_be_called() {
        assert_eq!(hostile().name, "hostile-one-two");
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
    }

    #[test]
    fn every_sheet_is_written_in_every_format() {
        let folder = tempfile::tempdir().unwrap();
        let written = write_sheets(&[hostile()], &folder.path().join("new")).unwrap();
        let names: Vec<_> = written.iter().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(names, ["hostile-one-two.md", "hostile-one-two.tex", "hostile-one-two.csv"]);
        for (path, format) in written.iter().zip(Format::ALL) {
            assert_eq!(std::fs::read_to_string(path).unwrap(), hostile().render(format));
        }
    }

    proptest! {
        #[test]
        fn no_cell_changes_the_shape_of_a_table(cells in prop::collection::vec("\\PC{0,12}|[|\\\\\n\r&_$#<>\"`*-]{0,6}", 6)) {
            let rows: Vec<Vec<String>> = cells.chunks(2).map(<[String]>::to_vec).collect();
            let table = Table { header: vec!["one".into(), "two".into()], rows, ..Table::default() };
            let sheet = Sheet::new("sheet", table);
            let lines = sheet.render(Format::Markdown);
            let lines: Vec<&str> = lines.lines().collect();
            prop_assert_eq!(lines.len(), 2 + 3);
            for line in lines {
                let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
                prop_assert_eq!(bars, 3, "{}", line);
            }
            let tex = sheet.render(Format::Latex);
            let body = tex.lines().skip_while(|line| !line.contains("midrule")).skip(1);
            let body: Vec<&str> = body.take_while(|line| !line.contains("bottomrule")).collect();
            prop_assert_eq!(body.len(), 3);
            for line in body {
                prop_assert_eq!(line.replace("\\&", "").matches('&').count(), 1, "{}", line);
                prop_assert!(line.ends_with(" \\\\"), "{}", line);
            }
        }

        #[test]
        fn a_table_comes_back_from_csv_as_it_was(cells in prop::collection::vec("\\PC{0,12}|[,\"\n\r ]{0,6}", 6)) {
            let rows: Vec<Vec<String>> = cells.chunks(2).map(<[String]>::to_vec).collect();
            let header = vec!["one".to_owned(), "two".to_owned()];
            let table = Table { header: header.clone(), rows: rows.clone(), ..Table::default() };
            let text = Sheet::new("sheet", table).render(Format::Csv);
            prop_assert_eq!(read_csv(&text), [vec![header], rows].concat());
        }
    }

    /// Reads what RFC 4180 describes.
    fn read_csv(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut quoted) =
            (Vec::new(), Vec::new(), String::new(), false);
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '"' if quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut cell)),
                '\r' if !quoted => {
                    assert_eq!(characters.next(), Some('\n'));
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                c => cell.push(c),
            }
        }
        assert!(!quoted && row.is_empty() && cell.is_empty());
        rows
    }
}
