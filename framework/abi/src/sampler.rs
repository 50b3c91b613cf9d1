//! The sampler border: columns of the corpus in, row numbers of a batch out.

use core::ffi::c_void;

use crate::leaf::{Csr, ErrorBuffer, Str};
use crate::plugin::{CreateArgs, Destroy, GetExtension};
use crate::status::Status;

/// The training rows, as columns. This struct and all it points to outlive every sampler that was created over it.
///
/// Rows are sorted by (example, language, role); every language of an example has one query row, followed by
/// its passage row. Examples are numbered from 0 without gaps; the same example in several languages is parallel.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CorpusView {
    /// `sizeof(CorpusView)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Number of rows, below 2^32.
    pub rows: usize,
    /// Data set of each row, an index into `data_set_names`.
    pub data_set: *const u32,
    /// Language of each row, an index into `language_names`.
    pub language: *const u32,
    /// `ROLE_QUERY` or `ROLE_PASSAGE` of each row.
    pub role: *const u8,
    /// Example of each row.
    pub example: *const u32,
    /// Group (paragraph) of each row.
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
    /// `data_set_count` names.
    pub data_set_names: *const Str,
    /// Number of data sets.
    pub data_set_count: usize,
}

/// A batch: pair `i` is query row `queries[i]` and passage row `passages[i]`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// `sizeof(Batch)` as the plugin was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Number of pairs.
    pub count: usize,
    /// `count` query rows.
    pub queries: *const u32,
    /// `count` passage rows.
    pub passages: *const u32,
    /// Hard-negative passage rows of each pair; `rows` is `count`, or 0 for none.
    pub negatives: Csr,
}

/// Takes one batch.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BatchSink {
    /// `sizeof(BatchSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Given back to `put`.
    pub context: *mut c_void,
    /// Takes the batch, copied before the call returns; to be called once. Anything but OK is to be returned as it is.
    /// Thread: call.
    pub put: Option<unsafe extern "C" fn(context: *mut c_void, batch: *const Batch) -> Status>,
}

/// What a sampler is created over, beside the common arguments.
#[repr(C)]
#[derive(Debug)]
pub struct SamplerArgs {
    /// `sizeof(SamplerArgs)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The rows to draw from.
    pub corpus: *const CorpusView,
    /// Number of pairs in every batch, at least 1.
    pub batch_size: usize,
}

/// Functions of a sampler: a pure function of (options, corpus, batch size, seed, ordinal).
#[repr(C)]
#[derive(Debug)]
pub struct Sampler {
    /// `sizeof(Sampler)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance over a corpus. A corpus from which no batch can be drawn is `STATUS_INVALID`. Thread: any.
    pub create: Option<
        unsafe extern "C" fn(
            args: *const CreateArgs,
            sampler: *const SamplerArgs,
            instance: *mut *mut c_void,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Destroys it.
    pub destroy: Destroy,
    /// Optional groups by name.
    pub get_extension: GetExtension,
    /// Writes the exact number of batches in an epoch. Thread: instance.
    pub epoch_length: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            batches: *mut u64,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
    /// Puts batch `ordinal` (counted from 0, without end) into `out`. Thread: instance.
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
