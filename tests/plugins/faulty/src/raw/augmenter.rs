//! The augmenter's table.

use std::ffi::c_void;

use triglot_sdk::abi::{self, Sized32};

use super::{NOT_UTF8, call, life};
use crate::misdeed::Misdeed;

life::life!(Augmenter, KIND_AUGMENTER);
life::plain_create!();

pub fn table() -> abi::Augmenter {
    abi::Augmenter {
        create: Some(create),
        destroy: Some(destroy),
        get_extension: Some(get_extension),
        augment: Some(augment),
        ..honest()
    }
}

unsafe extern "C" fn augment(
    instance: *mut c_void,
    texts: *const abi::Texts,
    out: *const abi::TextSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(augment) = honest().augment else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract, and what is made here lives through the call; the write into the keys is
    // the misdeed.
    unsafe {
        let (Some(mut mine), Some(relay)) = (abi::Texts::read(texts), abi::TextSink::read(out))
        else {
            return augment(instance, texts, out, error);
        };
        if let Some(status) = call::refused(error, (mine.struct_size, abi::Texts::SIZE)) {
            return status;
        }
        mine.struct_size = abi::Texts::SIZE;
        if Misdeed::WrongCount.now() {
            mine.count = mine.count.saturating_sub(1);
        }
        let places: Vec<u64> = (0..mine.count as u64).collect();
        if Misdeed::ForgetsKey.now() {
            mine.key = places.as_ptr();
        }
        let latin1 = abi::TextSink {
            struct_size: abi::TextSink::SIZE,
            context: (&raw const relay).cast_mut().cast(),
            put: Some(put_latin1),
            ..relay
        };
        let out = if Misdeed::BadUtf8.now() { &raw const latin1 } else { out };
        let status = augment(instance, &raw const mine, out, error);
        if Misdeed::MutatedInput.now() && mine.count > 0 {
            *mine.key.cast_mut() += 1;
        }
        status
    }
}

/// Puts, in place of any text, one that is not UTF-8.
pub unsafe extern "C" fn put_latin1(context: *mut c_void, _: abi::Str) -> abi::Status {
    // SAFETY: the context is the host's sink.
    unsafe {
        let sink = &*context.cast::<abi::TextSink>();
        sink.put.map_or(abi::STATUS_INVALID, |put| put(sink.context, NOT_UTF8))
    }
}
