//! Texts, as columns: new facts about a text are appended columns.

use core::ffi::c_void;

use crate::leaf::{ErrorBuffer, Str};
use crate::plugin::{Create, Destroy, GetExtension, TextSink};
use crate::status::Status;

/// Texts with what is known of each; every column has `count` entries, all aligned to `text`.
///
/// Made by the host, borrowed for the call with all it points to. A source lends them for longer, see [`TextSource`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// `sizeof(Texts)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Number of texts; 0 is allowed.
    pub count: usize,
    /// The texts, as the data has them: empty ones may be among them.
    pub text: *const Str,
    /// The language code of each, as the manifest writes it.
    pub language: *const Str,
    /// [`crate::ROLE_QUERY`] or [`crate::ROLE_PASSAGE`] for each.
    pub role: *const u8,
    /// A key for each, from which every random draw for this text follows (dropout, replacement).
    pub key: *const u64,
}

/// A stream of texts that the callee reads at its own pace. Made by the host, borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TextSource {
    /// `sizeof(TextSource)` as the host was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// The host's own: given back to `next`. May be null.
    pub context: *mut c_void,
    /// Fills `texts`, whose `struct_size` the reader sets, with the next texts, borrowed until the following call of
    /// `next` or the end of the call that lent the source. `count` 0 means the end, after which it is not called again.
    /// Errors: anything but [`crate::STATUS_OK`] is to be returned as it is, `texts` means nothing, and `next` is not
    /// called again. Thread: call.
    pub next: Option<unsafe extern "C" fn(context: *mut c_void, texts: *mut Texts) -> Status>,
}

/// Functions of an augmenter: text in, text out, for training only. Made by the library; static.
#[repr(C)]
#[derive(Debug)]
pub struct Augmenter {
    /// `sizeof(Augmenter)` as the library was compiled.
    pub struct_size: u32,
    /// Zero.
    pub reserved: u32,
    /// Makes an instance, as [`Create`] says. Required. Thread: any.
    pub create: Create,
    /// Destroys it, as [`Destroy`] says. Required. Thread: instance.
    pub destroy: Destroy,
    /// Optional groups by name, as [`GetExtension`] says; [`crate::EXTENSION_COUNTS`] counts what it does. May be null.
    /// Thread: any.
    pub get_extension: GetExtension,
    /// Puts one text for every text of `texts`, in their order, into `out`, which copies them; `texts` is borrowed for
    /// the call. The same text, language, role and key give the same text, whatever stands beside them. Required.
    /// Errors: [`crate::STATUS_FAILED`] if a text cannot be rewritten (one that has no counterpart is put unchanged),
    /// or what `out` returned; what was put until then counts for nothing. Thread: instance.
    pub augment: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            texts: *const Texts,
            out: *const TextSink,
            error: *mut ErrorBuffer,
        ) -> Status,
    >,
}
