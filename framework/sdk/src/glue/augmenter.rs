//! The augmenter table.

use std::ffi::c_void;
use std::marker::PhantomData;

use triglot_abi::{self as abi, Sized32};

use super::{call, counts, raw};
use crate::augmenter::Augmenter;
use crate::error::Error;
use crate::views::Texts;

struct Table<T>(PhantomData<T>);

impl<T: Augmenter> Table<T> {
    const TABLE: &'static abi::Augmenter = &abi::Augmenter {
        struct_size: abi::Augmenter::SIZE,
        reserved: 0,
        create: Some(create::<T>),
        destroy: Some(call::destroy::<T>),
        get_extension: Some(counts::get_extension::<T>),
        augment: Some(augment::<T>),
    };
}

pub(crate) fn table<T: Augmenter>() -> &'static abi::Augmenter {
    Table::<T>::TABLE
}

unsafe extern "C" fn create<T: Augmenter>(
    args: *const abi::CreateArgs,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe { call::create::<T, _>(args, instance, error, T::create) }
}

unsafe extern "C" fn augment<T: Augmenter>(
    instance: *mut c_void,
    texts: *const abi::Texts,
    out: *const abi::TextSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |augmenter| {
            let texts = Texts::from_raw(&raw::read(texts, "the texts")?)?;
            let sink = raw::read(out, "the text sink")?;
            let put = sink.put.ok_or_else(|| Error::invalid("the text sink has no `put`"))?;
            let mut augmented = String::new();
            for text in texts.iter() {
                augmented.clear();
                augmenter.augment(text, &mut augmented)?;
                raw::check(put(sink.context, abi::Str::new(&augmented)), "the host's text sink")?;
            }
            Ok(())
        })
    }
}
