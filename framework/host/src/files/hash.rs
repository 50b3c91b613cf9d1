//! Fingerprints of files and folders, for the provenance of a run.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{failed, list_dir};
use crate::error::{Error, Result};

/// BLAKE3 of a file's bytes, in hexadecimal.
pub fn hash_file(path: &Path) -> Result<String> {
    Ok(digest(path)?.to_hex().to_string())
}

/// BLAKE3 over the names and bytes of all files below a folder, in hexadecimal.
///
/// The same for the same files wherever the folder lies: names are relative, in sorted order, with `/` between their
/// parts. Links are followed, since the model hub's cache consists of them; a folder without files leaves no trace.
pub fn hash_dir(path: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(path, &mut Vec::new(), &mut Vec::new(), &mut files)?;
    files.sort_unstable();

    let mut hasher = blake3::Hasher::new();
    for (name, file) in files {
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(digest(&file)?.as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn digest(path: &Path) -> Result<blake3::Hash> {
    let stream = || -> io::Result<blake3::Hash> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path)?)?;
        Ok(hasher.finalize())
    };
    stream().map_err(failed("read", path))
}

/// Finds the files below `folder`; `inside` holds the real paths of the folders around it, `parts` its relative name.
fn collect(
    folder: &Path,
    inside: &mut Vec<PathBuf>,
    parts: &mut Vec<String>,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<()> {
    let real = fs::canonicalize(folder).map_err(failed("list the folder", folder))?;
    if inside.contains(&real) {
        return Err(Error::failed(format!(
            "cannot hash {}: the folder links to itself",
            folder.display()
        )));
    }
    inside.push(real);
    for path in list_dir(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(Error::failed(format!(
                "cannot hash {}: the name is not UTF-8",
                path.display()
            )));
        };
        parts.push(name.to_owned());
        let kind = fs::metadata(&path).map_err(failed("read", &path))?.file_type();
        if kind.is_dir() {
            collect(&path, inside, parts, files)?;
        } else if kind.is_file() {
            files.push((parts.join("/"), path));
        } else {
            let shown = path.display();
            return Err(Error::failed(format!(
                "cannot hash {shown}: it is neither a file nor a folder"
            )));
        }
        parts.pop();
    }
    inside.pop();
    Ok(())
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
        let hash = hash_dir(folder(&base).path()).unwrap();
        assert_eq!(hash, hash_dir(folder(&reversed).path()).unwrap());

        for other in [
            [("model/weights", "124"), ("config", "x"), ("model-card", "")],
            [("model/weight", "123"), ("config", "x"), ("model-card", "")],
            [("model/weights", "123"), ("config", ""), ("model-card", "x")],
        ] {
            assert_ne!(hash, hash_dir(folder(&other).path()).unwrap());
        }
        assert_ne!(hash, hash_dir(folder(&base[..2]).path()).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn links_count_as_what_they_lead_to_and_never_in_a_circle() {
        let base = folder(&[("blobs/1", "123"), ("plain/weights", "123")]);
        let linked = base.path().join("linked");
        fs::create_dir(&linked).unwrap();
        std::os::unix::fs::symlink("../blobs/1", linked.join("weights")).unwrap();
        assert_eq!(hash_dir(&linked).unwrap(), hash_dir(&base.path().join("plain")).unwrap());

        std::os::unix::fs::symlink("..", linked.join("up")).unwrap();
        let message = hash_dir(&linked).unwrap_err().to_string();
        assert!(message.ends_with("the folder links to itself"), "{message}");
    }
}
