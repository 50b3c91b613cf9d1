//! The sampler's table.

use std::ffi::c_void;

use triglot_sdk::abi::{self, Sized32};

use super::{call, life};
use crate::misdeed::Misdeed;

life::life!(Sampler, KIND_SAMPLER);

pub fn table() -> abi::Sampler {
    abi::Sampler {
        create: Some(create),
        destroy: Some(destroy),
        get_extension: Some(get_extension),
        sample: Some(sample),
        ..honest()
    }
}

unsafe extern "C" fn create(
    args: *const abi::CreateArgs,
    sampler: *const abi::SamplerArgs,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(create) = honest().create else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract.
    unsafe {
        let corpus = abi::SamplerArgs::read(sampler).map_or(std::ptr::null(), |it| it.corpus);
        life::create(args, corpus, instance, error, |args| create(args, sampler, instance, error))
    }
}

unsafe extern "C" fn sample(
    instance: *mut c_void,
    seed: u64,
    ordinal: u64,
    out: *const abi::BatchSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(sample) = honest().sample else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract, and the sink of the relay lives through the call; the write into the
    // corpus is the misdeed.
    unsafe {
        let Some(relay) = abi::BatchSink::read(out) else {
            return sample(instance, seed, ordinal, out, error);
        };
        if let Some(status) = call::refused(error, (relay.struct_size, abi::BatchSink::SIZE)) {
            return status;
        }
        if Misdeed::BadUtf8.now() {
            return call::fail_in_latin1(error);
        }
        let short = abi::BatchSink {
            struct_size: abi::BatchSink::SIZE,
            context: (&raw const relay).cast_mut().cast(),
            put: Some(put_short),
            ..relay
        };
        let out = if Misdeed::ShortStruct.now() { &raw const short } else { out };
        let status = sample(instance, seed, ordinal, out, error);
        let corpus = life::lent_to(instance).and_then(|lent| abi::CorpusView::read(lent.corpus));
        if let Some(corpus) = corpus.filter(|it| Misdeed::MutatedInput.now() && it.rows > 0) {
            *corpus.length.cast_mut() += 1;
        }
        status
    }
}

unsafe extern "C" fn put_short(context: *mut c_void, batch: *const abi::Batch) -> abi::Status {
    // SAFETY: the context is the host's sink, and the honest sampler lends a whole batch.
    unsafe {
        let sink = &*context.cast::<abi::BatchSink>();
        let Some(put) = sink.put else { return abi::STATUS_INVALID };
        put(sink.context, &abi::Batch { struct_size: 3, ..*batch })
    }
}
