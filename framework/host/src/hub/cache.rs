//! The folder of a model in the cache that is shared with Python's client, in its layout:
//!
//! ```text
//! models--owner--name/
//!   refs/main                     the commit that a branch or tag was when the hub was last asked
//!   blobs/<etag>                  bytes, each once
//!   blobs/<etag>.incomplete       the beginning of some
//!   snapshots/<commit>/config.json -> ../../blobs/<etag>
//!   trees/<commit>.json           what the hub listed, where Python's client took the whole of it
//!   .triglot/<commit>.json        the same, where we did
//! .locks/models--owner--name/<etag>.lock
//! ```
//!
//! A snapshot may hold a part of a model: whatever some program needed. Which files it should have, only a listing tells;
//! Python's client takes one for a promise that all of them are there, so ours is kept apart.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::checksum::Etag;
use super::choice::{MODULES, choose, holds_weights, is_below, modules};
use super::client::Listing;
use super::failure::HubError;
use super::name::is_commit;
use crate::files;

/// How often one looks whether another process has come to its end.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The folder of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModelFolder {
    folder: PathBuf,
    locks: PathBuf,
}

/// Keeps other processes from the same blob until it is dropped.
pub(super) struct BlobLock(#[expect(dead_code, reason = "the lock is the open file")] File);

impl ModelFolder {
    /// The folder of a repository.
    pub(super) fn new(cache: &Path, repository: &str) -> Self {
        let name = format!("models--{}", repository.replace('/', "--"));
        Self { locks: cache.join(".locks").join(&name), folder: cache.join(name) }
    }

    /// The commit that a branch or tag was when the hub was last asked.
    pub(super) fn commit_of(&self, revision: &str) -> Option<String> {
        let text = fs::read_to_string(self.folder.join("refs").join(revision)).ok()?;
        Some(text.trim().to_owned()).filter(|commit| is_commit(commit))
    }

    /// Keeps the commit that a branch or tag is.
    pub(super) fn set_commit(&self, revision: &str, commit: &str) -> Result<(), HubError> {
        if revision == commit || self.commit_of(revision).as_deref() == Some(commit) {
            return Ok(());
        }
        write(&self.folder.join("refs").join(revision), commit.as_bytes())
    }

    /// The folder of a commit.
    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// What the hub listed for a commit, where that is known.
    pub(super) fn listed(&self, commit: &str) -> Option<BTreeSet<String>> {
        let read = |folder: &str| -> Option<Value> {
            let path = self.folder.join(folder).join(format!("{commit}.json"));
            serde_json::from_slice(&fs::read(path).ok()?).ok()
        };
        let ours = || serde_json::from_value(read(".triglot")?.get("files")?.clone()).ok();
        let pythons = || {
            let tree = read("trees")?;
            Some(tree.get("files")?.as_object()?.keys().cloned().collect())
        };
        ours().or_else(pythons)
    }

    /// Keeps what the hub listed.
    pub(super) fn set_listed(&self, listing: &Listing) -> Result<(), HubError> {
        let files: BTreeSet<&String> = listing.files.iter().collect();
        let text = serde_json::json!({ "files": files }).to_string();
        let path = self.folder.join(".triglot").join(format!("{}.json", listing.commit));
        match fs::read(&path) {
            Ok(there) if there == text.as_bytes() => Ok(()),
            _ => write(&path, text.as_bytes()),
        }
    }

    /// The files of a commit that are at hand.
    pub(super) fn held(&self, commit: &str) -> BTreeSet<String> {
        let mut held = BTreeSet::new();
        collect(&self.snapshot(commit), "", 4, &mut held);
        held
    }

    /// The modules of a commit, if their file is at hand.
    pub(super) fn modules(&self, commit: &str) -> Vec<String> {
        let text = fs::read_to_string(self.snapshot(commit).join(MODULES));
        text.map(|text| modules(&text)).unwrap_or_default()
    }

    /// Of what a model at a commit consists, and how much of that is missing; of a snapshot that nobody listed, what is
    /// at hand is all that there is.
    pub(super) fn stock(&self, commit: &str) -> Stock {
        let held = self.held(commit);
        let listed = self.listed(commit);
        let is_listed = listed.is_some();
        let all = listed.unwrap_or_else(|| held.clone());
        let chosen = choose(all.iter().map(String::as_str), &self.modules(commit));
        let (files, missing) =
            chosen.into_iter().map(str::to_owned).partition(|f| held.contains(f));
        Stock { files, missing, is_listed }
    }

    /// Where the bytes of a blob lie once they are all there.
    pub(super) fn blob(&self, etag: &Etag) -> PathBuf {
        self.folder.join("blobs").join(etag.as_str())
    }

    /// Where they lie until then.
    pub(super) fn incomplete(&self, etag: &Etag) -> PathBuf {
        self.folder.join("blobs").join(format!("{}.incomplete", etag.as_str()))
    }

    /// Waits until no other process is at a blob, Python's client included, unless `stop` says to wait no longer.
    pub(super) fn lock(&self, etag: &Etag, stop: &dyn Fn() -> bool) -> Result<BlobLock, HubError> {
        let path = self.locks.join(format!("{}.lock", etag.as_str()));
        let failed = |source: io::Error| HubError::io("lock", &path, &source);
        make_folder(&self.locks)?;
        loop {
            // Anew each time, for whoever held it may have removed the file.
            let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => return Ok(BlobLock(file)),
                Err(TryLockError::WouldBlock) if stop() => return Err(HubError::Interrupted),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_AGAIN),
                // There the checksum alone is what keeps a blob whole.
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    return Ok(BlobLock(file));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }

    /// Makes a file of a snapshot out of a blob: a link, or a copy where there are no links.
    pub(super) fn link(&self, commit: &str, file: &str, etag: &Etag) -> Result<(), HubError> {
        if !is_below(file) {
            return Err(HubError::Failed(format!(
                "the hub lists `{file}`, which is no file's name"
            )));
        }
        let place = self.snapshot(commit).join(file);
        let parent = place.parent().unwrap_or(&place);
        make_folder(parent)?;
        let failed = |source: io::Error| HubError::io("write", &place, &source);
        let up = "../".repeat(2 + file.split('/').count() - 1);
        let target = format!("{up}blobs/{}", etag.as_str());
        let waiting =
            tempfile::Builder::new().prefix(".triglot-").tempdir_in(parent).map_err(failed)?;
        let made = waiting.path().join("file");
        // The link is made where it does not lead anywhere yet, and moved to where it does.
        let made_link = symlink(Path::new(&target), &made);
        made_link.or_else(|_| fs::copy(self.blob(etag), &made).map(drop)).map_err(failed)?;
        fs::rename(&made, &place).map_err(failed)
    }
}

/// Of what a model at a commit consists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stock {
    /// The files that are at hand.
    pub(super) files: BTreeSet<String>,
    /// Those that are not.
    pub(super) missing: BTreeSet<String>,
    /// Whether that is known from a listing.
    pub(super) is_listed: bool,
}

impl Stock {
    /// Whether the model is known to be at hand.
    pub(super) fn is_whole(&self) -> bool {
        self.is_listed && self.missing.is_empty()
    }

    /// Whether the model may be at hand.
    pub(super) fn may_be_whole(&self) -> bool {
        self.missing.is_empty() && holds_weights(self.files.iter().map(String::as_str))
    }
}

/// The files below a folder, by their names below it.
fn collect(folder: &Path, prefix: &str, depth: usize, held: &mut BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = format!("{prefix}{name}");
        // A link to a blob that is gone is no file.
        match fs::metadata(entry.path()) {
            Ok(kind) if kind.is_file() => drop(held.insert(name)),
            Ok(kind) if kind.is_dir() && depth > 0 => {
                collect(&entry.path(), &format!("{name}/"), depth - 1, held);
            }
            _ => {}
        }
    }
}

/// Makes a folder and those above it.
pub(super) fn make_folder(folder: &Path) -> Result<(), HubError> {
    fs::create_dir_all(folder).map_err(|source| HubError::io("create the folder", folder, &source))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), HubError> {
    make_folder(path.parent().unwrap_or(path))?;
    files::write_atomic(path, bytes).map_err(|error| HubError::Failed(error.to_string()))
}

#[cfg(unix)]
fn symlink(target: &Path, place: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn blob(model: &ModelFolder, text: &str) -> Etag {
        let etag = Etag::parse(&blake3::hash(text.as_bytes()).to_hex()).unwrap();
        make_folder(model.blob(&etag).parent().unwrap()).unwrap();
        fs::write(model.blob(&etag), text).unwrap();
        etag
    }

    #[test]
    fn a_file_of_a_snapshot_is_a_link_to_its_blob_however_deep_it_lies() {
        let cache = tempfile::tempdir().unwrap();
        let model = ModelFolder::new(cache.path(), "owner/name");
        for file in ["config.json", "2_Dense/config.json", "a/b/c.json"] {
            let etag = blob(&model, file);
            for _ in 0..2 {
                model.link(COMMIT, file, &etag).unwrap();
                let place = model.snapshot(COMMIT).join(file);
                assert_eq!(fs::read_to_string(&place).unwrap(), file);
                assert!(cfg!(not(unix)) || place.is_symlink());
            }
        }
        let held = ["2_Dense/config.json", "a/b/c.json", "config.json"].map(str::to_owned);
        assert_eq!(model.held(COMMIT), held.into());
        let path =
            cache.path().join("models--owner--name/snapshots").join(COMMIT).join("config.json");
        assert!(path.is_file());
        for file in ["../x", "/x", "a/../../x"] {
            assert!(model.link(COMMIT, file, &blob(&model, "x")).is_err());
        }
    }

    #[test]
    fn a_model_is_whole_only_by_a_listing() {
        let cache = tempfile::tempdir().unwrap();
        let model = ModelFolder::new(cache.path(), "owner/name");
        assert!(!model.stock(COMMIT).may_be_whole());
        model.link(COMMIT, "config.json", &blob(&model, "{}")).unwrap();
        assert!(!model.stock(COMMIT).may_be_whole());
        model.link(COMMIT, "pytorch_model.bin", &blob(&model, "weights")).unwrap();
        let stock = model.stock(COMMIT);
        assert!(stock.may_be_whole() && !stock.is_whole());
        let list = |files: &[&str]| Listing {
            commit: COMMIT.into(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
        };
        model.set_listed(&list(&["config.json", "pytorch_model.bin", "README.md"])).unwrap();
        assert!(model.stock(COMMIT).is_whole());
        model.set_listed(&list(&["config.json", "model.safetensors"])).unwrap();
        let stock = model.stock(COMMIT);
        assert_eq!(stock.missing, BTreeSet::from(["model.safetensors".to_owned()]));
        assert!(!stock.may_be_whole());
    }

    #[test]
    fn a_branch_is_the_commit_that_was_last_kept() {
        let cache = tempfile::tempdir().unwrap();
        let model = ModelFolder::new(cache.path(), "owner/name");
        assert_eq!(model.commit_of("refs/pr/1"), None);
        model.set_commit("refs/pr/1", COMMIT).unwrap();
        assert_eq!(model.commit_of("refs/pr/1").unwrap(), COMMIT);
        let path = cache.path().join("models--owner--name/refs/refs/pr/1");
        assert_eq!(fs::read_to_string(&path).unwrap(), COMMIT);
        fs::write(path, "../../elsewhere").unwrap();
        assert_eq!(model.commit_of("refs/pr/1"), None);
    }

    #[test]
    fn one_waits_for_a_lock_until_told_to_stop() {
        let cache = tempfile::tempdir().unwrap();
        let model = ModelFolder::new(cache.path(), "owner/name");
        let etag = Etag::parse("abc").unwrap();
        let held = model.lock(&etag, &|| true).unwrap();
        assert_eq!(model.lock(&etag, &|| true).err(), Some(HubError::Interrupted));
        drop(held);
        assert!(model.lock(&etag, &|| true).is_ok());
    }
}
