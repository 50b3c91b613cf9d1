//! The values per query that a run left, read again.

use super::ReportedRun;
use crate::error::{Diagnostic, Result};
use crate::files;
use crate::manifest::types::Setting;

/// The values of a column in one group of a setting, by query, in the order of the file; NaN where it is undefined.
///
/// # Errors
/// If the file is missing or damaged, or has no such column.
pub fn values(
    run: &ReportedRun,
    set: &str,
    setting: Setting,
    group: &str,
    column: &str,
) -> Result<Vec<(String, f64)>> {
    let folder = run.folder.join("eval").join(set).join(setting.as_str());
    let path = folder.join(format!("{group}.csv"));
    let text = files::input_to_string(&path)?;
    let mut lines = (1..).zip(text.lines().map(cells));
    let header = lines.next().map(|(_, cells)| cells).unwrap_or_default();
    let Some(at) = header.iter().position(|name| name == column) else {
        let problem = format!("has no column `{column}`");
        return Err(Diagnostic::new(problem).file(path).allowed(header.join(", ")).into());
    };
    let mut values = Vec::new();
    for (number, cells) in lines {
        let (Some(query), Some(value)) = (cells.first(), cells.get(at)) else {
            return Err(Diagnostic::new("is no line of its format").file(path).line(number).into());
        };
        if value.is_empty() {
            values.push((query.clone(), f64::NAN));
            continue;
        }
        let Ok(value) = value.parse::<f64>() else {
            let problem = format!("`{value}` is no number");
            return Err(Diagnostic::new(problem).file(path).line(number).into());
        };
        values.push((query.clone(), value));
    }
    Ok(values)
}

/// The cells of a line; ids hold no white space, so that a line of the file is a row.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                if let Some(cell) = cells.last_mut() {
                    cell.push('"');
                }
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            character => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(character);
                }
            }
        }
    }
    cells
}
