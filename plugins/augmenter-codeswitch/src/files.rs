//! The files that the option `files` names: in a folder, in an archive, or the one that `dictionaries` is.
//!
//! A name never leads out of the folder or archive. The host hashes what `dictionaries` leads to into the record of the
//! run, and what is read from elsewhere would be missing there.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path};

use flate2::bufread::MultiGzDecoder;
use triglot_sdk::{Error, Result};

use crate::options::Options;

/// Endings of an archive's name.
const ARCHIVES: [&str; 3] = [".tar", ".tar.gz", ".tgz"];
/// The first bytes of what gzip packed (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Most bytes of a dictionary, unpacked: more is no list of words.
const MOST: u64 = 1 << 30;
/// Most names that an error lists.
const LISTED: usize = 12;

/// A dictionary as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    /// The language that it translates into.
    pub language: String,
    /// Where it was read, for messages.
    pub place: String,
    /// Its lines.
    pub bytes: Vec<u8>,
}

/// A language and its file's name in the folder or archive.
struct Wanted<'a> {
    language: &'a str,
    name: String,
}

/// Reads every dictionary, in the order of the languages.
pub fn read(options: &Options) -> Result<Vec<Dictionary>> {
    let path = options.dictionaries.as_path();
    let wanted = options.files.iter().map(|(language, file)| {
        let name = inner_name(file).ok_or_else(|| {
            let (file, inside) = (file.display(), path.display());
            let problem = format!("files: `{language}`: `{file}` is no name of a file in {inside}");
            Error::invalid(problem)
        })?;
        Ok(Wanted { language, name })
    });
    let wanted = wanted.collect::<Result<Vec<_>>>()?;
    if path.is_dir() {
        wanted.iter().map(|wanted| in_folder(path, wanted)).collect()
    } else if ARCHIVES.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
        in_archive(path, &wanted)
    } else {
        wanted.iter().map(|wanted| alone(path, wanted)).collect()
    }
}

fn in_folder(folder: &Path, wanted: &Wanted<'_>) -> Result<Dictionary> {
    let path = folder.join(&wanted.name);
    if !path.exists() {
        let (parent, _) = wanted.name.rsplit_once('/').unwrap_or_default();
        let entries = std::fs::read_dir(folder.join(parent)).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let names = names.map(|name| match parent {
            "" => name,
            parent => format!("{parent}/{name}"),
        });
        return Err(missing(wanted, folder, names.collect()));
    }
    alone_at(&path, wanted)
}

/// Reads the file that `dictionaries` is.
fn alone(path: &Path, wanted: &Wanted<'_>) -> Result<Dictionary> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match wanted.name == name {
        true => alone_at(path, wanted),
        false => Err(missing(wanted, path, vec![name.into_owned()])),
    }
}

fn alone_at(path: &Path, wanted: &Wanted<'_>) -> Result<Dictionary> {
    let place = path.display().to_string();
    let bytes = File::open(path).and_then(unpacked);
    let bytes = bytes.map_err(|error| unreadable(&place, &error))?;
    Ok(Dictionary { language: wanted.language.to_owned(), place, bytes })
}

fn in_archive(path: &Path, wanted: &[Wanted<'_>]) -> Result<Vec<Dictionary>> {
    let archive = path.display().to_string();
    let damaged = |error: std::io::Error| unreadable(&archive, &error);
    let file = File::open(path).and_then(opened).map_err(damaged)?;
    let mut found: Vec<Option<Dictionary>> = wanted.iter().map(|_| None).collect();
    let mut names = Vec::new();
    for entry in tar::Archive::new(file).entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let name = inner_name(&entry.path().map_err(damaged)?);
        let Some(name) = name.filter(|_| entry.header().entry_type().is_file()) else { continue };
        let mut meant = wanted.iter().zip(&mut found).filter(|(wanted, _)| wanted.name == name);
        if let Some((first, slot)) = meant.next() {
            let place = format!("{name} in {archive}");
            let bytes = unpacked(&mut entry).map_err(|error| unreadable(&place, &error))?;
            // Two languages may share a file; of two members of one name the later counts, as when unpacked.
            for (other, slot) in meant {
                let (language, place, bytes) =
                    (other.language.to_owned(), place.clone(), bytes.clone());
                *slot = Some(Dictionary { language, place, bytes });
            }
            *slot = Some(Dictionary { language: first.language.to_owned(), place, bytes });
        }
        names.push(name);
    }
    let found = wanted.iter().zip(found);
    let found =
        found.map(|(wanted, found)| found.ok_or_else(|| missing(wanted, path, names.clone())));
    found.collect()
}

/// A name in a folder or archive, `/` between its parts; `None` if it leads elsewhere or nowhere.
fn inner_name(path: &Path) -> Option<String> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let parts = parts.map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    let name = parts.collect::<Option<Vec<_>>>()?.join("/");
    (!name.is_empty()).then_some(name)
}

/// What a file holds, unpacked where gzip packed it.
fn opened<'a>(file: impl Read + 'a) -> std::io::Result<Box<dyn Read + 'a>> {
    let mut file = BufReader::new(file);
    Ok(match file.fill_buf()?.starts_with(&GZIP) {
        true => Box::new(MultiGzDecoder::new(file)),
        false => Box::new(file),
    })
}

fn unpacked(file: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    opened(file)?.take(MOST + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MOST {
        true => Err(std::io::Error::other("more than 1 GiB, which is no list of words")),
        false => Ok(bytes),
    }
}

fn unreadable(place: &str, error: &std::io::Error) -> Error {
    Error::invalid(format!("dictionaries: {place} cannot be read: {error}"))
}

/// The error of a file that is not there, with the nearest name and some of those that are.
fn missing(wanted: &Wanted<'_>, inside: &Path, mut names: Vec<String>) -> Error {
    let Wanted { language, name } = wanted;
    let mut problem = format!("files: `{language}`: there is no `{name}` in {}", inside.display());
    names.sort_unstable();
    let nearest = names.iter().map(|other| (strsim::damerau_levenshtein(name, other), other)).min();
    if let Some((distance, nearest)) = nearest
        && distance <= nearest.chars().count().max(3) / 3
    {
        problem += &format!("; did you mean `{nearest}`?");
    }
    problem += match names.len() {
        0 => "; it is empty",
        1..=LISTED => "; it has ",
        _ => "; the first of its files are ",
    };
    names.truncate(LISTED);
    Error::invalid(problem + &names.join(", "))
}
