//! Texts to embeddings for search, through the cache.
//!
//! Only texts that the cache does not hold are encoded, each once, and go into it a segment at a time: an encoding that
//! is broken off goes on from there, and no more than a segment stands in memory where there is a disk.

use std::collections::HashSet;

use triglot_abi::{ROLE_PASSAGE, ROLE_QUERY};
use triglot_evaluate::Float;

use super::sections::Windows;
use crate::cache::{Cache, StoredEmbeddings, TextHash, text_hash};
use crate::corpus::EvaluationData;
use crate::error::{Error, Result};
use crate::plugin::{Backend, Mode, Services, Texts};
use crate::progress::Progress;

/// Texts that a backend encodes in one call.
const CHUNK: usize = 256;

/// Texts of a segment of the cache.
const SEGMENT: usize = 1 << 13;

/// Encodes the texts of data sets with one backend in one state.
pub struct Encoder<'a> {
    backend: &'a mut Backend,
    dim: usize,
    fingerprint: String,
    float: Float,
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
        let float = Float::F32;
        Ok(Self { backend, dim, fingerprint, float, cache, services })
    }

    /// The encoder, of whose embeddings so many bits are kept.
    #[must_use]
    pub fn keeping(self, float: Float) -> Self {
        Self { float, ..self }
    }

    /// Length of an embedding.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The embeddings of the documents of a data set of that name, or of their windows.
    ///
    /// # Errors
    /// If the backend fails.
    pub(super) fn documents(
        &mut self,
        name: &str,
        data: &EvaluationData,
        windows: Option<&Windows<'_>>,
        progress: &mut dyn Progress,
    ) -> Result<StoredEmbeddings> {
        let language = |document: usize| {
            let code = data.document_language[document];
            data.languages[code as usize].as_str()
        };
        let texts = match windows {
            Some(windows) => {
                windows.texts.iter().copied().zip(windows.passages().map(language)).collect()
            }
            None => {
                let texts = data.document_texts.iter().map(String::as_str);
                texts.zip((0..).map(language)).collect()
            }
        };
        self.encode(&format!("{name}, passages"), texts, ROLE_PASSAGE, progress)
    }

    /// The embeddings of the queries of a data set of that name.
    ///
    /// # Errors
    /// If the backend fails.
    pub fn queries(
        &mut self,
        name: &str,
        data: &EvaluationData,
        progress: &mut dyn Progress,
    ) -> Result<StoredEmbeddings> {
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
    ) -> Result<StoredEmbeddings> {
        let mut store = self.cache.embeddings(&self.fingerprint, role, self.dim, self.float);
        let hashes: Vec<TextHash> =
            texts.iter().map(|(text, language)| text_hash(text, language)).collect();
        let mut met = HashSet::new();
        let missing: Vec<usize> = (0..texts.len())
            .filter(|at| !store.holds(&hashes[*at]) && met.insert(hashes[*at]))
            .collect();
        drop(met);
        if !missing.is_empty() {
            progress.encoding_started(what, missing.len());
        }
        for (before, part) in (0..).step_by(SEGMENT).zip(missing.chunks(SEGMENT)) {
            let own: Vec<_> = part.iter().map(|at| texts[*at]).collect();
            let mut values = Vec::new();
            let outcome = self.encode_segment(&own, role, &mut values, &mut |done| {
                progress.encoded(before + done);
            });
            // What was done before a failure or an interruption is kept.
            let done = part.iter().map(|at| hashes[*at]).take(values.len() / self.dim.max(1));
            store.keep(&done.collect::<Vec<_>>(), &values);
            outcome?;
        }
        let problem = || Error::failed("embeddings that were just made are not to be found");
        store.embeddings(&hashes).ok_or_else(problem)
    }

    fn encode_segment(
        &mut self,
        texts: &[(&str, &str)],
        role: u8,
        embeddings: &mut Vec<f32>,
        encoded: &mut dyn FnMut(usize),
    ) -> Result<()> {
        let mut columns = Texts::with_capacity(texts.len());
        for (text, language) in texts {
            columns.push(text, language, role, 0);
        }
        let mut chunk = Vec::new();
        for start in (0..texts.len()).step_by(CHUNK) {
            if self.services.cancelled() {
                return Err(Error::interrupted());
            }
            let range = start..(start + CHUNK).min(texts.len());
            let end = range.end;
            chunk.clear();
            chunk.resize(range.len() * self.dim, 0.0);
            self.backend.encode(Mode::Inference, &columns, range, self.dim, &mut chunk)?;
            embeddings.extend_from_slice(&chunk);
            self.services.memory().check()?;
            encoded(end);
        }
        Ok(())
    }
}
