//! Reading what the user named: what is wrong with it is the user's to mend.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{parent_of, sorted_entries};
use crate::error::{Diagnostic, Error, Result};

/// Opens a file that the user named. Failures of the reading that follows go through [`input_error`].
pub fn input_open(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| input_error(path, &source))
}

/// Reads a file that the user named.
pub fn input_read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| input_error(path, &source))
}

/// Reads a file that the user named as text; bytes that are not UTF-8 are named by their line.
pub fn input_to_string(path: &Path) -> Result<String> {
    String::from_utf8(input_read(path)?).map_err(|source| {
        let valid = source.as_bytes().iter().take(source.utf8_error().valid_up_to());
        let line = valid.filter(|byte| **byte == b'\n').count() + 1;
        Diagnostic::new("the text is not UTF-8").file(path).line(line).into()
    })
}

/// The paths of what lies in a folder that the user named, sorted by name.
pub(super) fn input_list(path: &Path) -> Result<Vec<PathBuf>> {
    sorted_entries(path).map_err(|source| input_error(path, &source))
}

/// What a failure to read `path` means: wrong input where the user can mend it, else a failure of the machine.
pub fn input_error(path: &Path, source: &io::Error) -> Error {
    match source.kind() {
        ErrorKind::NotFound => missing(path).into(),
        ErrorKind::PermissionDenied => {
            Diagnostic::new("may not be read: permission denied").file(path).into()
        }
        ErrorKind::IsADirectory => {
            Diagnostic::new("is a folder where a file is needed").file(path).into()
        }
        ErrorKind::NotADirectory => {
            Diagnostic::new("does not exist: a part of its path is a file, not a folder")
                .file(path)
                .into()
        }
        _ => Error::io("read", path, source),
    }
}

/// Says how much of the path exists, and offers the name that may have been meant.
fn missing(path: &Path) -> Diagnostic {
    let parent = parent_of(path);
    if let Ok(siblings) = sorted_entries(parent) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let siblings: Vec<_> =
            siblings.iter().filter_map(|sibling| sibling.file_name()?.to_str()).collect();
        return Diagnostic::new("there is no such file").file(path).nearest(&name, siblings);
    }
    match parent.ancestors().find(|folder| folder.is_dir()) {
        Some(folder) => Diagnostic::new(format!(
            "there is no such file; of the folders on its path, the last that exists is {}",
            folder.display()
        )),
        None => Diagnostic::new("there is no such file, nor the folder that would hold it"),
    }
    .file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(error: Error) -> String {
        assert_eq!(error.exit_code(), 2, "{error}");
        error.to_string()
    }

    #[test]
    fn a_missing_input_offers_the_nearest_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("xquad.json"), "{}").unwrap();
        let path = folder.path().join("xquda.json");
        assert_eq!(
            problem(input_read(&path).unwrap_err()),
            format!("{}: there is no such file; did you mean `xquad.json`?", path.display())
        );
    }

    #[test]
    fn an_input_in_a_missing_folder_says_how_far_the_path_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("squad/dev/en.json");
        let message = problem(input_open(&path).unwrap_err());
        assert!(
            message.ends_with(&format!("the last that exists is {}", folder.path().display())),
            "{message}"
        );
    }

    #[test]
    fn a_folder_is_no_input_file() {
        let folder = tempfile::tempdir().unwrap();
        let message = problem(input_to_string(folder.path()).unwrap_err());
        assert_eq!(
            message,
            format!("{}: is a folder where a file is needed", folder.path().display())
        );
    }

    #[test]
    fn text_that_is_not_utf8_is_named_by_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latin-1.tsv");
        fs::write(&path, b"one\ntwo\nna\xefve\n").unwrap();
        let message = problem(input_to_string(&path).unwrap_err());
        assert_eq!(message, format!("{}:3: the text is not UTF-8", path.display()));
    }

    #[test]
    fn a_failing_disk_is_not_the_users_mistake() {
        assert_eq!(
            input_error(Path::new("data"), &io::Error::other("device error")).exit_code(),
            1
        );
    }
}
