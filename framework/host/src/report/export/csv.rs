//! Comma-separated values after RFC 4180: a header line, rows, nothing else, so that a program reads them as they are.

use std::borrow::Cow;

use super::Sheet;

/// The sheet as CSV.
pub fn render(sheet: &Sheet) -> String {
    let mut text = String::new();
    for row in std::iter::once(&sheet.table.header).chain(&sheet.table.rows) {
        let cells: Vec<Cow<'_, str>> = row.iter().map(|text| cell(text)).collect();
        text += &cells.join(",");
        text += "\r\n";
    }
    text
}

fn cell(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::*;

    #[test]
    fn csv_quotes_what_would_end_a_cell() {
        assert_eq!(
            render(&hostile()),
            "a|b,\\end{table}\r\n<script>alert('1')</script>,0.5120 ± 0.0119ᵃᵇ\r\n\"x,\"\"y\"\"\nz\",–\r\n"
        );
    }
}
