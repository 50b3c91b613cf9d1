//! LaTeX with booktabs, for any engine that reads UTF-8.

use super::markdown::is_line_break;
use super::{LETTERS, MARKS, Sheet};

/// The sheet as a floating table.
pub fn render(sheet: &Sheet) -> String {
    let table = &sheet.table;
    let columns = table.header.len();
    let kind = |column| if table.is_numeric(column) { 'r' } else { 'l' };
    let kinds: String = (0..columns).map(kind).collect();
    let mut text = String::from("% \\usepackage{booktabs}\n\\begin{table}\n  \\centering\n");
    let caption = [std::slice::from_ref(&table.title), &table.notes].concat();
    let caption: Vec<String> =
        caption.iter().filter(|text| !text.is_empty()).map(|text| escaped(text)).collect();
    if !caption.is_empty() {
        text += &format!("  \\caption{{{}.}}\n", caption.join(". "));
    }
    text += &format!("  \\label{{tab:{}}}\n", label(&sheet.name));
    text += &format!("  \\begin{{tabular}}{{{kinds}}}\n    \\toprule\n");
    text += &line(table.header.iter().map(|name| escaped(name)));
    text += "    \\midrule\n";
    for (number, row) in table.rows.iter().enumerate() {
        text +=
            &line(row.iter().enumerate().map(
                |(column, cell)| match sheet.is_strong(number, column) && !cell.is_empty() {
                    true => format!("\\textbf{{{}}}", escaped(cell)),
                    false => escaped(cell),
                },
            ));
    }
    text + "    \\bottomrule\n  \\end{tabular}\n\\end{table}\n"
}

/// A row. The braces keep a cell that begins with a bracket or a star from being read as an argument of the line before.
fn line(cells: impl Iterator<Item = String>) -> String {
    let guarded = |cell: String| match cell.starts_with(['[', '*']) {
        true => format!("{{{cell}}}"),
        false => cell,
    };
    format!("    {} \\\\\n", cells.map(guarded).collect::<Vec<_>>().join(" & "))
}

fn label(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

/// Text as itself: the ten characters that TeX reads as its own, and those of tables that older fonts lack.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        let mark = MARKS.chars().position(|mark| mark == character);
        if let Some(letter) = mark.and_then(|at| LETTERS.get(at..=at)) {
            escaped += &format!("\\textsuperscript{{{letter}}}");
            continue;
        }
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\\' => escaped += "\\textbackslash{}",
            '~' => escaped += "\\textasciitilde{}",
            '^' => escaped += "\\textasciicircum{}",
            '<' => escaped += "\\textless{}",
            '>' => escaped += "\\textgreater{}",
            '|' => escaped += "\\textbar{}",
            '"' => escaped += "\\char34{}",
            '±' => escaped += "$\\pm$",
            '×' => escaped += "$\\times$",
            '−' => escaped += "$-$",
            '≥' => escaped += "$\\geq$",
            '→' => escaped += "$\\rightarrow$",
            '↑' => escaped += "$\\uparrow$",
            '–' => escaped += "--",
            '…' => escaped += "\\ldots{}",
            character if character.is_control() || is_line_break(character) => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::*;

    #[test]
    fn latex_shows_what_is_in_a_cell_and_obeys_none_of_it() {
        let text = render(&hostile());
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "% \\usepackage{booktabs}",
                "\\begin{table}",
                "\\centering",
                "\\caption{\\textless{}b\\textgreater{}50\\% \\& more\\_of \\$x\\$\\textless{}/b\\textgreater{}. \\# \\{note\\} \\textasciitilde{}\\textasciicircum{}.}",
                "\\label{tab:hostile-one-two}",
                "\\begin{tabular}{lr}",
                "\\toprule",
                "a\\textbar{}b & \\textbackslash{}end\\{table\\} \\\\",
                "\\midrule",
                "\\textless{}script\\textgreater{}alert('1')\\textless{}/script\\textgreater{} & \\textbf{0.5120 $\\pm$ 0.0119\\textsuperscript{a}\\textsuperscript{b}} \\\\",
                "x,\\char34{}y\\char34{} z & -- \\\\",
                "\\bottomrule",
                "\\end{tabular}",
                "\\end{table}",
            ]
        );
    }

    #[test]
    fn no_cell_is_read_as_an_argument_of_the_line_before() {
        assert_eq!(line(["[1] {".into(), "*".into()].into_iter()), "    {[1] {} & {*} \\\\\n");
    }
}
