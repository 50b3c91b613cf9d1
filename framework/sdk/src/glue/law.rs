//! The optional group that states what a sampler draws.

use std::ffi::c_void;
use std::marker::PhantomData;

use triglot_abi::{self as abi, Sized32};

use super::sampler::Held;
use super::{call, raw};
use crate::error::Error;
use crate::sampler::{Sampler, Unit};

struct Table<T>(PhantomData<T>);

impl<T: Sampler> Table<T> {
    const TABLE: &'static abi::Law =
        &abi::Law { struct_size: abi::Law::SIZE, reserved: 0, state: Some(state::<T>) };
}

/// The groups of a sampler.
///
/// # Safety
/// `name` is as the contract says.
pub(super) unsafe extern "C" fn get_extension<T: Sampler>(name: abi::Str) -> *const c_void {
    // SAFETY: by contract.
    match unsafe { raw::is_named(name, abi::EXTENSION_LAW) } {
        true => std::ptr::from_ref(Table::<T>::TABLE).cast(),
        false => std::ptr::null(),
    }
}

unsafe extern "C" fn state<T: Sampler>(
    instance: *mut c_void,
    unit: *mut u32,
    out: *const abi::LawSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<Held<T>>(instance, error, |held| {
            let place = raw::place(unit, "`unit`")?;
            let sink = raw::read(out, "the law sink")?;
            let put = sink.put.ok_or_else(|| Error::invalid("the law sink has no `put`"))?;
            let law = held.sampler.law(&held.corpus);
            let law = law.ok_or_else(|| Error::unsupported("stating a law"))?;
            place.write(match law.unit {
                Unit::Pair => abi::UNIT_PAIR,
                Unit::Batch => abi::UNIT_BATCH,
            });
            law.pairs.iter().try_for_each(|(query_language, passage_language, probability)| {
                let pair = abi::LanguagePair {
                    struct_size: abi::LanguagePair::SIZE,
                    query_language: *query_language,
                    passage_language: *passage_language,
                    reserved: 0,
                    probability: *probability,
                };
                raw::check(put(sink.context, &raw const pair), "the host's law sink")
            })
        })
    }
}
