//! Tar archives, packed or not, whose members are read like files in a folder.
//!
//! A data set of a hundred languages is published as one archive, and a record that tells the hash of the archive
//! tells what was trained on better than one of a hundred unpacked files would. The archive is unpacked into memory
//! once; a member is a range of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use super::file;
use crate::error::{Diagnostic, Result};

const SUFFIXES: [&str; 3] = [".tar", ".tar.gz", ".tgz"];

/// An archive in memory.
#[derive(Debug)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    members: BTreeMap<String, Range<usize>>,
}

impl Archive {
    /// Reads the archive at `path`; tells the BLAKE3 hash of the file too.
    pub(super) fn read(path: &Path) -> Result<(Self, String)> {
        let (bytes, hash) = file::read(path)?;
        let members = members(&bytes).map_err(|source| {
            Diagnostic::new(format!("the archive is damaged: {source}")).file(path)
        })?;
        Ok((Self { bytes, members }, hash))
    }

    /// The bytes of a member; of two with one name the later, as when it is unpacked.
    pub(super) fn member(&self, name: &str) -> Option<&[u8]> {
        self.bytes.get(self.members.get(name)?.clone())
    }

    /// The names of the members, in order.
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// The names of what lies in a folder of the archive, which is `""` for the outermost.
    pub(super) fn list(&self, folder: &str) -> Vec<String> {
        let within = |name: &'_ str| -> Option<String> {
            let rest = name.strip_prefix(folder)?;
            let rest = if folder.is_empty() { rest } else { rest.strip_prefix('/')? };
            Some(rest.split_once('/').map_or(rest, |(first, _)| first).to_owned())
        };
        let names: BTreeSet<String> = self.members().filter_map(within).collect();
        names.into_iter().collect()
    }
}

fn members(bytes: &[u8]) -> std::io::Result<BTreeMap<String, Range<usize>>> {
    let mut members = BTreeMap::new();
    for entry in tar::Archive::new(bytes).entries()? {
        let entry = entry?;
        // What is neither a file nor a folder (a link, a device) is nothing to read from.
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(entry.size()).unwrap_or(usize::MAX));
        if end > bytes.len() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        members.insert(inner_name(&entry.path()?), start..end);
    }
    Ok(members)
}

/// The name of a member, however its path was written.
fn inner_name(path: &Path) -> String {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    names.collect::<Vec<_>>().join("/")
}

/// The archive that `path` goes through, and the name within it; `""` where the path ends at the archive.
pub(super) fn through(path: &Path) -> Option<(PathBuf, String)> {
    let mut components = path.components();
    let mut archive = PathBuf::new();
    while let Some(component) = components.next() {
        archive.push(component);
        let name = component.as_os_str().to_string_lossy();
        if SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) && archive.is_file() {
            return Some((archive, inner_name(components.as_path())));
        }
    }
    None
}
