//! Scores as a table, as JSON, and query by query as CSV.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use triglot_evaluate::csv_cell;

use super::RunScores;
use crate::plugin::Column;
use crate::report::Table;

/// Runs down, metrics across; what was left out stands below.
pub fn table(runs: &[(PathBuf, RunScores)], all_queries: bool) -> Table {
    let columns = runs.first().map(|(_, scores)| scores.columns.as_slice()).unwrap_or_default();
    let names = columns.iter().map(|(column, _)| column.name.clone());
    let row = |(path, scores): &(PathBuf, RunScores)| {
        let means = scores.means().map(|(column, mean, _)| number(mean, column));
        [path.display().to_string(), scores.queries.len().to_string()]
            .into_iter()
            .chain(means)
            .collect()
    };
    Table {
        header: ["run".to_owned(), "queries".to_owned()].into_iter().chain(names).collect(),
        rows: runs.iter().map(row).collect(),
        notes: runs.iter().flat_map(|(path, scores)| notes(path, scores, all_queries)).collect(),
        ..Table::default()
    }
}

fn notes(path: &Path, scores: &RunScores, all_queries: bool) -> Vec<String> {
    let path = path.display();
    let mut notes = Vec::new();
    if scores.unjudged_queries > 0 {
        let count = queries(scores.unjudged_queries);
        notes.push(format!("{path}: {count} without any judgement, left out"));
    }
    if scores.missing_queries > 0 {
        let count = queries(scores.missing_queries);
        notes.push(match all_queries {
            true => format!("{path}: {count} not in the run, counted as having retrieved nothing"),
            false => format!("{path}: {count} not in the run, left out; --all-queries counts them"),
        });
    }
    // Metrics mostly leave out the same queries: those for which nothing is relevant.
    let mut undefined: Vec<(usize, Vec<&str>)> = Vec::new();
    for (column, _, count) in scores.means().filter(|(.., count)| *count > 0) {
        match undefined.iter_mut().find(|(other, _)| *other == count) {
            Some((_, names)) => names.push(&column.name),
            None => undefined.push((count, vec![&column.name])),
        }
    }
    notes.extend(undefined.into_iter().map(|(count, names)| {
        format!(
            "{path}: {} without a value of {}, left out of the mean",
            queries(count),
            names.join(", ")
        )
    }));
    notes
}

fn queries(count: usize) -> String {
    match count {
        1 => "1 query".to_owned(),
        count => format!("{count} queries"),
    }
}

/// Four digits where values lie in [-1, 1], else one; `–` where no query has a value.
fn number(mean: Option<f64>, column: &Column) -> String {
    match mean {
        None => "–".to_owned(),
        Some(mean) if column.range.1 <= 1.0 => format!("{mean:.4}"),
        Some(mean) => format!("{mean:.1}"),
    }
}

/// The same as one JSON document, in full precision.
pub fn record(runs: &[(PathBuf, RunScores)], qrels: &Path, all_queries: bool) -> Value {
    let columns = runs.first().map(|(_, scores)| scores.columns.as_slice()).unwrap_or_default();
    let columns = columns.iter().map(
        |(column, _)| json!({ "name": column.name, "higher_is_better": column.higher_is_better }),
    );
    let run = |(path, scores): &(PathBuf, RunScores)| {
        let means: Map<String, Value> =
            scores.means().map(|(column, mean, _)| (column.name.clone(), mean.into())).collect();
        let undefined: Map<String, Value> =
            scores.means().map(|(column, _, count)| (column.name.clone(), count.into())).collect();
        json!({
            "run": path.display().to_string(),
            "queries": scores.queries.len(),
            "unjudged_queries": scores.unjudged_queries,
            "missing_queries": scores.missing_queries,
            "means": means,
            "undefined": undefined,
        })
    };
    json!({
        "qrels": qrels.display().to_string(),
        "all_queries": all_queries,
        "columns": columns.collect::<Vec<_>>(),
        "runs": runs.iter().map(run).collect::<Vec<_>>(),
    })
}

/// Writes the values of every query as CSV, `run,query,…`; a value that is undefined leaves its cell empty.
///
/// # Errors
/// If `out` fails.
pub fn per_query(mut out: impl Write, runs: &[(PathBuf, RunScores)]) -> io::Result<()> {
    for (number, (path, scores)) in runs.iter().enumerate() {
        if number == 0 {
            let names = scores.columns.iter().map(|(column, _)| format!(",{}", column.name));
            writeln!(out, "run,query{}", names.collect::<String>())?;
        }
        let path = path.display().to_string();
        for (at, query) in scores.queries.iter().enumerate() {
            write!(out, "{},{}", csv_cell(&path), csv_cell(query))?;
            for (_, values) in &scores.columns {
                match values.get(at) {
                    Some(value) if !value.is_nan() => write!(out, ",{value}")?,
                    _ => write!(out, ",")?,
                }
            }
            writeln!(out)?;
        }
    }
    Ok(())
}
