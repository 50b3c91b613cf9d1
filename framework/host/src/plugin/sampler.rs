//! Samplers: row numbers of a batch, checked against the corpus.

use std::ffi::c_void;
use std::sync::Arc;

use triglot_abi::{self as abi, Sized32};

use super::call::{CallError, Handle, Making};
use super::guarded::Guarded;
use super::lent;
use super::library::{Component, Functions, Kind};
use super::raw::{Taken, csr};
use super::services::Services;
use crate::corpus::TextTable;
use crate::lists::Lists;
use crate::manifest::types::Options;

/// The columns of a text table, in the shape that crosses the border.
pub struct CorpusView<'a> {
    table: &'a TextTable,
    _language_names: Vec<abi::Str>,
    _data_set_names: Vec<abi::Str>,
    /// Samplers may keep its address, which stays while the view is borrowed.
    raw: abi::CorpusView,
    /// The columns as they were when they were lent, by their hashes: copies would take as much memory again.
    then: Vec<blake3::Hash>,
}

impl<'a> CorpusView<'a> {
    /// The view of a table.
    ///
    /// # Panics
    /// If columns or lists differ in length, which those of no table do.
    pub fn new(table: &'a TextTable) -> Self {
        let names = |names: &'a [String]| -> Vec<abi::Str> {
            names.iter().map(|name| abi::Str::new(name)).collect()
        };
        let lists = table.negatives.as_ref().map(Lists::rows);
        assert!(lists.is_none_or(|lists| lists == table.pair_rows() / 2), "a list for every pair");
        let (language_names, data_set_names) = (names(&table.languages), names(&table.data_sets));
        let rows = table.rows();
        let column = |column: &'a [u32]| column[..rows].as_ptr();
        let raw = abi::CorpusView {
            struct_size: abi::CorpusView::SIZE,
            reserved: 0,
            rows: table.pair_rows(),
            data_set: column(&table.data_set),
            language: column(&table.language),
            role: table.role[..rows].as_ptr(),
            example: column(&table.example),
            group: column(&table.group),
            length: column(&table.length),
            text_hash: table.text_hash[..rows].as_ptr(),
            user: table.user.as_ref().map_or(std::ptr::null(), |user| user[..rows].as_ptr()),
            language_names: language_names.as_ptr(),
            language_count: language_names.len(),
            data_set_names: data_set_names.as_ptr(),
            data_set_count: data_set_names.len(),
            further_passages: table.further_passages,
            negatives: table.negatives.as_ref().map_or(NO_LISTS, csr),
        };
        let then = hashes(table).map(|(_, hash)| hash).collect();
        Self { table, _language_names: language_names, _data_set_names: data_set_names, raw, then }
    }

    /// What was changed in the corpus since it was lent, if anything.
    fn breach(&self) -> Option<String> {
        let mut columns = hashes(self.table).zip(&self.then);
        let ((column, _), _) = columns.find(|((_, now), then)| now != *then)?;
        Some(format!(
            "the column `{column}` of the corpus has changed, which was lent to it to read"
        ))
    }

    /// The table behind it.
    pub fn table(&self) -> &'a TextTable {
        self.table
    }
}

/// No lists at all.
const NO_LISTS: abi::Csr = abi::Csr { offsets: std::ptr::null(), items: std::ptr::null(), rows: 0 };

/// The columns of a table by name, with their hashes.
fn hashes(table: &TextTable) -> impl Iterator<Item = (&'static str, blake3::Hash)> {
    let columns = [
        ("data_set", lent::bytes(&table.data_set)),
        ("language", lent::bytes(&table.language)),
        ("role", lent::bytes(&table.role)),
        ("example", lent::bytes(&table.example)),
        ("group", lent::bytes(&table.group)),
        ("length", lent::bytes(&table.length)),
        ("text_hash", lent::bytes(&table.text_hash)),
        ("user", lent::bytes(table.user.as_deref().unwrap_or_default())),
        ("negatives", lent::bytes(table.negatives.as_ref().map_or(&[], Lists::items))),
        ("negatives.offsets", lent::bytes(table.negatives.as_ref().map_or(&[], Lists::offsets))),
    ];
    columns.into_iter().map(|(name, bytes)| (name, blake3::hash(bytes)))
}

/// The rows of a batch: pair `i` is (`queries[i]`, `passages[i]`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Query rows.
    pub queries: Vec<u32>,
    /// Passage rows, one a query.
    pub passages: Vec<u32>,
    /// Hard-negative passage rows, a list a pair.
    pub negatives: Lists,
}

/// What the host wants of a sampler.
const DRAWING: &str = "draw a batch";
/// How often the corpus is looked at, in batches: some ten megabytes are hashed in as many milliseconds.
const CORPUS_EVERY: u64 = 64;
/// How often a batch is drawn twice.
const TWICE_EVERY: u64 = 256;

/// A sampler over a corpus view, which it may not outlive: its plugin reads the corpus until the last moment.
///
/// ```compile_fail,E0597
/// # use std::sync::Arc;
/// # use triglot_host::{corpus::TextTable, plugin::*};
/// fn outlives(component: &Arc<Component>, table: &TextTable, services: &Services) {
///     let _sampler;
///     let view = CorpusView::new(table);
///     _sampler = Sampler::create(component, &Default::default(), &view, 8, services);
/// } // the view goes first
/// ```
pub struct Sampler<'c> {
    pub(super) handle: Handle<'c>,
    pub(super) functions: Arc<abi::Sampler>,
    pub(super) corpus: &'c CorpusView<'c>,
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
            return Err(CallError::wrong_kind(component, Kind::Sampler));
        };
        let sampler_args = abi::SamplerArgs {
            struct_size: abi::SamplerArgs::SIZE,
            reserved: 0,
            corpus: &raw const corpus.raw,
            batch_size,
        };
        let making = Making { component, options, seed: 0, services };
        let (create, destroy) = (functions.create, functions.destroy);
        // SAFETY: the arguments live through the call, the corpus for 'c and so longer than the handle.
        let handle =
            Handle::create_with(making, create, destroy, |f, args, instance, error| unsafe {
                f(args, &raw const sampler_args, instance, error)
            })?;
        let sampler = Self { handle, functions: Arc::clone(functions), corpus, batch_size };
        sampler.check_corpus("create an instance")?;
        Ok(sampler)
    }

    /// Fails if the corpus is no longer what was lent.
    ///
    /// # Errors
    /// If it is not.
    pub fn finish(&self) -> Result<(), CallError> {
        self.check_corpus(DRAWING)
    }

    fn check_corpus(&self, doing: &'static str) -> Result<(), CallError> {
        self.handle.judge(doing, Ok(()), [self.corpus.breach()])
    }

    /// The exact number of batches in an epoch.
    ///
    /// # Errors
    /// If the plugin fails.
    pub fn epoch_length(&mut self) -> Result<u64, CallError> {
        const DOING: &str = "tell the length of an epoch";
        let mut batches = Guarded::one(0u64);
        let place = batches.as_mut_ptr();
        // SAFETY: `batches` lives through the call.
        let result =
            self.handle.call(DOING, self.functions.epoch_length, |f, instance, error| unsafe {
                f(instance, place, error)
            });
        self.handle.judge(DOING, result, [batches.breach("the length of an epoch")])?;
        Ok(batches.value())
    }

    /// Draws batch `ordinal`.
    ///
    /// # Errors
    /// If the plugin fails, what it gives is no batch of this corpus, or it is found to be no pure function.
    pub fn sample(&mut self, seed: u64, ordinal: u64) -> Result<Batch, CallError> {
        let batch = self.draw(seed, ordinal)?;
        if ordinal.is_multiple_of(CORPUS_EVERY) {
            self.check_corpus(DRAWING)?;
        }
        if ordinal.is_multiple_of(TWICE_EVERY) && self.draw(seed, ordinal)? != batch {
            let problem = "a sampler must be a pure function of seed and ordinal";
            let problem = format!("batch {ordinal}, drawn twice, differs: {problem}");
            return Err(self.handle.broken(DRAWING, problem));
        }
        Ok(batch)
    }

    fn draw(&mut self, seed: u64, ordinal: u64) -> Result<Batch, CallError> {
        let mut taken = Taken::new();
        let sink = abi::BatchSink {
            struct_size: abi::BatchSink::SIZE,
            reserved: 0,
            context: taken.context(),
            put: Some(take),
        };
        let sample = self.functions.sample;
        // SAFETY: sink and what it points to live through the call.
        let result = self.handle.call(DRAWING, sample, |f, instance, error| unsafe {
            f(instance, seed, ordinal, &raw const sink, error)
        });
        let batch = self.handle.taken(DRAWING, result, taken)?.pop();
        let batch = batch.ok_or_else(|| self.handle.broken(DRAWING, "it said OK and gave none"))?;
        self.check(&batch).map_err(|problem| {
            self.handle.broken(DRAWING, format!("batch {ordinal}: {problem}"))
        })?;
        Ok(batch)
    }

    fn check(&self, batch: &Batch) -> Result<(), String> {
        let table = self.corpus.table;
        let pairs = table.pair_rows();
        if batch.queries.len() != self.batch_size {
            return Err(format!("{} pairs, {} wanted", batch.queries.len(), self.batch_size));
        }
        let all = (batch.queries.iter().map(|row| (row, abi::ROLE_QUERY)))
            .chain(batch.passages.iter().map(|row| (row, abi::ROLE_PASSAGE)))
            .chain(batch.negatives.items().iter().map(|row| (row, abi::ROLE_PASSAGE)));
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
        let further = batch.passages.iter().find(|row| **row as usize >= pairs);
        if let Some(row) = further {
            return Err(format!("row {row} answers no query: it may only be a hard negative"));
        }
        let parted = (batch.queries.iter().zip(&batch.passages))
            .find(|(q, p)| table.example[**q as usize] != table.example[**p as usize]);
        match parted {
            Some((q, p)) => Err(format!("rows {q} and {p} are of different examples")),
            None => Ok(()),
        }
    }
}

pub(super) unsafe extern "C" fn take(
    context: *mut c_void,
    batch: *const abi::Batch,
) -> abi::Status {
    let one = |earlier: &[Batch]| match earlier {
        // SAFETY: the plugin lends the batch for the call.
        [] => unsafe { copy(batch) }.ok_or_else(|| "the batch is malformed".to_owned()),
        _ => Err("it gave two batches for one".into()),
    };
    // SAFETY: `context` is that of the running call's sink.
    unsafe { Taken::put(context, one) }
}

/// # Safety
/// `batch` is as the contract says.
unsafe fn copy(batch: *const abi::Batch) -> Option<Batch> {
    // SAFETY: by contract, for this and the columns below.
    let batch = unsafe { abi::Batch::read(batch) }?;
    // SAFETY: as above.
    let rows = |data, len| unsafe { abi::slice::<u32>(data, len) }.map(<[u32]>::to_vec);
    let (queries, passages) =
        (rows(batch.queries, batch.count)?, rows(batch.passages, batch.count)?);
    let negatives = match batch.negatives.rows {
        0 => queries.iter().map(|_| Vec::new()).collect(),
        pairs => {
            let offsets = rows(batch.negatives.offsets, pairs.checked_add(1)?)?;
            let end = offsets.last().filter(|_| offsets.is_sorted() && pairs == batch.count)?;
            let items = rows(batch.negatives.items, *end as usize)?;
            Lists::of(offsets, items)?
        }
    };
    Some(Batch { queries, passages, negatives })
}
