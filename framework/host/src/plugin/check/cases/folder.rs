//! Folders that a component saves into and loads from, whole and damaged.

use std::path::{Path, PathBuf};

use crate::plugin::check::lab::Trouble;

/// A temporary folder, removed with its owner.
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    pub(super) fn new() -> Result<Self, Trouble> {
        tempfile::tempdir().map(Self).map_err(|error| no_room("a temporary folder", &error))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The files under it, relative to it, and their lengths; in the order of their names.
    pub(super) fn files(&self) -> Result<Vec<(PathBuf, u64)>, Trouble> {
        files_under(self.path())
            .map_err(|error| no_room(&self.path().display().to_string(), &error))
    }

    /// The same with their bytes.
    pub(super) fn contents(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, Trouble> {
        let read = |(name, _): (PathBuf, u64)| {
            let path = self.path().join(&name);
            let bytes = std::fs::read(&path);
            let bytes = bytes.map_err(|error| no_room(&path.display().to_string(), &error))?;
            Ok((name, bytes))
        };
        self.files()?.into_iter().map(read).collect()
    }
}

/// A case that the machine does not let be asked.
fn no_room(what: &str, error: &std::io::Error) -> Trouble {
    Trouble::Skipped(format!("{what}: {error}"))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    std::fs::write(file, bytes).map_err(|error| no_room(&file.display().to_string(), &error))
}

fn files_under(folder: &Path) -> std::io::Result<Vec<(PathBuf, u64)>> {
    let (mut files, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = open.pop() {
        for entry in std::fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let (name, about) = (below.join(entry.file_name()), entry.metadata()?);
            match about.is_dir() {
                true => open.push(name),
                false => files.push((name, about.len())),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Copies files from one folder into another, but of `damaged` only so many bytes, or nothing.
fn copy_but(
    from: &Folder,
    files: &[(PathBuf, u64)],
    to: &Folder,
    damaged: &Path,
    kept: Option<u64>,
) -> Result<(), Trouble> {
    for (name, _) in files {
        let (source, target) = (from.path().join(name), to.path().join(name));
        let copy = || -> std::io::Result<()> {
            if let Some(folder) = target.parent() {
                std::fs::create_dir_all(folder)?;
            }
            if name != damaged {
                return std::fs::copy(&source, &target).map(drop);
            }
            let Some(kept) = kept else { return Ok(()) };
            std::fs::copy(&source, &target)?;
            std::fs::OpenOptions::new().write(true).open(&target)?.set_len(kept)
        };
        copy().map_err(|error| no_room(&target.display().to_string(), &error))?;
    }
    Ok(())
}

/// Asks of each folder that is not what was saved, named in words: every file of `whole` missing or cut short, nothing,
/// something else. What is wrong, `ask` says.
pub(super) fn damaged(
    whole: &Folder,
    ask: impl Fn(&str, &Path) -> Result<Option<String>, Trouble>,
) -> Result<Option<String>, Trouble> {
    let files = whole.files()?;
    if files.is_empty() {
        return Ok(Some("`save` wrote no file".into()));
    }
    for (name, length) in &files {
        for (damage, kept) in [
            ("missing", None),
            ("cut in half", Some(length / 2)),
            ("short of its last 16 bytes", length.checked_sub(16)),
        ] {
            if damage != "missing" && kept.is_none_or(|kept| kept == *length) {
                continue;
            }
            let damaged = Folder::new()?;
            copy_but(whole, &files, &damaged, name, kept)?;
            let state = format!("a state with `{}` {damage}", name.display());
            if let Some(wrong) = ask(&state, damaged.path())? {
                return Ok(Some(wrong));
            }
        }
    }
    let empty = Folder::new()?;
    let foreign = Folder::new()?;
    write(&foreign.path().join("notes.txt"), b"no state of any model")?;
    let nowhere = empty.path().join("nowhere");
    for (state, folder) in [
        ("an empty folder", empty.path()),
        ("a folder of something else", foreign.path()),
        ("a folder that is not there", nowhere.as_path()),
    ] {
        if let Some(wrong) = ask(state, folder)? {
            return Ok(Some(wrong));
        }
    }
    Ok(None)
}
