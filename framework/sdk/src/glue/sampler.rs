//! The sampler table.

use std::ffi::c_void;

use triglot_abi::{self as abi, Sized32};

use super::{call, law, raw};
use crate::corpus::Corpus;
use crate::error::Error;
use crate::sampler::{Batch, Sampler};

/// A sampler with the corpus it was made over, which the host keeps for longer.
///
/// `'static` is the name of a lifetime that has none here. It is safe because it is never told: samplers see the corpus
/// through `&Corpus<'_>`, for every lifetime, and so can keep nothing of it but what they copy.
pub(super) struct Held<T> {
    pub(super) sampler: T,
    pub(super) corpus: Corpus<'static>,
    batch: Batch,
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: Sampler> Table<T> {
    const TABLE: &'static abi::Sampler = &abi::Sampler {
        struct_size: abi::Sampler::SIZE,
        reserved: 0,
        create: Some(create::<T>),
        destroy: Some(call::destroy::<Held<T>>),
        get_extension: Some(law::get_extension::<T>),
        epoch_length: Some(epoch_length::<T>),
        sample: Some(sample::<T>),
    };
}

pub(crate) fn table<T: Sampler>() -> &'static abi::Sampler {
    Table::<T>::TABLE
}

unsafe extern "C" fn create<T: Sampler>(
    args: *const abi::CreateArgs,
    sampler: *const abi::SamplerArgs,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract; the corpus outlives the instance, and with it `Held`.
    unsafe {
        call::create::<T, _>(args, instance, error, |options, context| {
            let sampler = raw::read(sampler, "the sampler's arguments")?;
            let corpus = Corpus::from_raw(&raw::read(sampler.corpus, "the corpus")?)?;
            corpus.check_layout()?;
            if sampler.batch_size == 0 {
                return Err(Error::invalid("a batch of 0 pairs"));
            }
            let made = T::create(options, &corpus, sampler.batch_size, context)?;
            Ok(Held { sampler: made, corpus, batch: Batch::default() })
        })
    }
}

unsafe extern "C" fn epoch_length<T: Sampler>(
    instance: *mut c_void,
    batches: *mut u64,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<Held<T>>(instance, error, |held| {
            let out = raw::place(batches, "`batches`")?;
            out.write(held.sampler.epoch_length(&held.corpus));
            Ok(())
        })
    }
}

unsafe extern "C" fn sample<T: Sampler>(
    instance: *mut c_void,
    seed: u64,
    ordinal: u64,
    out: *const abi::BatchSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<Held<T>>(instance, error, |held| {
            let sink = raw::read(out, "the batch sink")?;
            let put = sink.put.ok_or_else(|| Error::invalid("the batch sink has no `put`"))?;
            let Held { sampler, corpus, batch } = held;
            batch.clear();
            sampler.sample(corpus, seed, ordinal, batch)?;
            let negatives = abi::Csr {
                offsets: batch.negative_offsets.as_ptr(),
                items: batch.negatives.as_ptr(),
                rows: batch.queries.len(),
            };
            let batch = abi::Batch {
                struct_size: abi::Batch::SIZE,
                reserved: 0,
                count: batch.queries.len(),
                queries: batch.queries.as_ptr(),
                passages: batch.passages.as_ptr(),
                negatives,
            };
            raw::check(put(sink.context, &raw const batch), "the host's batch sink")
        })
    }
}
