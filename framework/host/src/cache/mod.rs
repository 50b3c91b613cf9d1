//! What was computed once and need not be computed again: tokens, embeddings, data sets, in one place on disk.
//!
//! An entry is found by the content of all that it was computed from, so that it never goes out of date: what
//! changes is looked for elsewhere. A cache makes a run faster and must never make it fail or change it. So a full
//! disk costs a warning, and an entry that is not what was stored is removed, with a warning, and computed afresh.
//!
//! Entries lie at `<folder>/<namespace>/<two digits>/<64 digits>`: the magic bytes, a version, BLAKE3 of the payload,
//! the payload. They appear by renaming, so any number of processes may share a folder; two that store one entry store
//! the same bytes. Embeddings, of which there may be millions, lie in segments of many ([`embeddings`]).

mod embeddings;
mod key;
mod matrix;

pub use embeddings::{EmbeddingStore, StoredEmbeddings, TextHash, text_hash};
pub use key::CacheKey;
pub use matrix::Matrix;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::files;

const MAGIC: [u8; 8] = *b"TRIGLOTC";
const VERSION: u32 = 1;

/// A folder of entries, or none: then nothing is kept.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// Why an entry cannot be used.
enum Unusable {
    /// There is none.
    Absent,
    /// There is one, but it may not be read at the moment.
    Unreadable(io::Error),
    /// There is one, but it is not what was stored.
    Damaged(&'static str),
}

impl Cache {
    /// The cache in `folder`, which is made when something is stored.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// A cache that keeps nothing.
    pub fn disabled() -> Self {
        Self { folder: None }
    }

    /// What was stored under `key`, if it is there and whole.
    pub fn get(&self, key: &CacheKey) -> Option<Vec<u8>> {
        let path = self.path(key)?;
        match read_entry(&path) {
            Ok(payload) => Some(payload),
            Err(Unusable::Absent) => None,
            Err(Unusable::Unreadable(source)) => {
                tracing::warn!("cannot read the cache entry {}: {source}", path.display());
                None
            }
            Err(Unusable::Damaged(problem)) => {
                remove_damaged(&path, problem);
                None
            }
        }
    }

    /// Stores `payload` under `key`, if the disk allows.
    pub fn put(&self, key: &CacheKey, payload: &[u8]) {
        let Some(path) = self.path(key) else { return };
        let stored = path.parent().map_or(Ok(()), files::create_dir_all).and_then(|()| {
            files::write_undurable(&path, |writer| {
                writer.write_all(&MAGIC)?;
                writer.write_all(&VERSION.to_le_bytes())?;
                writer.write_all(blake3::hash(payload).as_bytes())?;
                writer.write_all(payload)
            })
        });
        if let Err(error) = stored {
            tracing::warn!("the cache keeps nothing of this: {error}");
        }
    }

    fn path(&self, key: &CacheKey) -> Option<PathBuf> {
        let hex = key.hex();
        let shelf: String = hex.chars().take(2).collect();
        Some(self.folder.as_ref()?.join(key.namespace()).join(shelf).join(hex))
    }
}

fn read_entry(path: &Path) -> Result<Vec<u8>, Unusable> {
    let mut file = File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => Unusable::Absent,
        _ => Unusable::Unreadable(source),
    })?;
    let magic = header::<8>(&mut file)?;
    let version = u32::from_le_bytes(header(&mut file)?);
    if magic != MAGIC || version != VERSION {
        return Err(Unusable::Damaged("it is of another format"));
    }
    let hash = blake3::Hash::from_bytes(header(&mut file)?);
    let mut payload = Vec::new();
    file.read_to_end(&mut payload).map_err(Unusable::Unreadable)?;
    if blake3::hash(&payload) != hash {
        return Err(Unusable::Damaged("its checksum does not match"));
    }
    Ok(payload)
}

fn header<const N: usize>(file: &mut File) -> Result<[u8; N], Unusable> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).map_err(|source| match source.kind() {
        ErrorKind::UnexpectedEof => Unusable::Damaged("it is too short"),
        _ => Unusable::Unreadable(source),
    })?;
    Ok(bytes)
}

fn remove_damaged(path: &Path, problem: &str) {
    tracing::warn!("the cache entry {} is removed: {problem}", path.display());
    // Whoever removed it first did the same.
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> CacheKey {
        CacheKey::new("tokens/1").with_str("naïve").with_u64(64)
    }

    fn only_file(folder: &Path) -> PathBuf {
        let entries = files::list_dir(folder).unwrap();
        let [entry] = entries.as_slice() else { panic!("one entry wanted, found {entries:?}") };
        if entry.is_dir() { only_file(entry) } else { entry.clone() }
    }

    #[test]
    fn an_entry_lies_on_the_shelf_of_its_first_two_digits() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        assert_eq!(cache.get(&key()), None);
        cache.put(&key(), b"payload");
        assert_eq!(cache.get(&key()).unwrap(), b"payload");

        let hex = key().hex();
        assert_eq!(
            only_file(folder.path()),
            folder.path().join("tokens/1").join(&hex[..2]).join(&hex)
        );
    }

    #[test]
    fn a_disabled_cache_keeps_nothing() {
        let cache = Cache::disabled();
        cache.put(&key(), b"payload");
        assert_eq!(cache.get(&key()), None);
    }

    #[test]
    fn a_cache_that_cannot_be_written_or_read_is_no_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache::at(file.path());
        cache.put(&key(), b"payload");
        assert_eq!(cache.get(&key()), None);
    }

    #[test]
    fn writers_of_one_entry_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let payload = vec![7u8; 100_000];
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        cache.put(&key(), &payload);
                        assert_eq!(cache.get(&key()).as_ref(), Some(&payload));
                    }
                });
            }
        });
        only_file(folder.path());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn a_damaged_entry_is_a_miss_and_is_removed(
            payload in prop::collection::vec(any::<u8>(), 0..50),
            at in any::<prop::sample::Index>(),
            mask in 1u8..,
            cut: bool,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let cache = Cache::at(folder.path());
            cache.put(&key(), &payload);
            let path = only_file(folder.path());

            let mut bytes = fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] ^= mask }
            fs::write(&path, bytes).unwrap();

            prop_assert_eq!(cache.get(&key()), None);
            prop_assert!(!path.exists());
            cache.put(&key(), &payload);
            prop_assert_eq!(cache.get(&key()), Some(payload));
        }
    }
}
