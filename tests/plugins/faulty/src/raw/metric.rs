//! The metric's table.

use std::ffi::c_void;

use triglot_sdk::abi::{self, Sized32};

use super::{NOT_UTF8, call, life};
use crate::misdeed::Misdeed;

life::life!(Metric, KIND_METRIC);
life::plain_create!();

pub fn table() -> abi::Metric {
    abi::Metric {
        create: Some(create),
        destroy: Some(destroy),
        get_extension: Some(get_extension),
        columns: Some(columns),
        compute: Some(compute),
        ..honest()
    }
}

unsafe extern "C" fn columns(
    instance: *mut c_void,
    out: *const abi::ColumnSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(columns) = honest().columns else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract, and the sink of the relay lives through the call.
    unsafe {
        let Some(relay) = abi::ColumnSink::read(out) else {
            return columns(instance, out, error);
        };
        let damaging = abi::ColumnSink {
            struct_size: abi::ColumnSink::SIZE,
            context: (&raw const relay).cast_mut().cast(),
            put: Some(put_damaged),
            ..relay
        };
        columns(instance, &raw const damaging, error)
    }
}

unsafe extern "C" fn put_damaged(context: *mut c_void, column: *const abi::Column) -> abi::Status {
    // SAFETY: the context is the host's sink, and the honest metric lends a whole column.
    unsafe {
        let sink = &*context.cast::<abi::ColumnSink>();
        let Some(put) = sink.put else { return abi::STATUS_INVALID };
        let mut column = *column;
        if Misdeed::ShortStruct.now() {
            column.struct_size = 3;
        }
        if Misdeed::BadUtf8.now() {
            column.name = NOT_UTF8;
        }
        put(sink.context, &raw const column)
    }
}

unsafe extern "C" fn compute(
    instance: *mut c_void,
    ranking: *const abi::Ranking,
    values: *mut f64,
    value_count: usize,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    let Some(compute) = honest().compute else { return abi::STATUS_UNSUPPORTED };
    // SAFETY: the caller keeps the contract; the writes past the values and into the ranking are the misdeeds.
    unsafe {
        let Some(mine) = abi::Ranking::read(ranking) else {
            return compute(instance, ranking, values, value_count, error);
        };
        if let Some(status) = call::refused(error, (mine.struct_size, abi::Ranking::SIZE)) {
            return status;
        }
        let status = compute(instance, ranking, values, value_count, error);
        if Misdeed::Overrun.now() && !values.is_null() {
            values.add(value_count).write(1.0);
        }
        if Misdeed::MutatedInput.now() && mine.queries > 0 && !mine.judged_rank.is_null() {
            *mine.judged_rank.cast_mut() += 1;
        }
        status
    }
}
