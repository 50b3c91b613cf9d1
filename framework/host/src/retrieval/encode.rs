//! Texts to embeddings for search, through the cache.

use triglot_abi::{ROLE_PASSAGE, ROLE_QUERY};

use crate::cache::{Cache, CacheKey};
use crate::corpus::EvaluationData;
use crate::error::{Error, Result};
use crate::plugin::{Backend, Mode, Services, Texts};
use crate::progress::Progress;

/// Texts that a backend encodes in one call.
const CHUNK: usize = 256;

/// Encodes the texts of data sets with one backend in one state.
pub struct Encoder<'a> {
    backend: &'a mut Backend,
    dim: usize,
    fingerprint: String,
    cache: &'a Cache,
    services: &'a Services,
}

impl<'a> Encoder<'a> {
    /// An encoder over a ready backend.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn new(backend: &'a mut Backend, cache: &'a Cache, services: &'a Services) -> Result<Self> {
        let dim = backend.info()?.dim;
        let fingerprint = backend.fingerprint()?;
        Ok(Self { backend, dim, fingerprint, cache, services })
    }

    /// Length of an embedding.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The embeddings of the documents of a data set of that name [documents × dim].
    ///
    /// # Errors
    /// If the backend fails.
    pub fn documents(
        &mut self,
        name: &str,
        data: &EvaluationData,
        progress: &mut dyn Progress,
    ) -> Result<Vec<f32>> {
        let languages = data.document_language.iter();
        let languages = languages.map(|code| data.languages[*code as usize].as_str());
        let texts = data.document_texts.iter().map(String::as_str).zip(languages);
        self.encode(&format!("{name}, passages"), texts.collect(), ROLE_PASSAGE, progress)
    }

    /// The embeddings of the queries of a data set of that name [queries × dim].
    ///
    /// # Errors
    /// If the backend fails.
    pub fn queries(
        &mut self,
        name: &str,
        data: &EvaluationData,
        progress: &mut dyn Progress,
    ) -> Result<Vec<f32>> {
        let languages = data.query_language.iter();
        let languages = languages.map(|code| data.languages[*code as usize].as_str());
        let texts = data.query_texts.iter().map(String::as_str).zip(languages);
        self.encode(&format!("{name}, queries"), texts.collect(), ROLE_QUERY, progress)
    }

    /// The embeddings of (text, language) pairs in one role; `what` they are is shown to whoever watches.
    ///
    /// # Errors
    /// If the backend fails, or the user interrupts.
    pub fn encode(
        &mut self,
        what: &str,
        texts: Vec<(&str, &str)>,
        role: u8,
        progress: &mut dyn Progress,
    ) -> Result<Vec<f32>> {
        let mut key = CacheKey::new("embeddings/1").with_str(&self.fingerprint);
        key = key.with_u64(u64::from(role)).with_u64(texts.len() as u64);
        for (text, language) in &texts {
            key = key.with_str(text).with_str(language);
        }
        if let Some(cached) = self.cache.get_matrix(&key)
            && (cached.rows, cached.dim) == (texts.len(), self.dim)
        {
            return Ok(cached.values);
        }
        progress.encoding_started(what, texts.len());
        let embeddings = self.encode_uncached(&texts, role, progress)?;
        self.cache.put_matrix(&key, texts.len(), self.dim, &embeddings);
        Ok(embeddings)
    }

    fn encode_uncached(
        &mut self,
        texts: &[(&str, &str)],
        role: u8,
        progress: &mut dyn Progress,
    ) -> Result<Vec<f32>> {
        let mut columns = Texts::with_capacity(texts.len());
        for (text, language) in texts {
            columns.push(text, language, role, 0);
        }
        let mut embeddings = vec![0.0; texts.len() * self.dim];
        for start in (0..texts.len()).step_by(CHUNK) {
            if self.services.cancelled() {
                return Err(Error::interrupted());
            }
            let range = start..(start + CHUNK).min(texts.len());
            let (end, out) = (range.end, range.start * self.dim..range.end * self.dim);
            let out = &mut embeddings[out];
            self.backend.encode(Mode::Inference, &columns, range, self.dim, out)?;
            self.services.memory().check()?;
            progress.encoded(end);
        }
        Ok(embeddings)
    }
}
