//! What a frozen teacher makes of the texts of a batch.
//!
//! The teacher reads texts as they stand in the corpus, whatever augmenters make of them for the student, and always
//! makes the same of one. So each text is embedded once: what is known lies in memory, as much of it as has its place
//! there, and in the cache on disk, where the next run finds it.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use super::batch::TrainingBatch;
use super::failure::Failure;
use super::objectives::Objectives;
use super::reading::{Reading, Source};
use crate::cache::{Cache, CacheKey};
use crate::corpus::TextTable;
use crate::error::{Error, Result};
use crate::plan::{Plan, TAUGHT};
use crate::plugin::{Backend, FurtherMatrix, Mode, Services, Texts};

/// Texts that the teacher encodes in one call.
const CHUNK: usize = 256;
/// Bytes of embeddings that are held in memory.
const HELD: usize = 64 << 20;

/// A teacher, ready to read.
pub struct Teacher<'a> {
    backend: Backend,
    dim: usize,
    fingerprint: String,
    reading: Reading<'a>,
    cache: &'a Cache,
    services: &'a Services,
    held: Held,
}

/// The one teacher of all stages.
pub(super) type SharedTeacher<'a> = Rc<RefCell<Teacher<'a>>>;

/// The teacher's embeddings of a batch.
pub(super) struct Taught {
    dim: usize,
    queries: Vec<f32>,
    passages: Vec<f32>,
}

impl Taught {
    /// They as objectives get them.
    pub(super) fn matrices(&self) -> [FurtherMatrix<'_>; 2] {
        let [queries, passages] = TAUGHT;
        [(queries, &self.queries), (passages, &self.passages)].map(|(name, values)| FurtherMatrix {
            name,
            values,
            dim: self.dim,
        })
    }
}

/// What a teacher makes of a batch of rows of `table`, if the objectives ask for that.
///
/// # Errors
/// If the backend fails.
pub(super) fn taught(
    teacher: Option<&SharedTeacher<'_>>,
    objectives: &Objectives,
    table: &TextTable,
    batch: &TrainingBatch,
) -> Result<Option<Taught>, Failure> {
    let teacher = teacher.filter(|_| objectives.learn_from_a_teacher());
    let taught = teacher.map(|teacher| teacher.borrow_mut().embed(table, batch));
    Ok(taught.transpose()?)
}

impl<'a> Teacher<'a> {
    /// A teacher over a ready backend that reads a language, or each text as it is; `whole` are all rows to train on.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn new(
        mut backend: Backend,
        language: Option<&'a str>,
        whole: &'a TextTable,
        cache: &'a Cache,
        services: &'a Services,
    ) -> Result<Self> {
        let (dim, fingerprint) = (backend.info()?.dim, backend.fingerprint()?);
        let reading = Reading::new(language, whole);
        Ok(Self { backend, dim, fingerprint, reading, cache, services, held: Held::default() })
    }

    /// The fingerprint of its weights.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Looks which examples of a table are there in the teacher's language, and says so of those that are not.
    ///
    /// # Errors
    /// A diagnostic if none is: then the language is another than the data has.
    pub(super) fn check(&self, plan: &Plan, table: &TextTable) -> Result<()> {
        let Some(language) = self.reading.language() else { return Ok(()) };
        let missing = self.reading.missing(table);
        if missing == table.examples() {
            let problem = format!("the teacher reads `{language}`, in which no example has a text");
            let diagnostic = plan.manifest.diagnostic("teacher.language", problem);
            let codes = self.reading.languages();
            let diagnostic = diagnostic.nearest(language, codes.iter().map(String::as_str));
            return Err(diagnostic.allowed(codes.join(", ")).into());
        }
        if missing > 0 {
            tracing::warn!(
                "{missing} of {} examples have no text in `{language}`: there the teacher reads what the student reads",
                table.examples()
            );
        }
        Ok(())
    }

    /// Embeds the texts of a batch, those that are not known.
    fn embed(&mut self, table: &TextTable, batch: &TrainingBatch) -> Result<Taught> {
        let queries = self.rows(table, &batch.queries)?;
        let passages = self.rows(table, &batch.passages)?;
        Ok(Taught { dim: self.dim, queries, passages })
    }

    fn rows(&mut self, table: &TextTable, rows: &[u32]) -> Result<Vec<f32>> {
        let sources = rows.iter().map(|row| {
            let source = self.reading.source(table, *row as usize);
            source.ok_or_else(|| Error::Failed(format!("the table has no row {row}")))
        });
        let sources: Vec<Source<'_>> = sources.collect::<Result<_>>()?;
        let keys: Vec<CacheKey> = sources.iter().map(|source| self.key(source)).collect();
        let names: Vec<String> = keys.iter().map(CacheKey::hex).collect();
        // By name, so that a text that stands in the batch twice is embedded once.
        let mut found = BTreeMap::new();
        let mut unknown: Vec<usize> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            if found.contains_key(name.as_str()) {
                continue;
            }
            let known = self.held.get(name).or_else(|| self.cached(&keys[at]));
            if known.is_none() {
                unknown.push(at);
            }
            found.insert(name.as_str(), known.unwrap_or_default());
        }
        for part in unknown.chunks(CHUNK) {
            let mut texts = Texts::with_capacity(part.len());
            for Source { text, language, role } in part.iter().map(|at| sources[*at]) {
                texts.push(text, language, role, 0);
            }
            let mut embeddings = vec![0.0; part.len() * self.dim];
            let all = 0..part.len();
            self.backend.encode(Mode::Inference, &texts, all, self.dim, &mut embeddings)?;
            self.services.memory().check()?;
            for (at, embedding) in part.iter().zip(embeddings.chunks_exact(self.dim.max(1))) {
                self.cache.put_matrix(&keys[*at], 1, self.dim, embedding);
                found.insert(&names[*at], embedding.into());
            }
        }
        let mut embeddings = Vec::with_capacity(rows.len() * self.dim);
        for name in &names {
            embeddings.extend_from_slice(found.get(name.as_str()).map_or(&[], |known| known));
        }
        for (name, known) in found {
            self.held.keep(name, known);
        }
        Ok(embeddings)
    }

    /// Where the embedding of a text lies in the cache.
    fn key(&self, source: &Source<'_>) -> CacheKey {
        let key = CacheKey::new("teacher/1").with_str(&self.fingerprint);
        key.with_u64(u64::from(source.role)).with_str(source.text).with_str(source.language)
    }

    fn cached(&self, key: &CacheKey) -> Option<Arc<[f32]>> {
        let matrix = self.cache.get_matrix(key)?;
        ((matrix.rows, matrix.dim) == (1, self.dim)).then(|| matrix.values.into())
    }
}

/// The embeddings that are held in memory; the oldest make room.
#[derive(Default)]
struct Held {
    embeddings: HashMap<String, Arc<[f32]>>,
    order: VecDeque<String>,
    bytes: usize,
}

impl Held {
    fn get(&self, name: &str) -> Option<Arc<[f32]>> {
        self.embeddings.get(name).cloned()
    }

    fn keep(&mut self, name: &str, embedding: Arc<[f32]>) {
        if self.embeddings.contains_key(name) {
            return;
        }
        self.bytes += bytes(name, &embedding);
        self.embeddings.insert(name.to_owned(), embedding);
        self.order.push_back(name.to_owned());
        while self.bytes > HELD
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some(gone) = self.embeddings.remove(&oldest) {
                self.bytes -= bytes(&oldest, &gone);
            }
        }
    }
}

/// What an embedding takes in memory, with its name, which stands there twice.
fn bytes(name: &str, embedding: &[f32]) -> usize {
    size_of_val(embedding) + 2 * (name.len() + size_of::<String>()) + size_of::<Arc<[f32]>>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_stays_within_its_bounds_and_the_oldest_goes_first() {
        let mut held = Held::default();
        let one: Arc<[f32]> = vec![0.0; 1 << 20].into();
        for number in 0..40 {
            held.keep(&number.to_string(), Arc::clone(&one));
            held.keep(&number.to_string(), Arc::clone(&one));
            assert!(held.bytes <= HELD && held.order.len() == held.embeddings.len());
        }
        assert!(held.get("39").is_some() && held.get("0").is_none());
        assert_eq!(held.embeddings.len(), 15);
    }
}
