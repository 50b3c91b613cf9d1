//! What crossed the border, copied into the host's own values; and what the host does when a plugin calls it.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use triglot_abi as abi;

use crate::lists::Lists;

/// The text that a plugin lends; `None` if it is none, or not UTF-8.
///
/// # Safety
/// `text` is as the contract says.
pub(super) unsafe fn utf8(text: abi::Str) -> Option<String> {
    // SAFETY: by contract.
    let bytes = unsafe { abi::slice(text.data, text.len) }?;
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

/// The text that a plugin lends, as far as it can be read.
///
/// # Safety
/// `text` is as the contract says.
pub(super) unsafe fn lossy(text: abi::Str) -> String {
    // SAFETY: by contract.
    let bytes = unsafe { abi::slice(text.data, text.len) }.unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

/// The name of a number that a plugin gives, if it is one.
pub(super) fn number_name(name: Option<String>) -> Result<String, String> {
    let name = name.ok_or("the name of a number is not UTF-8")?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    match !name.is_empty() && name.chars().all(allowed) {
        true => Ok(name),
        false => Err(format!("a number is named {name:?}, allowed is [a-z0-9._-]+")),
    }
}

/// `values` as a matrix with rows of `dim`.
pub(super) fn matrix(values: &[f32], dim: usize) -> abi::Matrix {
    let rows = values.len().checked_div(dim).unwrap_or(0);
    abi::Matrix { data: values.as_ptr(), rows, cols: dim, stride: dim }
}

/// Lists as they cross the border, good for as long as `lists` is.
pub(super) fn csr(lists: &Lists) -> abi::Csr {
    abi::Csr {
        offsets: lists.offsets().as_ptr(),
        items: lists.items().as_ptr(),
        rows: lists.rows(),
    }
}

/// Runs what a plugin called: nothing of the host unwinds into a plugin.
pub(super) fn shielded<R>(otherwise: R, work: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(otherwise)
}

/// What a plugin put into a sink during one call, up to the first mistake.
pub(super) struct Taken<T> {
    items: Vec<T>,
    mistake: Option<String>,
}

impl<T> Taken<T> {
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), mistake: None }
    }

    /// The context of a sink that fills `self`, which is to be left alone until the call is over.
    pub(super) fn context(&mut self) -> *mut c_void {
        std::ptr::from_mut(self).cast()
    }

    /// Takes one item; after a mistake no further one is read.
    ///
    /// # Safety
    /// `context` comes from [`Taken::context`] of the same type, and its call is running.
    pub(super) unsafe fn put(
        context: *mut c_void,
        item: impl FnOnce(&[T]) -> Result<T, String>,
    ) -> abi::Status {
        // SAFETY: by contract; sinks are called one at a time, and nothing else uses it meanwhile.
        let taken = unsafe { &mut *context.cast::<Self>() };
        if taken.mistake.is_none() {
            match shielded(Err("the host panicked".into()), || item(&taken.items)) {
                Ok(item) => {
                    taken.items.push(item);
                    return abi::STATUS_OK;
                }
                Err(mistake) => taken.mistake = Some(mistake),
            }
        }
        abi::STATUS_INVALID
    }

    /// The items, or the first mistake.
    pub(super) fn finish(self) -> Result<Vec<T>, String> {
        match self.mistake {
            Some(mistake) => Err(mistake),
            None => Ok(self.items),
        }
    }
}

/// A sink for texts that fills `taken`.
pub(super) fn text_sink(taken: &mut Taken<String>) -> abi::TextSink {
    abi::TextSink {
        struct_size: <abi::TextSink as abi::Sized32>::SIZE,
        reserved: 0,
        context: taken.context(),
        put: Some(take_text),
    }
}

unsafe extern "C" fn take_text(context: *mut c_void, text: abi::Str) -> abi::Status {
    // SAFETY: `context` is that of the running call's sink, and the plugin lends the text for the call.
    unsafe { Taken::put(context, |_| utf8(text).ok_or_else(|| "a text is not UTF-8".into())) }
}
