//! Embeddings in the cache, each under the text that it is of.
//!
//! One text stands in several settings, data sets and trials, and a collection grows by a few; so a text is looked up
//! alone, under the fingerprint of what encoded it, its role and its language, and only what is missing is encoded.
//!
//! What was encoded since the last time is a *segment*: a file of rows with the hashes of their texts before them,
//! under a name that is its own checksum. It appears by renaming and is never written to again, so that rows can be read
//! from the mapped file, and any number of processes may share a folder. Two that encode the same text keep it twice. A
//! segment that is cut or altered is passed over, with a warning, and what stood in it is encoded again; an encoding
//! that is killed loses the segment it was at.
//!
//! Rows are kept as they are read, also where there is no folder: whether a text was met before changes nothing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use triglot_evaluate::{EmbeddingSource, Float, MappedEmbeddings};

use super::{Cache, CacheKey};
use crate::files;

const MAGIC: [u8; 8] = *b"TRIGLOTE";
const VERSION: u32 = 1;
/// Magic, version, rows, and the checksum of all that follows.
const HEADER: usize = 8 + 4 + 8 + 32;
const EXTENSION: &str = "segment";

/// What a text is found by: 128 bits of BLAKE3.
pub type TextHash = [u8; 16];

/// The hash of a text and its language.
pub fn text_hash(text: &str, language: &str) -> TextHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(language.len() as u64).to_le_bytes());
    hasher.update(language.as_bytes()).update(text.as_bytes());
    let mut hash = TextHash::default();
    hasher.finalize_xof().fill(&mut hash);
    hash
}

/// The embeddings that one encoder has made of texts in one role.
pub struct EmbeddingStore {
    folder: Option<PathBuf>,
    dim: usize,
    float: Float,
    segments: Vec<Arc<Segment>>,
    /// The segment and row of each text.
    places: HashMap<TextHash, (u32, u32)>,
}

enum Segment {
    Mapped(MappedEmbeddings),
    /// Where there is no folder, or it cannot be written: the rows as they would stand in a file.
    Held(Vec<u8>),
}

impl Cache {
    /// What the encoder with this fingerprint has made of texts in this role, so far.
    pub fn embeddings(
        &self,
        fingerprint: &str,
        role: u8,
        dim: usize,
        float: Float,
    ) -> EmbeddingStore {
        let mut key = CacheKey::new("embeddings/2").with_str(fingerprint);
        key = key.with_u64(u64::from(role)).with_u64(dim as u64).with_u64(float.bytes() as u64);
        let folder = self.path(&key);
        let (segments, places) = (Vec::new(), HashMap::new());
        let mut store = EmbeddingStore { folder, dim, float, segments, places };
        for path in store.folder.as_deref().map(found).unwrap_or_default() {
            if let Err(problem) = store.open(&path) {
                tracing::warn!(
                    "the cached embeddings {} are passed over: {problem}",
                    path.display()
                );
            }
        }
        store
    }
}

/// The segments in a folder, by name; none if it is not there or cannot be read.
fn found(folder: &Path) -> Vec<PathBuf> {
    let mut paths = files::list_dir(folder).unwrap_or_default();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    paths
}

impl EmbeddingStore {
    /// Whether the text is there.
    pub fn holds(&self, hash: &TextHash) -> bool {
        self.places.contains_key(hash)
    }

    /// Keeps a row of `values` for every hash, if the disk allows for longer than this process.
    pub fn keep(&mut self, hashes: &[TextHash], values: &[f32]) {
        if hashes.is_empty() {
            return;
        }
        let mut rows = Vec::with_capacity(values.len() * self.float.bytes());
        self.float.encode(values, &mut rows);
        let written = self.folder.clone().map(|folder| write(&folder, hashes, &rows));
        match written.map(|path| self.open(&path?)) {
            Some(Ok(())) => return,
            Some(Err(problem)) => tracing::warn!("the cache keeps nothing of this: {problem}"),
            None => (),
        }
        self.index(hashes.iter().copied());
        self.segments.push(Arc::new(Segment::Held(rows)));
    }

    /// The embeddings of texts, all of which are there, in their order; nothing if one is not.
    pub fn embeddings(&self, hashes: &[TextHash]) -> Option<StoredEmbeddings> {
        let places = hashes.iter().map(|hash| self.places.get(hash).copied());
        let (dim, float, segments) = (self.dim, self.float, self.segments.clone());
        Some(StoredEmbeddings { dim, float, segments, places: places.collect::<Option<_>>()? })
    }

    fn open(&mut self, path: &Path) -> Result<(), String> {
        let bytes = self.dim * self.float.bytes();
        let unreadable = |error: std::io::Error| error.to_string();
        let whole = MappedEmbeddings::open(path, 0, 0, self.dim, self.float).map_err(unreadable)?;
        let (rows, checksum, payload) =
            header(whole.bytes()).ok_or("they are of another format")?;
        let length = rows.checked_mul(size_of::<TextHash>() + bytes);
        if length != Some(payload.len()) || *blake3::hash(payload).as_bytes() != checksum {
            return Err("their checksum does not match".into());
        }
        let (hashes, _) = payload.split_at(rows * size_of::<TextHash>());
        let first = HEADER + hashes.len();
        let map = MappedEmbeddings::open(path, first, rows, self.dim, self.float);
        let map = map.map_err(unreadable)?;
        self.index(hashes.as_chunks().0.iter().copied());
        self.segments.push(Arc::new(Segment::Mapped(map)));
        Ok(())
    }

    /// Says where the rows of the next segment are.
    fn index(&mut self, hashes: impl Iterator<Item = TextHash>) {
        let segment = self.segments.len() as u32;
        for (row, hash) in (0..).zip(hashes) {
            self.places.entry(hash).or_insert((segment, row));
        }
    }
}

/// Rows, checksum and payload of a segment.
fn header(bytes: &[u8]) -> Option<(usize, [u8; 32], &[u8])> {
    let rest = bytes.strip_prefix(&MAGIC)?.strip_prefix(&VERSION.to_le_bytes())?;
    let (rows, rest) = rest.split_first_chunk()?;
    let (checksum, payload) = rest.split_first_chunk()?;
    Some((usize::try_from(u64::from_le_bytes(*rows)).ok()?, *checksum, payload))
}

fn write(folder: &Path, hashes: &[TextHash], rows: &[u8]) -> Result<PathBuf, String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(hashes.as_flattened()).update(rows);
    let checksum = hasher.finalize();
    let path = folder.join(format!("{}.{EXTENSION}", checksum.to_hex()));
    let written = files::create_dir_all(folder).and_then(|()| {
        files::write_undurable(&path, |writer| {
            writer.write_all(&MAGIC)?;
            writer.write_all(&VERSION.to_le_bytes())?;
            writer.write_all(&(hashes.len() as u64).to_le_bytes())?;
            writer.write_all(checksum.as_bytes())?;
            writer.write_all(hashes.as_flattened())?;
            writer.write_all(rows)
        })
    });
    written.map(|()| path).map_err(|error| error.to_string())
}

/// The embeddings of a list of texts, read from where they are kept.
pub struct StoredEmbeddings {
    dim: usize,
    float: Float,
    segments: Vec<Arc<Segment>>,
    places: Vec<(u32, u32)>,
}

impl EmbeddingSource for StoredEmbeddings {
    fn rows(&self) -> usize {
        self.places.len()
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read(&self, row: usize, into: &mut [f32]) {
        let (segment, row) = self.places[row];
        match self.segments[segment as usize].as_ref() {
            Segment::Mapped(map) => map.read(row as usize, into),
            Segment::Held(rows) => {
                let bytes = self.dim * self.float.bytes();
                self.float.decode(&rows[row as usize * bytes..][..bytes], into);
            }
        }
    }
}

#[cfg(test)]
#[path = "embeddings_tests.rs"]
mod tests;
