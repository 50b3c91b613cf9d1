//! The optional group [`EXTENSION_LAW`] of a sampler: from which languages it draws, and how often.
//!
//! Nothing in training needs it. It lets a host show what is expected beside what was drawn, and test the one against
//! the other.

use core::ffi::c_void;

use crate::leaf::ErrorBuffer;
use crate::status::Status;

/// Name of the group: `get_extension` of a sampler returns a [`Law`] for it.
pub const EXTENSION_LAW: &str = "triglot.law/1";

/// What is drawn by the law: every pair of a batch.
pub const UNIT_PAIR: u32 = 1;
/// What is drawn by the law: a batch, whose pairs all have the languages that were drawn for it.
pub const UNIT_BATCH: u32 = 2;

/// How often two languages are drawn together. Made by the sampler and lent to the sink until `put` returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LanguagePair {
    /// `sizeof(LanguagePair)` as the plugin was compiled.
    pub struct_size: u32,
    /// Language of the query, an index into the corpus view's names.
    pub query_language: u32,
    /// Language of the passage, of the same numbering.
    pub passage_language: u32,
    /// Zero.
    pub reserved: u32,
    /// Probability that a unit is of these two languages: from 0 to 1.
    pub probability: f64,
}

/// Takes the language pairs of a law. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LawSink {
    /// `sizeof(LawSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own: given back to `put`. May be null.
    pub context: *mut c_void,
    /// Takes the next language pair, copied before the call returns. Errors: anything but [`crate::STATUS_OK`] is to be
    /// returned as it is. Thread: call.
    pub put:
        Option<unsafe extern "C" fn(context: *mut c_void, pair: *const LanguagePair) -> Status>,
}

/// Functions of the group [`EXTENSION_LAW`]. Made by the library; static.
#[repr(C)]
#[derive(Debug)]
pub struct Law {
    /// `sizeof(Law)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Writes one of the `UNIT_` constants into `*unit`, and puts every language pair that is drawn at all into `out`,
    /// each once; their probabilities add up to 1. Always the same for one instance, which is one of the sampler that gave
    /// the group. Errors: [`crate::STATUS_UNSUPPORTED`] if this sampler states no law, or what `out` returned; then
    /// nothing that was written or put counts. Thread: instance.
    pub state: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            unit: *mut u32,
            out: *const LawSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
