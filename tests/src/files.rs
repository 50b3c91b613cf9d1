//! Comparing folders byte by byte.

use std::path::{Path, PathBuf};

/// The files under a folder, relative to it, sorted.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_path_buf());
            }
        }
    }
    files.sort();
    files
}

/// Asserts that two folders hold files of the same names and the same bytes.
///
/// # Panics
/// If they do not, naming the first file that differs; or if they are empty, which would compare nothing.
pub fn assert_same_files(a: &Path, b: &Path) {
    let files = files_under(a);
    assert!(!files.is_empty(), "{} is empty", a.display());
    assert_eq!(files, files_under(b));
    for file in files {
        let same = std::fs::read(a.join(&file)).unwrap() == std::fs::read(b.join(&file)).unwrap();
        assert!(same, "{} differs between {} and {}", file.display(), a.display(), b.display());
    }
}
