//! The files of a part of a collection, by language.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::data_files::DataFiles;
use super::super::discover::{PLACEHOLDER, shards};
use super::super::source::Source;
use super::codes::code_of;
use super::fields::OfFile;
use super::layout::{Part, measured_split};
use super::shards::{complete, in_order};
use crate::error::{Error, Result};
use crate::manifest::types::PathPattern;

const SPLIT: &str = "{split}";
const GZIP: &str = ".gz";

/// The files of a part in one language; without a language, what they hold names its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) language: Option<String>,
    /// Whether the language is that of the path; else it is the one that is asked for, of lines that name none.
    pub(super) is_told: bool,
    pub(super) paths: Vec<PathBuf>,
}

impl Located {
    /// What is known of the language of a line.
    pub(super) fn of_file(&self) -> OfFile<'_> {
        match (&self.language, self.is_told) {
            (Some(language), true) => OfFile::Told(language),
            (Some(language), false) => OfFile::Assumed(language),
            (None, _) => OfFile::Unknown,
        }
    }
}

/// The files of a language at the first place that has any.
struct Found {
    /// Without the ending of packed files.
    place: String,
    /// What the names have in the place of the language.
    name: String,
    paths: Vec<PathBuf>,
}

/// The files of a part that are wanted, in the order of their languages.
pub(super) fn locate(
    source: &Source<'_>,
    part: Part,
    data_dir: &Path,
    files: &mut DataFiles,
) -> Result<Vec<Located>> {
    let mut found: BTreeMap<Option<String>, Found> = BTreeMap::new();
    let mut tried = Vec::new();
    for (code, places) in places(source, part) {
        // The names of one language at several places: the first place that has it counts, in both forms.
        let mut names: BTreeMap<Option<String>, String> = BTreeMap::new();
        for place in places {
            tried.push(data_dir.join(&place));
            let plain = place.strip_suffix(GZIP).unwrap_or(&place).to_owned();
            for (name, paths) in shards(data_dir, &place, files)? {
                let language = code.clone().or_else(|| Some(code_of(name.as_ref()?).to_owned()));
                let name = name.unwrap_or_default();
                let earlier = names.entry(language.clone()).or_insert_with(|| name.clone());
                if *earlier != name {
                    let problem =
                        format!("the files of `{name}` and of `{earlier}` are of one language");
                    return Err(source.problem("path", problem).into());
                }
                let first = found.entry(language).or_insert_with(|| Found {
                    place: plain.clone(),
                    name: earlier.clone(),
                    paths: Vec::new(),
                });
                if first.place == plain {
                    first.paths.extend(paths);
                }
            }
        }
    }
    if found.is_empty() {
        return Err(missing(source, part, &tried));
    }
    let wanted = source.wanted();
    let only = wanted.as_ref().filter(|wanted| wanted.len() == 1);
    let only = only.and_then(|wanted| wanted.first()).map(|only| (*only).to_owned());
    let is_wanted = |language: &Option<String>| match (language, &wanted) {
        (Some(language), Some(wanted)) => wanted.contains(language.as_str()),
        _ => true,
    };
    let located = found.into_iter().filter(|(language, _)| is_wanted(language));
    located
        .map(|(language, Found { place, name, paths })| {
            let paths = in_order(paths).map_err(|problem| *problem)?;
            if part == Part::Corpus {
                complete(&place, &name, &paths).map_err(|problem| *problem)?;
            }
            let is_told = language.is_some();
            Ok(Located { language: language.or_else(|| only.clone()), is_told, paths })
        })
        .collect()
}

/// The patterns to look at, of one language or of whichever they hold.
fn places(source: &Source<'_>, part: Part) -> Vec<(Option<String>, Vec<String>)> {
    let split = source.collection.and_then(|collection| collection.split.as_deref());
    let split = split.unwrap_or(match source.is_training {
        true => "train",
        false => measured_split(source.reader, part),
    });
    let published: Vec<String> =
        part.published(source.reader).iter().map(|place| (*place).to_owned()).collect();
    let given: Vec<(Option<&String>, Vec<String>)> = match part.given(source.collection) {
        Some(PathPattern::Pattern(path)) => vec![(None, vec![path.clone()])],
        Some(PathPattern::PerLanguage(paths)) => {
            paths.iter().map(|(code, path)| (Some(code), vec![path.clone()])).collect()
        }
        None => vec![(None, published)],
    };
    let roots: Vec<(Option<&String>, &String)> = match source.path {
        PathPattern::Pattern(path) => vec![(None, path)],
        PathPattern::PerLanguage(paths) => {
            paths.iter().map(|(code, path)| (Some(code), path)).collect()
        }
    };
    let mut places = Vec::new();
    for (of_root, root) in &roots {
        for (of_part, below) in &given {
            let code = match (of_root, of_part) {
                (Some(root), Some(part)) if root != part => continue,
                (root, part) => root.or(*part),
            };
            let whole = |below: &String| {
                let whole = Path::new(root).join(below).to_string_lossy().replace(SPLIT, split);
                let whole = code.map_or(whole.clone(), |code| whole.replace(PLACEHOLDER, code));
                let packed = (!whole.ends_with(GZIP)).then(|| format!("{whole}{GZIP}"));
                [Some(whole), packed]
            };
            let all = below.iter().flat_map(whole).flatten().collect();
            places.push((code.cloned(), all));
        }
    }
    places
}

fn missing(source: &Source<'_>, part: Part, tried: &[PathBuf]) -> Error {
    let key = match part.given(source.collection) {
        Some(_) => part.key(),
        None => "path",
    };
    let problem = format!("there is no file of {}", part.holds());
    let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
    source.problem(key, problem).allowed(format!("one of {}", tried.join(", "))).into()
}
