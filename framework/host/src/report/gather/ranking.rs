//! The rankings and judgements that a run left of one group, read again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::ReportedRun;
use crate::error::{Diagnostic, Result};
use crate::files;
use crate::manifest::types::Setting;

/// The files of one group of a run.
pub struct GroupFiles {
    folder: PathBuf,
    group: String,
}

impl GroupFiles {
    /// Those of a group of a setting on a data set.
    pub fn of(run: &ReportedRun, set: &str, setting: Setting, group: &str) -> Self {
        let folder = run.folder.join("eval").join(set).join(setting.as_str());
        Self { folder, group: group.to_owned() }
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.group))
    }

    /// Whether the run left a ranking of the group.
    pub fn exist(&self) -> bool {
        self.path("trec.gz").is_file()
    }

    /// Calls `each` with query, passage and rank of every line of the ranking, in the order of the file.
    ///
    /// # Errors
    /// If the file is missing or damaged.
    pub fn ranking(&self, mut each: impl FnMut(&str, &str, usize)) -> Result<()> {
        let path = self.path("trec.gz");
        let file = File::open(&path).map_err(|source| files::input_error(&path, &source))?;
        let mut lines = BufReader::new(MultiGzDecoder::new(BufReader::new(file)));
        let mut line = String::new();
        for number in 1.. {
            line.clear();
            let read = lines.read_line(&mut line);
            if read.map_err(|source| files::input_error(&path, &source))? == 0 {
                break;
            }
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let rank = fields.get(3).and_then(|rank| rank.parse().ok());
            let (Some(rank), [query, _, passage, ..]) = (rank, fields.as_slice()) else {
                return Err(no_line(&path, number, "query Q0 passage rank score tag"));
            };
            each(query, passage, rank);
        }
        Ok(())
    }

    /// The relevant passages of every query.
    ///
    /// # Errors
    /// If the file is missing or damaged.
    pub fn relevant(&self) -> Result<BTreeMap<String, Vec<String>>> {
        let path = self.path("qrels");
        let text = files::input_to_string(&path)?;
        let mut relevant: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            let grade = fields.get(3).and_then(|grade| grade.parse::<i64>().ok());
            let (Some(grade), [query, _, passage, ..]) = (grade, fields.as_slice()) else {
                return Err(no_line(&path, number, "query 0 passage grade"));
            };
            let passages = relevant.entry((*query).to_owned()).or_default();
            passages.extend((grade > 0).then(|| (*passage).to_owned()));
        }
        Ok(relevant)
    }
}

fn no_line(path: &Path, number: usize, allowed: &str) -> crate::Error {
    Diagnostic::new("is no line of its format").file(path).line(number).allowed(allowed).into()
}

/// The language of a passage, by its id.
pub fn language(passage: &str) -> &str {
    passage.split_once(':').map_or("", |(language, _)| language)
}
