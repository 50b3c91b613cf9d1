//! The optional group that counts what an augmenter does.

use std::ffi::c_void;
use std::marker::PhantomData;

use triglot_abi::{self as abi, Sized32};

use super::{call, raw};
use crate::augmenter::Augmenter;
use crate::error::Error;
use crate::views::Texts;

struct Table<T>(PhantomData<T>);

impl<T: Augmenter> Table<T> {
    const TABLE: &'static abi::Counts =
        &abi::Counts { struct_size: abi::Counts::SIZE, reserved: 0, count: Some(count::<T>) };
}

/// The groups of an augmenter.
///
/// # Safety
/// `name` is as the contract says.
pub(super) unsafe extern "C" fn get_extension<T: Augmenter>(name: abi::Str) -> *const c_void {
    // SAFETY: by contract.
    match unsafe { raw::is_named(name, abi::EXTENSION_COUNTS) } {
        true => std::ptr::from_ref(Table::<T>::TABLE).cast(),
        false => std::ptr::null(),
    }
}

unsafe extern "C" fn count<T: Augmenter>(
    instance: *mut c_void,
    texts: *const abi::Texts,
    out: *const abi::CountSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |augmenter| {
            let texts = Texts::from_raw(&raw::read(texts, "the texts")?)?;
            let sink = raw::read(out, "the count sink")?;
            let put = sink.put.ok_or_else(|| Error::invalid("the count sink has no `put`"))?;
            augmenter.counts(&texts).iter().try_for_each(|(name, count)| {
                let status = put(sink.context, abi::Str::new(name), *count);
                raw::check(status, "the host's count sink")
            })
        })
    }
}
