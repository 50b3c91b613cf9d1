//! The stream of training texts that a backend reads while it is made ready.

use std::ffi::c_void;

use triglot_abi::{self as abi, Sized32};

use super::lent::Lent;
use super::raw::shielded;
use super::texts::Texts;

/// Texts to stream into `prepare`, part by part.
pub type TextParts<'a> = &'a mut dyn Iterator<Item = Texts<'a>>;

/// The parts, and the one that is lent now.
pub(super) struct Stream<'a> {
    parts: TextParts<'a>,
    current: Texts<'a>,
    lent: Lent,
    breach: Option<String>,
}

impl<'a> Stream<'a> {
    pub(super) fn new(parts: TextParts<'a>) -> Self {
        Self { parts, current: Texts::default(), lent: Lent::default(), breach: None }
    }

    /// A source that reads `self`, which is to be left alone until the call is over.
    pub(super) fn source(&mut self) -> abi::TextSource {
        abi::TextSource {
            struct_size: abi::TextSource::SIZE,
            reserved: 0,
            context: std::ptr::from_mut(self).cast::<c_void>(),
            next: Some(next_part),
        }
    }

    /// What the plugin did to the parts, if anything.
    pub(super) fn breach(mut self) -> Option<String> {
        self.look();
        self.breach
    }

    fn look(&mut self) {
        // SAFETY: the part is still there.
        let breach = || unsafe { self.lent.breach() };
        self.breach = self.breach.take().or_else(breach);
    }

    fn advance(&mut self) -> abi::Texts {
        self.look();
        let mut parts = &mut *self.parts;
        let next = Iterator::find(&mut parts, |part| !part.is_empty());
        self.current = next.unwrap_or_default();
        let all = 0..self.current.len();
        self.lent = self.current.lent(all.clone());
        self.current.raw(all)
    }
}

unsafe extern "C" fn next_part(context: *mut c_void, texts: *mut abi::Texts) -> abi::Status {
    // SAFETY: `context` is the stream of the running `prepare`; sources are called one at a time, and nothing else uses
    // it meanwhile.
    let stream = unsafe { &mut *context.cast::<Stream<'_>>() };
    shielded(abi::STATUS_FAILED, || {
        let raw = stream.advance();
        // SAFETY: the plugin set the size of its struct and lends it for the call.
        match unsafe { raw.write_back(texts) } {
            true => abi::STATUS_OK,
            false => abi::STATUS_INVALID,
        }
    })
}
