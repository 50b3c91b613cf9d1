//! Reading a data set: locate its files, let its reader read each, and make sure that every language has data.

use std::collections::BTreeSet;
use std::path::Path;

use super::data_files::DataFiles;
use super::facts;
use super::shape::{Checked, Collector, Corpus, Row};
use super::source::{Located, Source};
use super::{aligned, bucc, jsonl, judged, squad, tsv, user};
use crate::error::{Diagnostic, Result};
use crate::manifest::types::{PassageUnit, PathPattern, Reader};

/// Reads the whole of a data set, before `limit` and `holdout`.
pub(super) fn read(source: &Source<'_>, data_dir: &Path) -> Result<Corpus> {
    check_passage(source)?;
    let corpus = match source.reader {
        Reader::Squad => squad(source, data_dir),
        Reader::Jsonl => {
            records(source, data_dir, |text, user, take| jsonl::read(text, user, take))
        }
        Reader::Tsv => records(source, data_dir, |text, user, take| tsv::read(text, user, take)),
        Reader::Embedded => embedded(source),
        Reader::AlignedLines => aligned::read(source, data_dir),
        Reader::Bucc => bucc::read(source, data_dir),
        Reader::Beir | Reader::Miracl | Reader::MrTydi | Reader::Trec => {
            judged::read_pairs(source, data_dir)
        }
        Reader::MewsliX => judged::read_mention_pairs(source, data_dir),
    }?;
    user::check_found(source, corpus.islands.iter().flatten())?;
    Ok(corpus)
}

/// Refuses sentences where nobody knows which of them answers.
pub(super) fn check_passage(source: &Source<'_>) -> Result<()> {
    if source.passage == PassageUnit::Sentence && source.reader != Reader::Squad {
        let problem = "only the reader `squad` can tell which sentence holds an answer";
        return Err(source.problem("passage", problem).allowed("\"paragraph\"").into());
    }
    Ok(())
}

fn squad(source: &Source<'_>, data_dir: &Path) -> Result<Corpus> {
    let mut files = DataFiles::default();
    let mut languages = Vec::new();
    let located = source.locate(data_dir, &mut files)?;
    for Located { language, path, .. } in &located {
        let language = language.as_deref().unwrap_or_default();
        let text = source.open("path", path, &mut files)?;
        let read = squad::read(&text, language, source.passage, source.user_column)
            .map_err(|problem| problem.file(path))?;
        if read.questions.is_empty() {
            let others = located.iter().filter_map(|file| file.language.as_deref());
            let others = others.filter(|other| *other != language);
            return Err(source.without_data(language, no_data(language, path), others).into());
        }
        languages.push(read);
    }
    Ok(Corpus::one(languages, files.into_read()))
}

/// Gives the next record to whoever gathers them.
type Take<'t> = &'t mut dyn FnMut(Row<'_>) -> Checked<()>;

fn records(
    source: &Source<'_>,
    data_dir: &Path,
    reader: fn(&str, Option<&str>, Take<'_>) -> Checked<()>,
) -> Result<Corpus> {
    let wanted = source.wanted();
    let mut collector = Collector::default();
    let mut files = DataFiles::default();
    for Located { language, path, .. } in source.locate(data_dir, &mut files)? {
        let mut present = BTreeSet::new();
        let text = source.open("path", &path, &mut files)?;
        reader(&text, source.user_column, &mut |row| {
            if language.as_deref().is_some_and(|language| language != row.language) {
                return Err(Diagnostic::new(format!(
                    "record `{}` is of the language `{}`, in the file of another",
                    row.id, row.language
                ))
                .allowed(language.as_deref().unwrap_or_default())
                .into());
            }
            if !present.contains(row.language) {
                present.insert(row.language.to_owned());
            }
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(row.language)) {
                collector.push(row)?;
            }
            Ok(())
        })
        .map_err(|problem| problem.file(&path))?;

        if present.is_empty() {
            return Err(Diagnostic::new("there is no record in the file").file(path).into());
        }
        let mut expected = wanted.iter().flatten().filter(|_| language.is_none());
        if let Some(missing) = expected.find(|language| !present.contains(**language)) {
            let present = present.iter().map(String::as_str);
            return Err(source.without_data(missing, no_data(missing, &path), present).into());
        }
    }
    Ok(Corpus::one(collector.finish(), files.into_read()))
}

/// `facts/train`: the corpus that comes with triglot, and its split.
fn embedded(source: &Source<'_>) -> Result<Corpus> {
    let found = match source.path {
        PathPattern::Pattern(name) => name.as_str(),
        PathPattern::PerLanguage(_) => "",
    };
    let mut splits = facts::SPLITS.iter();
    let Some(split) = splits.find(|split| found.strip_prefix("facts/") == Some(**split)) else {
        let names: Vec<String> =
            facts::SPLITS.iter().map(|split| format!("facts/{split}")).collect();
        return Err(source
            .problem("path", format!("no corpus `{found}` comes with triglot"))
            .nearest(found, names.iter().map(String::as_str))
            .allowed(names.join(", "))
            .into());
    };
    let wanted = source.wanted();
    let mut asked = wanted.iter().flatten();
    if let Some(missing) = asked.find(|language| !facts::LANGUAGES.contains(*language)) {
        let problem = no_data(missing, Path::new(found));
        return Err(source.without_data(missing, problem, facts::LANGUAGES.iter().copied()).into());
    }
    let mut collector = Collector::default();
    for (line, record) in (1..).zip(facts::records(split)) {
        if wanted.as_ref().is_none_or(|wanted| wanted.contains(record.language.as_str())) {
            let row = Row {
                line,
                id: &record.id,
                language: &record.language,
                query: &record.query,
                passage: &record.passage,
                group: Some(&record.group),
                user: user::ABSENT,
            };
            collector.push(row).map_err(|problem| problem.file(found))?;
        }
    }
    let files = vec![(found.into(), facts::hash())];
    Ok(Corpus::one(collector.finish(), files))
}

pub(super) fn no_data(language: &str, path: &Path) -> String {
    format!("there is no data of the language `{language}` in {}", path.display())
}
