//! Texts, as columns: new facts about a text are appended columns.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Str};
use crate::plugin::{Create, Destroy, GetExtension, TextSink};
use crate::status::Status;

/// Texts with what is known of each; every column has `count` entries.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// `sizeof(Texts)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Number of texts.
    pub count: usize,
    /// The texts.
    pub text: *const Str,
    /// The language code of each, as the manifest writes it.
    pub language: *const Str,
    /// `ROLE_QUERY` or `ROLE_PASSAGE` for each.
    pub role: *const u8,
    /// A key for each, from which every random draw for this text follows (dropout, replacement).
    pub key: *const u64,
}

/// A stream of texts that the callee reads at its own pace.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TextSource {
    /// `sizeof(TextSource)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Given back to `next`.
    pub context: *mut c_void,
    /// Fills `texts`, whose `struct_size` the reader sets, with the next texts, borrowed until the following call of
    /// `next`; `count` 0 means the end, after which, as after anything but OK, it is not called again. Anything but OK
    /// is to be returned as it is. Thread: call.
    pub next: Option<unsafe extern "C" fn(context: *mut c_void, texts: *mut Texts) -> Status>,
}

/// Functions of an augmenter: text in, text out, for training only.
#[repr(C)]
#[derive(Debug)]
pub struct Augmenter {
    /// `sizeof(Augmenter)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance.
    pub create: Create,
    /// Destroys it.
    pub destroy: Destroy,
    /// Optional groups by name.
    pub get_extension: GetExtension,
    /// Puts one text for every text of `texts`, in their order, into `out`. The same key gives the same text.
    /// Thread: instance.
    pub augment: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            texts: *const Texts,
            out: *const TextSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
