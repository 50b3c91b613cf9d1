//! Fingerprints of files and folders, for the provenance of a run.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::input::input_list;
use super::{failed, input_error};
use crate::error::{Diagnostic, Error, Result};

/// BLAKE3 of the bytes of a file of the host's own, in hexadecimal.
pub fn hash_file(path: &Path) -> Result<String> {
    Ok(digest(path).map_err(failed("read", path))?.to_hex().to_string())
}

/// BLAKE3, in hexadecimal, of the bytes of a file that the user named, or of the names and bytes of all files below a
/// folder.
///
/// The same for the same files wherever the folder lies: names are relative, in sorted order, with `/` between their
/// parts. Links are followed, since the model hub's cache consists of them; a folder without files leaves no trace.
pub fn hash_input(path: &Path) -> Result<String> {
    if !is_folder(path)? {
        return Ok(read(path)?.to_hex().to_string());
    }
    hash_files(files_of(path)?)
}

/// BLAKE3, in hexadecimal, of the names and bytes of these files, as [`hash_input`] has it of a folder that holds them
/// and nothing else.
pub fn hash_files(files: impl IntoIterator<Item = (String, PathBuf)>) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for (name, file) in files {
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(read(&file)?.as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The digest of a file that the user named.
fn read(path: &Path) -> Result<blake3::Hash> {
    digest(path).map_err(|source| input_error(path, &source))
}

/// The length and the BLAKE3, in hexadecimal, of every file below a folder, by its relative name.
pub fn inventory(folder: &Path) -> Result<BTreeMap<String, FileMark>> {
    let mark = |(name, path): (String, PathBuf)| {
        let bytes = fs::metadata(&path).map_err(failed("read", &path))?.len();
        Ok((name, FileMark { bytes, hash: hash_file(&path)? }))
    };
    files_of(folder)?.into_iter().map(mark).collect()
}

/// By what a file is known again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub hash: String,
}

/// Looks whether what the user named is a file, or a folder that holds nothing but files and folders; what else there
/// is, a pipe for one, might never come to an end if it were read.
pub fn check_input(path: &Path) -> Result<()> {
    if is_folder(path)? {
        files_of(path)?;
    }
    Ok(())
}

fn digest(path: &Path) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize())
}

/// Whether a path leads to a folder; fails if it leads to no file either.
fn is_folder(path: &Path) -> Result<bool> {
    let kind = match fs::metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(source) if path.is_symlink() => {
            return Err(unfit(path, format!("the link leads to nothing: {source}")));
        }
        Err(source) => return Err(input_error(path, &source)),
    };
    match kind.is_dir() || kind.is_file() {
        true => Ok(kind.is_dir()),
        false => Err(unfit(path, "is neither a file nor a folder".into())),
    }
}

/// The files below a folder with their relative names, sorted by these.
fn files_of(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    collect(folder, &mut Vec::new(), &mut Vec::new(), &mut files)?;
    files.sort_unstable();
    Ok(files)
}

/// Finds the files below `folder`; `inside` holds the real paths of the folders around it, `parts` its relative name.
fn collect(
    folder: &Path,
    inside: &mut Vec<PathBuf>,
    parts: &mut Vec<String>,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<()> {
    let real = fs::canonicalize(folder).map_err(|source| input_error(folder, &source))?;
    if inside.contains(&real) {
        return Err(unfit(folder, "the folder links to itself".into()));
    }
    inside.push(real);
    for path in input_list(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(unfit(&path, "the name is not UTF-8".into()));
        };
        parts.push(name.to_owned());
        match is_folder(&path)? {
            true => collect(&path, inside, parts, files)?,
            false => files.push((parts.join("/"), path)),
        }
        parts.pop();
    }
    inside.pop();
    Ok(())
}

fn unfit(path: &Path, problem: String) -> Error {
    Diagnostic::new(problem).file(path).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_file_has_the_hash_of_its_bytes() {
        let folder = folder(&[("a", "abc")]);
        // The value of b3sum.
        assert_eq!(
            hash_file(&folder.path().join("a")).unwrap(),
            "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
        );
    }

    #[test]
    fn a_folder_has_the_hash_of_its_names_and_bytes() {
        let base = [("model/weights", "123"), ("config", "x"), ("model-card", "")];
        let mut reversed = base;
        reversed.reverse();
        let hash = hash_input(folder(&base).path()).unwrap();
        assert_eq!(hash, hash_input(folder(&reversed).path()).unwrap());

        for other in [
            [("model/weights", "124"), ("config", "x"), ("model-card", "")],
            [("model/weight", "123"), ("config", "x"), ("model-card", "")],
            [("model/weights", "123"), ("config", ""), ("model-card", "x")],
        ] {
            assert_ne!(hash, hash_input(folder(&other).path()).unwrap());
        }
        assert_ne!(hash, hash_input(folder(&base[..2]).path()).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn links_count_as_what_they_lead_to_and_never_in_a_circle() {
        let base = folder(&[("blobs/1", "123"), ("plain/weights", "123")]);
        let linked = base.path().join("linked");
        fs::create_dir(&linked).unwrap();
        std::os::unix::fs::symlink("../blobs/1", linked.join("weights")).unwrap();
        assert_eq!(hash_input(&linked).unwrap(), hash_input(&base.path().join("plain")).unwrap());

        std::os::unix::fs::symlink("..", linked.join("up")).unwrap();
        assert_refused(&linked, &linked.join("up/linked"), "the folder links to itself");
    }

    /// Neither hashed nor passed, because of what lies at `place`.
    #[cfg(unix)]
    fn assert_refused(input: &Path, place: &Path, problem: &str) {
        for error in [hash_input(input).unwrap_err(), check_input(input).unwrap_err()] {
            assert_eq!(error.exit_code(), 2, "{error}");
            let (message, place) = (error.to_string(), place.display().to_string());
            assert!(message.starts_with(&place) && message.contains(problem), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused_and_not_read() {
        let base = folder(&[("model/weights", "123")]);
        let model = base.path().join("model");
        check_input(&model).unwrap();
        // A socket stands for the pipes and devices: opened, they would wait for somebody to write.
        let pipe = model.join("pipe");
        let socket = std::os::unix::net::UnixListener::bind(&pipe).unwrap();
        for input in [&model, &pipe] {
            assert_refused(input, &pipe, "is neither a file nor a folder");
        }
        drop(socket);
        fs::remove_file(&pipe).unwrap();
        let circle = model.join("loop");
        std::os::unix::fs::symlink("loop", &circle).unwrap();
        for input in [&model, &circle] {
            assert_refused(input, &circle, "the link leads to nothing");
        }
    }
}
