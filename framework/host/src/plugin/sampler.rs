//! Samplers: row numbers of a batch, checked against the corpus.

use std::ffi::c_void;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle};
use super::library::{Component, Functions};
use super::services::Services;
use crate::corpus::TextTable;
use crate::manifest::types::Options;

/// The columns of a text table, in the shape that crosses the border.
pub struct CorpusView<'a> {
    table: &'a TextTable,
    language_names: Vec<abi::Str>,
    data_set_names: Vec<abi::Str>,
}

impl<'a> CorpusView<'a> {
    /// The view of a table.
    pub fn new(table: &'a TextTable) -> Self {
        let names = |names: &'a [String]| names.iter().map(|name| abi::Str::new(name)).collect();
        Self {
            table,
            language_names: names(&table.languages),
            data_set_names: names(&table.data_sets),
        }
    }

    /// The table behind it.
    pub fn table(&self) -> &'a TextTable {
        self.table
    }

    fn raw(&self) -> abi::CorpusView {
        let table = self.table;
        abi::CorpusView {
            struct_size: abi::CorpusView::SIZE,
            reserved: 0,
            rows: table.language.len(),
            data_set: table.data_set.as_ptr(),
            language: table.language.as_ptr(),
            role: table.role.as_ptr(),
            example: table.example.as_ptr(),
            group: table.group.as_ptr(),
            length: table.length.as_ptr(),
            text_hash: table.text_hash.as_ptr(),
            user: std::ptr::null(),
            language_names: self.language_names.as_ptr(),
            language_count: self.language_names.len(),
            data_set_names: self.data_set_names.as_ptr(),
            data_set_count: self.data_set_names.len(),
        }
    }
}

/// The rows of a batch: pair `i` is (`queries[i]`, `passages[i]`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Query rows.
    pub queries: Vec<u32>,
    /// Passage rows, one a query.
    pub passages: Vec<u32>,
    /// Hard-negative passage rows of all pairs, in their order.
    pub negatives: Vec<u32>,
}

/// A sampler over a corpus view, which it may not outlive.
pub struct Sampler<'c> {
    handle: Handle,
    functions: Arc<abi::Sampler>,
    corpus: &'c CorpusView<'c>,
    batch_size: usize,
}

impl<'c> Sampler<'c> {
    /// Makes an instance that draws batches of `batch_size` pairs.
    ///
    /// # Errors
    /// If the plugin refuses; [`CallError::is_invalid`] tells whether options and corpus are to blame.
    pub fn create(
        component: &Arc<Component>,
        options: &Options,
        corpus: &'c CorpusView<'c>,
        batch_size: usize,
        services: &Services,
    ) -> Result<Self, CallError> {
        let Functions::Sampler(functions) = &component.functions else {
            unreachable!("the registry found a sampler");
        };
        let view = corpus.raw();
        let sampler_args = abi::SamplerArgs {
            struct_size: abi::SamplerArgs::SIZE,
            reserved: 0,
            corpus: &raw const view,
            batch_size,
        };
        let create = functions.create;
        let handle = Handle::create(
            component,
            options,
            0,
            services,
            functions.destroy,
            // SAFETY: the arguments live through the call, the columns for 'c.
            |args, instance, error| match create {
                Some(create) => unsafe { create(args, &raw const sampler_args, instance, error) },
                None => abi::STATUS_UNSUPPORTED,
            },
        )?;
        Ok(Self { handle, functions: Arc::clone(functions), corpus, batch_size })
    }

    /// The exact number of batches in an epoch.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn epoch_length(&mut self) -> Result<u64, CallError> {
        let mut batches = 0;
        let epoch_length = self.functions.epoch_length;
        self.handle.call("tell the length of an epoch", |instance, error| match epoch_length {
            // SAFETY: `batches` lives through the call.
            Some(f) => unsafe { f(instance, &raw mut batches, error) },
            None => abi::STATUS_UNSUPPORTED,
        })?;
        Ok(batches)
    }

    /// Draws batch `ordinal`.
    ///
    /// # Errors
    /// If the plugin fails, or what it gives is no batch of this corpus.
    pub fn sample(&mut self, seed: u64, ordinal: u64) -> Result<Batch, CallError> {
        const DOING: &str = "draw a batch";
        let mut taken: Option<Result<Batch, String>> = None;
        let sink = abi::BatchSink {
            struct_size: abi::BatchSink::SIZE,
            reserved: 0,
            context: (&raw mut taken).cast::<c_void>(),
            put: Some(take),
        };
        let sample = self.functions.sample;
        self.handle.call(DOING, |instance, error| match sample {
            // SAFETY: sink and what it points to live through the call.
            Some(f) => unsafe { f(instance, seed, ordinal, &raw const sink, error) },
            None => abi::STATUS_UNSUPPORTED,
        })?;
        let batch = match taken {
            Some(Ok(batch)) => batch,
            Some(Err(problem)) => return Err(self.handle.broken(DOING, problem)),
            None => return Err(self.handle.broken(DOING, "it said OK and gave none")),
        };
        self.check(&batch)
            .map_err(|problem| self.handle.broken(DOING, format!("batch {ordinal}: {problem}")))?;
        Ok(batch)
    }

    fn check(&self, batch: &Batch) -> Result<(), String> {
        let table = self.corpus.table;
        if batch.queries.len() != self.batch_size {
            return Err(format!("{} pairs, {} wanted", batch.queries.len(), self.batch_size));
        }
        let all = (batch.queries.iter().map(|row| (row, abi::ROLE_QUERY)))
            .chain(batch.passages.iter().map(|row| (row, abi::ROLE_PASSAGE)))
            .chain(batch.negatives.iter().map(|row| (row, abi::ROLE_PASSAGE)));
        for (row, role) in all {
            match table.role.get(*row as usize) {
                None => return Err(format!("row {row} of {}", table.role.len())),
                Some(found) if *found != role => {
                    let wanted = if role == abi::ROLE_QUERY { "query" } else { "passage" };
                    return Err(format!("row {row} is no {wanted}"));
                }
                Some(_) => {}
            }
        }
        let parted = (batch.queries.iter().zip(&batch.passages))
            .find(|(q, p)| table.example[**q as usize] != table.example[**p as usize]);
        match parted {
            Some((q, p)) => Err(format!("rows {q} and {p} are of different examples")),
            None => Ok(()),
        }
    }
}

unsafe extern "C" fn take(context: *mut c_void, batch: *const abi::Batch) -> abi::Status {
    // SAFETY: `context` is the `taken` of the running `sample`, which nothing else uses meanwhile.
    let taken = unsafe { &mut *context.cast::<Option<Result<Batch, String>>>() };
    // SAFETY: the plugin lends a batch as the contract says.
    *taken = Some(match taken {
        Some(_) => Err("it gave two batches for one".into()),
        None => unsafe { copy(batch) }.ok_or_else(|| "the batch is malformed".into()),
    });
    abi::STATUS_OK
}

/// # Safety
/// `batch` is as the contract says.
unsafe fn copy(batch: *const abi::Batch) -> Option<Batch> {
    // SAFETY: by contract; null is checked.
    unsafe {
        let batch = abi::Batch::read(batch)?;
        let negatives = match batch.negatives.rows {
            0 => Vec::new(),
            rows if batch.negatives.offsets.is_null() || rows != batch.count => return None,
            rows => vec(batch.negatives.items, *batch.negatives.offsets.add(rows) as usize)?,
        };
        Some(Batch {
            queries: vec(batch.queries, batch.count)?,
            passages: vec(batch.passages, batch.count)?,
            negatives,
        })
    }
}

/// # Safety
/// `data` is null or has `len` entries.
unsafe fn vec(data: *const u32, len: usize) -> Option<Vec<u32>> {
    match (len, data.is_null()) {
        (0, _) => Some(Vec::new()),
        (_, true) => None,
        // SAFETY: by contract.
        (_, false) => Some(unsafe { std::slice::from_raw_parts(data, len) }.to_vec()),
    }
}
