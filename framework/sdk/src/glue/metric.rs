//! The metric table.

use std::ffi::c_void;
use std::marker::PhantomData;

use triglot_abi::{self as abi, Sized32};

use super::{call, raw};
use crate::error::Error;
use crate::metric::{Metric, Ranking};

struct Table<T>(PhantomData<T>);

impl<T: Metric> Table<T> {
    const TABLE: &'static abi::Metric = &abi::Metric {
        struct_size: abi::Metric::SIZE,
        reserved: 0,
        create: Some(create::<T>),
        destroy: Some(call::destroy::<T>),
        get_extension: Some(call::no_extension),
        columns: Some(columns::<T>),
        compute: Some(compute::<T>),
    };
}

pub(crate) fn table<T: Metric>() -> &'static abi::Metric {
    Table::<T>::TABLE
}

unsafe extern "C" fn create<T: Metric>(
    args: *const abi::CreateArgs,
    instance: *mut *mut c_void,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe { call::create::<T, _>(args, instance, error, T::create) }
}

unsafe extern "C" fn columns<T: Metric>(
    instance: *mut c_void,
    out: *const abi::ColumnSink,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract.
    unsafe {
        call::on::<T>(instance, error, |metric| {
            let sink = raw::read(out, "the column sink")?;
            let put = sink.put.ok_or_else(|| Error::invalid("the column sink has no `put`"))?;
            for column in metric.columns() {
                let raw = abi::Column {
                    struct_size: abi::Column::SIZE,
                    higher_is_better: column.higher_is_better.into(),
                    reserved: [0; 3],
                    name: abi::Str::new(&column.name),
                    lowest: column.range.0,
                    highest: column.range.1,
                    depth: column.depth,
                    reserved2: 0,
                };
                raw::check(put(sink.context, &raw const raw), "the host's column sink")?;
            }
            Ok(())
        })
    }
}

unsafe extern "C" fn compute<T: Metric>(
    instance: *mut c_void,
    ranking: *const abi::Ranking,
    values: *mut f64,
    value_count: usize,
    error: *mut abi::ErrorBuffer,
) -> abi::Status {
    // SAFETY: the caller keeps the contract: `values` has `value_count` writable entries that nothing else uses.
    unsafe {
        call::on::<T>(instance, error, |metric| {
            let ranking = Ranking::from_raw(&raw::read(ranking, "the ranking")?)?;
            let (queries, columns) = (ranking.queries(), metric.columns().len());
            if queries.checked_mul(columns) != Some(value_count) {
                return Err(Error::invalid(format!(
                    "room for {value_count} values where {queries} queries have {columns} columns"
                )));
            }
            let values = raw::slice_mut(values, value_count, "`values`")?;
            values.fill(f64::NAN);
            metric.compute(&ranking, values)
        })
    }
}
