//! Runs and judgements in the files that trec_eval and its kin read, and the values per query beside them.
//!
//! Two things matter here. Bytes repeat: the gzip header carries neither time nor system, and the compression level
//! is fixed. And the files say the same as the run: scores are printed with the fewest digits that give the same
//! f32 back, so a tie stays a tie and everything else stays apart.

use std::borrow::Cow;
use std::io::Write;

use flate2::{Compression, GzBuilder};

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::run::GroupRun;

/// Of "unknown" in the operating system field of a gzip header (RFC 1952, section 2.3.1).
const UNKNOWN_SYSTEM: u8 = 255;

/// Writes the retrieved documents of a group as a gzipped TREC run: `query Q0 document rank score tag`.
pub fn write_run(
    out: impl Write,
    collection: &Collection,
    group: &GroupRun,
    tag: &str,
) -> Result<()> {
    let names = Names { collection, group };
    let tag = unbroken("tag", tag)?;
    let mut out =
        GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM).write(out, Compression::new(6));
    let mut lines = Vec::new();
    for run in &group.queries {
        let query = unbroken("query id", names.query(run.query)?)?;
        for (index, hit) in run.top.iter().enumerate() {
            let document = unbroken("document id", names.document(hit.document)?)?;
            writeln!(lines, "{query} Q0 {document} {} {} {tag}", index + 1, hit.score)?;
        }
        out.write_all(&lines)?;
        lines.clear();
    }
    out.finish()?.flush()?;
    Ok(())
}

/// Writes the judgements that counted in a group, `query 0 document grade`, ascending by document within a query.
pub fn write_qrels(mut out: impl Write, collection: &Collection, group: &GroupRun) -> Result<()> {
    let names = Names { collection, group };
    let mut lines = Vec::new();
    for run in &group.queries {
        let query = unbroken("query id", names.query(run.query)?)?;
        let mut judged = run.judged.clone();
        judged.sort_unstable_by_key(|judged| judged.document);
        for judged in judged {
            let document = unbroken("document id", names.document(judged.document)?)?;
            writeln!(lines, "{query} 0 {document} {}", judged.grade)?;
        }
        out.write_all(&lines)?;
        lines.clear();
    }
    out.flush()?;
    Ok(())
}

/// Writes one row of metric values a query as CSV; a value that is undefined (NaN) leaves its cell empty.
///
/// `values` holds the group's queries × `columns`, row by row.
pub fn write_values<C: AsRef<str>>(
    mut out: impl Write,
    collection: &Collection,
    group: &GroupRun,
    columns: &[C],
    values: &[f64],
) -> Result<()> {
    let queries = group.queries.len();
    if queries.checked_mul(columns.len()) != Some(values.len()) {
        return Err(Error::Values { found: values.len(), queries, columns: columns.len() });
    }
    let names = Names { collection, group };
    let mut line = b"query".to_vec();
    for column in columns {
        write!(line, ",{}", csv_cell(column.as_ref()))?;
    }
    line.push(b'\n');
    out.write_all(&line)?;
    for (index, run) in group.queries.iter().enumerate() {
        line.clear();
        write!(line, "{}", csv_cell(names.query(run.query)?))?;
        for value in &values[index * columns.len()..(index + 1) * columns.len()] {
            line.push(b',');
            if !value.is_nan() {
                write!(line, "{value}")?;
            }
        }
        line.push(b'\n');
        out.write_all(&line)?;
    }
    out.flush()?;
    Ok(())
}

/// The ids behind a group's indices, which anybody may have put there.
struct Names<'a> {
    collection: &'a Collection,
    group: &'a GroupRun,
}

impl<'a> Names<'a> {
    fn query(&self, index: u32) -> Result<&'a str> {
        self.find("query", &self.collection.queries().ids, index)
    }

    fn document(&self, index: u32) -> Result<&'a str> {
        self.find("document", &self.collection.documents().ids, index)
    }

    fn find(&self, role: &'static str, ids: &'a [String], index: u32) -> Result<&'a str> {
        let foreign = || Error::Foreign { group: self.group.name.clone(), role, found: index };
        ids.get(index as usize).map(String::as_str).ok_or_else(foreign)
    }
}

fn unbroken<'a>(role: &'static str, text: &'a str) -> Result<&'a str> {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(Error::Blank { role, found: text.to_string() });
    }
    Ok(text)
}

/// A cell of a CSV file: quoted where RFC 4180 asks for it.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
