//! The sampler border: columns of the corpus in, row numbers of a batch out.

use core::ffi::c_void;

use crate::leaf::{Csr, ErrorBuffer, Str};
use crate::plugin::{CreateArgs, Destroy, GetExtension};
use crate::status::Status;

/// The training rows, as columns; every column has `rows + further_passages` entries unless it says otherwise.
///
/// Made by the host. This struct and all it points to outlive every sampler that was created over it and never change:
/// a sampler may keep the pointers and must not copy the columns.
///
/// The first `rows` rows are sorted by (example, language, role); every language of an example has one query row, followed
/// by its passage row. Examples are numbered from 0 without gaps; the same example in several languages is parallel.
/// Behind them stand further passages, which answer no query: they are drawn as hard negatives or not at all.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CorpusView {
    /// `sizeof(CorpusView)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Number of rows that stand in pairs. With `further_passages` it is below 2³², so that 32 bits number a row.
    pub rows: usize,
    /// Data set of each row, an index into `data_set_names`.
    pub data_set: *const u32,
    /// Language of each row, an index into `language_names`.
    pub language: *const u32,
    /// [`crate::ROLE_QUERY`] or [`crate::ROLE_PASSAGE`] of each row.
    pub role: *const u8,
    /// Example of each row, from 0 without gaps; 2³² − 1 for a further passage.
    pub example: *const u32,
    /// Group (the paragraph that a passage is from) of each row; several examples may have one. 2³² − 1 for a further
    /// passage.
    pub group: *const u32,
    /// Length of each text in Unicode code points.
    pub length: *const u32,
    /// Hash of each text: equal texts have equal hashes.
    pub text_hash: *const u64,
    /// A number of the user's for each row, NaN where absent; null if there is no such column.
    pub user: *const f64,
    /// `language_count` language codes, sorted.
    pub language_names: *const Str,
    /// Number of languages.
    pub language_count: usize,
    /// `data_set_count` names of data sets, as the manifest writes them.
    pub data_set_names: *const Str,
    /// Number of data sets.
    pub data_set_count: usize,
    /// Number of further passages: rows `rows` up to, but not with, `rows + further_passages`, of no order.
    pub further_passages: usize,
    /// For each pair the passage rows that the data calls wrong for its query: list `i` is that of query row `2 * i`.
    /// There are `rows / 2` lists, or none where the data names no hard negatives.
    pub negatives: Csr,
}

/// A batch: pair `i` is query row `queries[i]` and passage row `passages[i]`, both of one example.
///
/// Made by the sampler and lent to the sink, with all it points to, until `put` returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// `sizeof(Batch)` as the plugin was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Number of pairs: the `batch_size` of the sampler's arguments.
    pub count: usize,
    /// `count` numbers of query rows.
    pub queries: *const u32,
    /// `count` numbers of passage rows.
    pub passages: *const u32,
    /// Numbers of hard-negative passage rows for each pair, of pairs or further ones; `rows` is `count`, or 0 for none at
    /// all.
    pub negatives: Csr,
}

/// Takes one batch. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BatchSink {
    /// `sizeof(BatchSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own: given back to `put`. May be null.
    pub context: *mut c_void,
    /// Takes the batch, copied before the call returns; to be called once. Errors: anything but [`crate::STATUS_OK`]
    /// (the batch is malformed) is to be returned as it is. Thread: call.
    pub put: Option<unsafe extern "C" fn(context: *mut c_void, batch: *const Batch) -> Status>,
}

/// What a sampler is created over, beside the common arguments. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Debug)]
pub struct SamplerArgs {
    /// `sizeof(SamplerArgs)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The rows to draw from: outlives the instance.
    pub corpus: *const CorpusView,
    /// Number of pairs in every batch, at least 1.
    pub batch_size: usize,
}

/// Functions of a sampler: a pure function of (options, corpus, batch size, seed, ordinal). Made by the library; static.
#[repr(C)]
#[derive(Debug)]
pub struct Sampler {
    /// `sizeof(Sampler)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance over a corpus, as [`crate::Create`] says; `args` and `sampler` are borrowed for the call, the
    /// corpus for the life of the instance. Required. Errors: as there; a corpus from which no batch can be drawn is
    /// [`crate::STATUS_INVALID`]. Thread: any.
    pub create: Option<
        unsafe extern "C" fn(
            args: *const CreateArgs,
            sampler: *const SamplerArgs,
            instance: *mut *mut c_void,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Destroys it, as [`Destroy`] says. Required. Thread: instance.
    pub destroy: Destroy,
    /// Optional groups by name, as [`GetExtension`] says; [`crate::EXTENSION_LAW`] states what is drawn. May be null.
    /// Thread: any.
    pub get_extension: GetExtension,
    /// Writes the exact number of batches in an epoch, at least 1, into `*batches`; always the same for one instance.
    /// Required. Errors: then `*batches` means nothing. Thread: instance.
    pub epoch_length: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            batches: *mut u64,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Puts batch `ordinal` into `out`, which copies it. Ordinals count from 0 without end, past the epoch too, and may
    /// be asked for in any order and more than once: the batch follows from `seed` and `ordinal` alone. Required.
    /// Errors: what `out` returned, or the sampler's own; no batch counts then. Thread: instance.
    pub sample: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            seed: u64,
            ordinal: u64,
            out: *const BatchSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
