//! The objective's table.

use std::ffi::c_void;

use triglot_sdk::abi::{self, Sized32};

use super::{NOT_UTF8, call, life};
use crate::misdeed::Misdeed;

life::life!(Objective, KIND_OBJECTIVE);
life::plain_create!();

pub fn table() -> abi::Objective {
    abi::Objective {
        create: Some(create),
        destroy: Some(destroy),
        get_extension: Some(get_extension),
        evaluate: Some(evaluate),
        ..honest()
    }
}

unsafe extern "C" fn evaluate(
    instance: *mut c_void,
    batch: *const abi::ObjectiveBatch,
    output: *mut abi::ObjectiveOutput,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(evaluate) = honest().evaluate else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract, and what is made here lives through the call; writing to null, past the
    // gradients, into the embeddings and past a smaller output are the misdeeds.
    unsafe {
        let (Some(mut mine), Some(mut out)) =
            (abi::ObjectiveBatch::read(batch), abi::ObjectiveOutput::read(output))
        else {
            return evaluate(instance, batch, output, error);
        };
        if let Some(status) = call::refused(error, (mine.struct_size, abi::ObjectiveBatch::SIZE)) {
            return status;
        }
        let theirs = out;
        if Misdeed::NeedsGradients.now() {
            out.query_gradients.data.write_volatile(0.0);
            out.passage_gradients.data.write_volatile(0.0);
        }
        if Misdeed::IgnoresStride.now() {
            for matrix in [&mut mine.queries, &mut mine.passages] {
                matrix.stride = matrix.cols;
            }
            for matrix in [&mut out.query_gradients, &mut out.passage_gradients] {
                matrix.stride = matrix.cols;
            }
        }
        mine.struct_size = abi::ObjectiveBatch::SIZE;
        out.struct_size = abi::ObjectiveOutput::SIZE;
        let relay = abi::ScalarSink::read(out.scalars);
        let latin1 = abi::ScalarSink {
            context: (&raw const relay).cast_mut().cast(),
            put: Some(put_latin1),
            ..abi::ScalarSink::empty()
        };
        if Misdeed::BadUtf8.now() && relay.is_some() {
            out.scalars = &raw const latin1;
        }
        let status = evaluate(instance, &raw const mine, &raw mut out, error);
        let answer = abi::ObjectiveOutput { loss: out.loss, ..theirs };
        match Misdeed::IgnoresSize.now() {
            true => output.write(answer),
            false => _ = answer.write_back(output),
        }
        let gradients = out.query_gradients;
        if Misdeed::Overrun.now() && !gradients.data.is_null() && gradients.rows > 0 {
            gradients.data.add((gradients.rows - 1) * gradients.stride + gradients.cols).write(1.0);
        }
        if Misdeed::MutatedInput.now() && mine.queries.rows > 0 {
            *mine.queries.data.cast_mut() += 1.0;
        }
        status
    }
}

unsafe extern "C" fn put_latin1(context: *mut c_void, _: abi::Str, value: f64) -> abi::Status {
    // SAFETY: the context is the host's sink, of which there is one where this is called.
    unsafe {
        let sink = *context.cast::<Option<abi::ScalarSink>>();
        let put = sink.and_then(|sink| Some((sink.put?, sink.context)));
        put.map_or(abi::STATUS_INVALID, |(put, context)| put(context, NOT_UTF8, value))
    }
}
