//! The optional group [`EXTENSION_COUNTS`] of an augmenter: what it does to texts, in whole numbers.
//!
//! How far a dictionary covers a text, say: so many tokens, so many of them known, so many replaced.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Str};
use crate::status::Status;
use crate::text::Texts;

/// Name of the group: `get_extension` of an augmenter returns a [`Counts`] for it.
pub const EXTENSION_COUNTS: &str = "triglot.counts/1";

/// Takes named whole numbers. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CountSink {
    /// `sizeof(CountSink)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own: given back to `put`. May be null.
    pub context: *mut c_void,
    /// Takes a count under a name of `[a-z0-9._-]+`, copied before the call returns; each name once. Errors: anything but
    /// [`crate::STATUS_OK`] is to be returned as it is. Thread: call.
    pub put: Option<unsafe extern "C" fn(context: *mut c_void, name: Str, count: u64) -> Status>,
}

/// Functions of the group [`EXTENSION_COUNTS`]. Made by the library; static.
#[repr(C)]
#[derive(Debug)]
pub struct Counts {
    /// `sizeof(Counts)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Puts what there is to count of `texts`, as they are before they are augmented, into `out`; both are borrowed for
    /// the call. Counts of two lists of texts add up to those of both together; a name that is not put counts 0. What is
    /// counted of a text follows from the text, its language, role and key. `instance` is one of the augmenter that
    /// gave the group. Errors: what `out` returned, or the augmenter's own; then no count counts. Thread: instance.
    pub count: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            texts: *const Texts,
            out: *const CountSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
