//! The values per query that a run left in its folder, read again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Diagnostic, Result};
use crate::files;
use crate::manifest::types::Setting;
use crate::retrieval::Ranker;

/// The folder of a setting's files in that of a run: those of the model, or of its baseline.
pub fn setting_folder(run: &Path, (ranker, set): (Ranker, &str), setting: Setting) -> PathBuf {
    run.join(ranker.root()).join(set).join(setting.as_str())
}

/// The groups of a setting, by name: those that have a file of values.
///
/// # Errors
/// If the folder cannot be read.
pub fn groups(run: &Path, of: (Ranker, &str), setting: Setting) -> Result<Vec<String>> {
    let folder = setting_folder(run, of, setting);
    if !folder.is_dir() {
        let problem = "there is no such folder: the values per query were not written, or removed";
        return Err(Diagnostic::new(problem).file(folder).into());
    }
    let paths = files::list_dir(&folder)?;
    let values = paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "csv"));
    Ok(values.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect())
}

/// The values of columns in one group by query, NaN where a value is undefined.
///
/// # Errors
/// If the file is missing or damaged, or lacks a column.
pub fn values(
    run: &Path,
    of: (Ranker, &str),
    setting: Setting,
    group: &str,
    columns: &[String],
) -> Result<BTreeMap<String, Vec<f64>>> {
    let path = setting_folder(run, of, setting).join(format!("{group}.csv"));
    let text = files::input_to_string(&path)?;
    read(&text, columns).map_err(|mistake| (*mistake).file(path).into())
}

/// What is sound, or what is wrong with it.
type Checked<T> = Result<T, Box<Diagnostic>>;

fn read(text: &str, columns: &[String]) -> Checked<BTreeMap<String, Vec<f64>>> {
    let mut lines = (1..).zip(text.lines().map(cells));
    let header = lines.next().map(|(_, cells)| cells).unwrap_or_default();
    let place = |column: &String| {
        header.iter().skip(1).position(|name| name == column).map(|at| at + 1).ok_or_else(|| {
            let names = || header.iter().skip(1).map(String::as_str);
            let mistake = Diagnostic::new(format!("has no column `{column}`")).line(1);
            let allowed = names().collect::<Vec<_>>().join(", ");
            Box::new(mistake.nearest(column, names()).allowed(allowed))
        })
    };
    let places: Vec<usize> = columns.iter().map(place).collect::<Checked<_>>()?;
    let mut values = BTreeMap::new();
    for (line, cells) in lines {
        if cells.len() != header.len() {
            let problem = format!("{} cells where the header has {}", cells.len(), header.len());
            return Err(Diagnostic::new(problem).line(line).into());
        }
        let row = places.iter().map(|at| number(&cells[*at])).collect::<Checked<_>>();
        let row = row.map_err(|mistake| Box::new(mistake.line(line)))?;
        if values.insert(cells[0].clone(), row).is_some() {
            let problem = format!("query `{}` again", cells[0]);
            return Err(Diagnostic::new(problem).line(line).into());
        }
    }
    Ok(values)
}

fn number(cell: &str) -> Checked<f64> {
    match cell.parse::<f64>() {
        _ if cell.is_empty() => Ok(f64::NAN),
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(Diagnostic::new(format!("`{cell}` is no value of a metric"))
            .allowed("a finite number, or nothing where the value is undefined")
            .into()),
    }
}

/// The cells of a line (RFC 4180). Ids hold no white space, so that a row is a line.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn values_are_found_by_column_and_query() {
        let text = "query,map,\"a,\"\"b\"\"\"\nen:1,0.5,\n\"en:2,x\",1,-2e-3\r\n";
        let found = read(text, &columns(&["a,\"b\"", "map"])).unwrap();
        assert_eq!(found["en:2,x"], [-2e-3, 1.0]);
        assert!(found["en:1"][0].is_nan() && found["en:1"][1] == 0.5);
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_line() {
        let mistake = |text: &str| {
            let mistake = read(text, &columns(&["map"])).unwrap_err();
            (mistake.line, mistake.problem)
        };
        let cases = [
            ("", 1, "has no column `map`"),
            ("map,ndcg\nen:1,1\n", 1, "has no column `map`"),
            ("query,map\nen:1,0.5,7\n", 2, "3 cells where the header has 2"),
            ("query,map\nen:1,0.5\nen:2,half\n", 3, "`half` is no value of a metric"),
            ("query,map\nen:1,inf\n", 2, "`inf` is no value of a metric"),
            ("query,map\nen:1,0.5\nen:1,0.5\n", 3, "query `en:1` again"),
        ];
        for (text, line, problem) in cases {
            assert_eq!(mistake(text), (Some(line), problem.to_owned()), "{text:?}");
        }
    }
}
